package org.swinengine.backend;

/**
 * What a stream of random numbers depends on.
 *
 * @param seed the run's seed
 * @param stream number of the operation, {@link #streamOf} its path
 * @param step the training step
 */
public record RandomKey(long seed, int stream, int step) {
  /** A stream number for an operation's path, e.g. {@code layers.0.blocks.1.drop_path}; FNV-1a. */
  public static int streamOf(String path) {
    int hash = 0x811c9dc5;
    for (int i = 0; i < path.length(); i++) {
      hash = (hash ^ path.charAt(i)) * 0x01000193;
    }
    return hash;
  }

  /**
   * The uniform numbers k/2²⁴ that are below a probability are those with k below this.
   *
   * @throws IllegalArgumentException if it is no number from 0 to 1
   */
  public static int threshold(double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException(
          "a probability to keep must be from 0 to 1, but is " + probability);
    }
    return (int) Math.ceil(probability * 0x1p24);
  }

  /** The four 24-bit numbers of elements 4·four to 4·four + 3 of a sample, in the upper bits of words. */
  public void words(long sample, int four, int[] words4) {
    Philox.block(
        (int) seed,
        stream ^ (int) (seed >>> 32),
        four,
        (int) sample,
        (int) (sample >>> 32),
        step,
        words4);
  }

  /** The uniform number in [0, 1) of an element of a sample: the definition that every backend follows. */
  public float uniform(long sample, long element, int[] scratch4) {
    words(sample, (int) (element >>> 2), scratch4);
    return (scratch4[(int) (element & 3)] >>> 8) * 0x1p-24f;
  }
}
