package org.swinengine.data;

import java.util.List;
import java.util.Optional;

/**
 * Samples of one pixel each, which know what belongs together.
 *
 * @param labels of the samples
 * @param classNames names of all classes
 * @param groups one for each sample; null: none
 */
record GroupedSamples(int[] labels, List<String> classNames, String[] groups) implements Dataset {
  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public int label(int index) {
    return labels[index];
  }

  @Override
  public Optional<String> group(int index) {
    return Optional.ofNullable(groups[index]);
  }

  @Override
  public RawImage load(int index) {
    return new RawImage(1, 1, 1, new byte[] {(byte) index});
  }

  @Override
  public String name(int index) {
    return "sample " + index;
  }

  @Override
  public String description() {
    return "the samples";
  }
}
