package org.swinengine.data;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Labelled images, numbered from 0 in an order that depends on the data alone. Safe for use by many threads.
 */
public interface Dataset extends Labelled {
  /** Names of the classes; the index is the label. */
  List<String> classNames();

  /**
   * Label of a sample, from 0 to the number of classes less one; costs no decoding.
   *
   * @throws IllegalArgumentException with a sentence for the user if the data are {@link #isMultiLabel}
   */
  @Override
  int label(int index);

  /** Whether a sample may have several classes, or none: {@link #labels} tells them then. */
  @Override
  default boolean isMultiLabel() {
    return false;
  }

  /** The classes of a sample, ascending; of data that are not {@link #isMultiLabel} its one label. */
  default int[] labels(int index) {
    return new int[] {label(index)};
  }

  /**
   * What a sample belongs to that must not be divided, such as a patient of whom there are several pictures;
   * empty where nothing is known of it.
   */
  default Optional<String> group(int index) {
    return Optional.empty();
  }

  /**
   * Some of the samples, which keep their names.
   *
   * @param indices their numbers
   */
  default Dataset view(int[] indices) {
    return DatasetView.of(this, indices);
  }

  /**
   * Decodes a sample.
   *
   * @param index 0 to size less one
   * @throws IOException when neither this sample nor a stand-in (see {@link FolderDataset}) can be read
   */
  RawImage load(int index) throws IOException;

  /** Whether the pictures lie in memory as they are, so that keeping them would only copy them. */
  default boolean isDecoded() {
    return false;
  }

  /** A name for a person: the file's path below the data folder, or a number in a data file. */
  String name(int index);

  /** Mean and deviation of its pixels, where they are known without looking at the images. */
  default Optional<Normalize> normalize() {
    return Optional.empty();
  }

  /**
   * A fingerprint of all samples, where there is one; without it a run does not notice that its data have
   * changed.
   *
   * @throws IOException when the samples cannot be read
   */
  default Optional<Fingerprint> fingerprint() throws IOException {
    return Optional.empty();
  }

  /** What has been left out until now because it could not be read, in the order of the data. */
  default List<SkippedFile> skipped() {
    return List.of();
  }

  /** What becomes of samples wider than 8 bits; no percentiles. */
  default SampleRange sampleRange() {
    return SampleRange.FULL;
  }

  /** What a user should know of how pictures were decoded until now: a line for each kind of note. */
  default List<String> remarks() {
    return List.of();
  }
}
