package org.swinengine.data;

/**
 * How a {@link BatchLoader} works. Only the first four settings change what it gives; the others change when
 * and as what.
 *
 * @param batchSize samples in a batch, at least 1
 * @param shuffle whether each epoch has an order of its own (drawn from seed and epoch), or all the data's
 *     order
 * @param dropLast whether an incomplete last batch is left out
 * @param seed of the order and of the transforms
 * @param workers threads that decode and transform; 0 does it in the calling thread
 * @param prefetch how many batches may be ready or in the making, at least 1
 * @param pixels whether batches hold 8-bit pixels where they can, {@link Batch#pixels}
 */
public record LoaderOptions(
    int batchSize, boolean shuffle, boolean dropLast, long seed, int workers, int prefetch,
    boolean pixels) {
  /** Checks the ranges. */
  public LoaderOptions {
    if (batchSize < 1 || workers < 0 || prefetch < 1) {
      throw new IllegalArgumentException(
          "batch size " + batchSize + ", workers " + workers + ", prefetch " + prefetch
              + ": batch size and prefetch must be at least 1, workers at least 0");
    }
  }

  /** Batches of floats. */
  public LoaderOptions(
      int batchSize, boolean shuffle, boolean dropLast, long seed, int workers, int prefetch) {
    this(batchSize, shuffle, dropLast, seed, workers, prefetch, false);
  }

  /** The same batches as a device wants them, of pixels or of floats. */
  public LoaderOptions withPixels(boolean wanted) {
    return new LoaderOptions(batchSize, shuffle, dropLast, seed, workers, prefetch, wanted);
  }

  /** For training: shuffled, incomplete batches left out. */
  public static LoaderOptions training(int batchSize, long seed, int workers) {
    return new LoaderOptions(batchSize, true, true, seed, workers, workers + 2);
  }

  /** For evaluation: in order, all samples. */
  public static LoaderOptions evaluation(int batchSize, int workers) {
    return new LoaderOptions(batchSize, false, false, 0, workers, workers + 2);
  }
}
