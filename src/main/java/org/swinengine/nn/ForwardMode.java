package org.swinengine.nn;

import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.RandomKey;

/**
 * How a model runs. Random decisions (DropPath, Dropout) depend on the run's seed, the module's path, the
 * step and the sample's global number, never on what was drawn before: the same step gives the same decisions
 * with any batch split, worker count or recomputation.
 *
 * @param training whether random decisions are made at all
 * @param seed the run's seed
 * @param step the training step
 * @param firstSample number within the step of the batch's first sample (not 0 for later parts of an
 *     accumulated step)
 * @param checkpointing whether there are activation checkpoints: blocks keep only their inputs and are
 *     computed again in the backward pass
 * @param dropPaths what {@link #drawing} has drawn; null: each {@link DropPath} draws for itself, the same
 */
public record ForwardMode(
    boolean training, long seed, int step, long firstSample, boolean checkpointing,
    @Nullable DrawnDropPaths dropPaths) {
  /** No random decisions: PyTorch's {@code eval()}. */
  public static final ForwardMode EVALUATION = new ForwardMode(false, 0, 0, 0, false, null);

  /** A training step. */
  public static ForwardMode training(long seed, int step, long firstSample, boolean checkpointing) {
    return new ForwardMode(true, seed, step, firstSample, checkpointing, null);
  }

  /**
   * The mode of one pass of a model over a batch: all that its {@link DropPath}s decide is drawn now, in
   * memory of the thread's scope.
   *
   * @param samples of the batch
   */
  public ForwardMode drawing(Module model, Backend backend, int samples) {
    DrawnDropPaths drawn = DrawnDropPaths.of(model, backend, this, samples);
    return drawn == null
        ? this
        : new ForwardMode(training, seed, step, firstSample, checkpointing, drawn);
  }

  /** The random stream of an operation in this step. */
  public RandomKey key(String path) {
    return new RandomKey(seed, RandomKey.streamOf(path), step);
  }
}
