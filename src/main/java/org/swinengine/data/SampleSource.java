package org.swinengine.data;

import java.io.IOException;

/** Where a {@link BatchLoader} takes the numbers of a sample from. Safe for use by many threads. */
public interface SampleSource {
  /** Floats of one sample. */
  int floatsPerSample();

  /** Labels of one sample that are read with it, such as those of a mask's pixels; 0: it has one, known. */
  default int labelsPerSample() {
    return 0;
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
