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

  /** The uniform number in [0, 1) of an element of a sample: the definition that every backend follows. */
  public float uniform(long sample, long element, int[] scratch4) {
    Philox.block(
        (int) seed,
        stream ^ (int) (seed >>> 32),
        (int) (element >>> 2),
        (int) sample,
        (int) (sample >>> 32),
        step,
        scratch4);
    return (scratch4[(int) (element & 3)] >>> 8) * 0x1p-24f;
  }
}
