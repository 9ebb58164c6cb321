package org.swinengine.data.check;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.Dataset;

/**
 * What is known of a sample.
 *
 * @param part that it is in
 * @param name of the sample
 * @param labels the names of its classes
 * @param group that it belongs to, or null
 * @param content equal for equal pixels, or files
 */
record CheckedSample(String part, String name, String labels, @Nullable String group, String content) {
  static CheckedSample of(String part, Dataset dataset, int index, String content) {
    return new CheckedSample(
        part, dataset.name(index), labels(dataset, index), dataset.group(index).orElse(null), content);
  }

  static String labels(Dataset dataset, int index) {
    int[] labels = dataset.labels(index);
    return labels.length == 0
        ? "no class"
        : Arrays.stream(labels).mapToObj(label -> dataset.classNames().get(label))
            .collect(Collectors.joining(" and "));
  }

  @Override
  public String toString() {
    return part + ": " + name;
  }
}
