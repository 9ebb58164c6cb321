package org.swinengine.train;

import java.nio.file.Path;

/**
 * How a run starts from weights, which of its epochs is the best, and when it ends early.
 *
 * @param weights a file of first weights; null: fresh ones
 * @param freeze which parameters stay as they are
 * @param patience epochs without a better result after which the run ends; 0: never
 * @param cacheFeatures whether what a frozen backbone gives is computed once
 * @param bestMetric what a better result is
 * @param minDelta by how much more than nothing a result must be better to count against {@code patience}, in the
 *     metric's own unit (percent for accuracy); the best weights are those of the best epoch all the same
 */
public record FineTuning(
    Path weights,
    Freeze freeze,
    int patience,
    CacheFeatures cacheFeatures,
    BestMetric bestMetric,
    double minDelta) {
  /** From scratch, all epochs. */
  public static final FineTuning NONE =
      new FineTuning(null, Freeze.NONE, 0, CacheFeatures.AUTO, BestMetric.ACCURACY, 0);

  /** Checks the ranges. */
  public FineTuning {
    if (patience < 0) {
      throw new IllegalArgumentException("patience is " + patience + ", but must be at least 0");
    }
    TrainConfig.requireRange("min delta", minDelta, 0, Double.MAX_VALUE);
  }

  /** The same from other weights. */
  public FineTuning withWeights(Path file) {
    return new FineTuning(file, freeze, patience, cacheFeatures, bestMetric, minDelta);
  }

  /** The same with other parameters frozen. */
  public FineTuning withFreeze(Freeze what) {
    return new FineTuning(weights, what, patience, cacheFeatures, bestMetric, minDelta);
  }

  /** The same with another patience. */
  public FineTuning withPatience(int epochs) {
    return new FineTuning(weights, freeze, epochs, cacheFeatures, bestMetric, minDelta);
  }

  /** The same with features cached or not. */
  public FineTuning withCacheFeatures(CacheFeatures choice) {
    return new FineTuning(weights, freeze, patience, choice, bestMetric, minDelta);
  }

  /** The same with another measure of the best epoch. */
  public FineTuning withBestMetric(BestMetric metric) {
    return new FineTuning(weights, freeze, patience, cacheFeatures, metric, minDelta);
  }

  /** The same with another least improvement. */
  public FineTuning withMinDelta(double delta) {
    return new FineTuning(weights, freeze, patience, cacheFeatures, bestMetric, delta);
  }
}
