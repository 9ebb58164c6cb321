package org.swinengine.data;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.PixelBatch;

/** Where a {@link BatchLoader} takes the numbers of a sample from. Safe for use by many threads. */
public interface SampleSource {
  /** Floats of one sample. */
  int floatsPerSample();

  /** Labels of one sample that are read with it, such as those of a mask's pixels; 0: it has one, known. */
  default int labelsPerSample() {
    return 0;
  }

  /**
   * What the levels of pixels become, where samples can be read as such: {@link PixelBatch#levels}; null:
   * they cannot.
   */
  default float @Nullable [] levels() {
    return null;
  }

  /** Height of samples that can be read as pixels. */
  default int height() {
    return 0;
  }

  /** Width of samples that can be read as pixels. */
  default int width() {
    return 0;
  }

  /**
   * Gives a sample as pixels, with its {@link #labelsPerSample} labels.
   *
   * @param out receives {@link #floatsPerSample} bytes, channels interleaved
   * @param erased receives what is overwritten afterwards
   * @throws IOException when it cannot be read
   */
  default void readPixels(
      int sample, long seed, int epoch, byte[] out, int offset, ErasedBoxes erased, int[] labels,
      int labelOffset, SampleRandom random) throws IOException {
    throw new UnsupportedOperationException("these samples are no pictures");
  }

  /**
   * Gives a sample with its {@link #labelsPerSample} labels; where those are 0, the sample alone.
   *
   * @param labels receives the labels
   * @param labelOffset index of the first of them
   * @throws IOException when it cannot be read
   */
  default void read(
      int sample, long seed, int epoch, float[] out, int offset, int[] labels, int labelOffset,
      SampleRandom random) throws IOException {
    read(sample, seed, epoch, out, offset, random);
  }

  /**
   * Gives a sample.
   *
   * @param sample its index
   * @param seed of the run
   * @param epoch number of the epoch
   * @param out receives {@link #floatsPerSample} floats
   * @param offset index of the first of them
   * @param random a generator of the calling thread, to be reset before it is used
   * @throws IOException when it cannot be read
   */
  void read(int sample, long seed, int epoch, float[] out, int offset, SampleRandom random)
      throws IOException;
}
