package org.swinengine.data;

import java.io.IOException;

/** Where a {@link BatchLoader} takes the numbers of a sample from. Safe for use by many threads. */
public interface SampleSource {
  /** Floats of one sample. */
  int floatsPerSample();

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
