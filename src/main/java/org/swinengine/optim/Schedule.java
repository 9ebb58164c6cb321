package org.swinengine.optim;

/** The learning rate of each optimizer step. */
@FunctionalInterface
public interface Schedule {
  /**
   * @param step number of the step, from 0
   */
  double rate(long step);

  /**
   * Linear warm-up, then half a cosine: for t &lt; warmupSteps {@code warmupRate + t·(peak −
   * warmupRate)/warmupSteps}, afterwards {@code minimum + ½(peak − minimum)(1 + cos(π(t − warmup)/(total −
   * warmup)))}, at the end the minimum (Loshchilov and Hutter 2017; timm's {@code CosineLRScheduler} with
   * {@code warmup_prefix}).
   *
   * @param peak highest rate
   * @param minimum rate at the end
   * @param warmupRate rate of the first step
   * @param warmupSteps steps of the warm-up
   * @param totalSteps steps in all
   */
  static Schedule cosine(
      double peak, double minimum, double warmupRate, long warmupSteps, long totalSteps) {
    return t -> {
      if (t < warmupSteps) {
        return warmupRate + t * (peak - warmupRate) / warmupSteps;
      }
      if (t >= totalSteps) {
        return minimum;
      }
      double phase = StrictMath.PI * (t - warmupSteps) / (totalSteps - warmupSteps);
      return minimum + 0.5 * (peak - minimum) * (1 + StrictMath.cos(phase));
    };
  }

  /** One rate for all steps. */
  static Schedule constant(double rate) {
    return t -> rate;
  }
}
