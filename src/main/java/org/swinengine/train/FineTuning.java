package org.swinengine.train;

import java.nio.file.Path;

/**
 * How a run starts from weights, and when it ends early.
 *
 * @param weights a file of first weights; null: fresh ones
 * @param freeze which parameters stay as they are
 * @param patience epochs without a better result after which the run ends; 0: never
 * @param cacheFeatures whether what a frozen backbone gives is computed once
 */
public record FineTuning(Path weights, Freeze freeze, int patience, CacheFeatures cacheFeatures) {
  /** From scratch, all epochs. */
  public static final FineTuning NONE = new FineTuning(null, Freeze.NONE, 0, CacheFeatures.AUTO);

  /** Checks the range. */
  public FineTuning {
    if (patience < 0) {
      throw new IllegalArgumentException("patience is " + patience + ", but must be at least 0");
    }
  }

  /** The same from other weights. */
  public FineTuning withWeights(Path file) {
    return new FineTuning(file, freeze, patience, cacheFeatures);
  }

  /** The same with other parameters frozen. */
  public FineTuning withFreeze(Freeze what) {
    return new FineTuning(weights, what, patience, cacheFeatures);
  }

  /** The same with another patience. */
  public FineTuning withPatience(int epochs) {
    return new FineTuning(weights, freeze, epochs, cacheFeatures);
  }

  /** The same with features cached or not. */
  public FineTuning withCacheFeatures(CacheFeatures choice) {
    return new FineTuning(weights, freeze, patience, choice);
  }
}
