package org.swinengine.train.tuning;

import org.jspecify.annotations.Nullable;
import org.swinengine.inference.WeightSource;

/**
 * How a run starts from weights, which of its epochs is the best, and when it ends early.
 *
 * @param weights first weights; null: fresh ones
 * @param freeze which parameters stay as they are
 * @param patience epochs without a better result after which the run ends; 0: never
 * @param cacheFeatures whether what a frozen backbone gives is computed once
 * @param bestMetric what a better result is
 * @param minDelta by how much more than nothing a result must be better to count against {@code patience}, in
 *     the metric's own unit (percent for accuracy); the best weights are those of the best epoch all the same
 * @param layerDecay factor of the learning rate from each layer to the one before it, above 0; 1: the same
 *     for all
 * @param headRate factor of the head's learning rate, above 0
 */
public record FineTuning(
    @Nullable WeightSource weights,
    Freeze freeze,
    int patience,
    CacheFeatures cacheFeatures,
    BestMetric bestMetric,
    double minDelta,
    double layerDecay,
    double headRate) {
  /** From scratch, all epochs. */
  public static final FineTuning NONE =
      new FineTuning(
          null, Freeze.NONE, 0, CacheFeatures.AUTO, BestMetric.ACCURACY, 0, 1, 1);

  /** Checks the ranges. */
  public FineTuning {
    if (patience < 0) {
      throw new IllegalArgumentException("`patience` is " + patience + ", but must be at least 0");
    }
    Range.require("`minDelta`", minDelta, 0, Double.MAX_VALUE);
    Range.require("`layerDecay`", layerDecay, Double.MIN_NORMAL, 1);
    Range.require("`headRate`", headRate, Double.MIN_NORMAL, Double.MAX_VALUE);
  }

  /** The same from other weights. */
  public FineTuning withWeights(@Nullable WeightSource source) {
    return new FineTuning(
        source, freeze, patience, cacheFeatures, bestMetric, minDelta, layerDecay, headRate);
  }

  /** The same with other parameters frozen. */
  public FineTuning withFreeze(Freeze what) {
    return new FineTuning(
        weights, what, patience, cacheFeatures, bestMetric, minDelta, layerDecay, headRate);
  }

  /** The same with another patience. */
  public FineTuning withPatience(int epochs) {
    return new FineTuning(
        weights, freeze, epochs, cacheFeatures, bestMetric, minDelta, layerDecay, headRate);
  }

  /** The same with features cached or not. */
  public FineTuning withCacheFeatures(CacheFeatures choice) {
    return new FineTuning(
        weights, freeze, patience, choice, bestMetric, minDelta, layerDecay, headRate);
  }

  /** The same with another measure of the best epoch. */
  public FineTuning withBestMetric(BestMetric metric) {
    return new FineTuning(
        weights, freeze, patience, cacheFeatures, metric, minDelta, layerDecay, headRate);
  }

  /** The same with another least improvement. */
  public FineTuning withMinDelta(double delta) {
    return new FineTuning(
        weights, freeze, patience, cacheFeatures, bestMetric, delta, layerDecay, headRate);
  }

  /** The same with another decay of learning rates over the layers. */
  public FineTuning withLayerDecay(double decay) {
    return new FineTuning(
        weights, freeze, patience, cacheFeatures, bestMetric, minDelta, decay, headRate);
  }

  /** The same with another factor of the head's learning rate. */
  public FineTuning withHeadRate(double factor) {
    return new FineTuning(
        weights, freeze, patience, cacheFeatures, bestMetric, minDelta, layerDecay, factor);
  }
}
