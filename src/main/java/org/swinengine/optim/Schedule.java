package org.swinengine.optim;

/**
 * The learning rate of each optimizer step. Those of timm and PyTorch are records of this package, a file
 * each; one of one's own is a function.
 */
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
    WarmUp warmUp = WarmUp.of(warmupRate, warmupSteps);
    if (totalSteps <= warmupSteps) {
      return t -> warmUp.covers(t) ? warmUp.rate(t, peak) : minimum;
    }
    return new CosineSchedule(peak, minimum, warmUp, Cycles.one(totalSteps - warmupSteps));
  }

  /**
   * This schedule for so many steps, then another one, which counts from 0.
   *
   * @param steps of this one
   */
  default Schedule then(long steps, Schedule next) {
    return new ChainedSchedule(this, steps, next);
  }

  /** One rate for all steps. */
  static Schedule constant(double rate) {
    return new ConstantSchedule(rate, WarmUp.NONE);
  }
}
