package org.swinengine.optim;

/**
 * {@code rate·decayRate^⌊t/decaySteps⌋} (PyTorch's {@code StepLR}, timm's {@code StepLRScheduler}; Swin's,
 * with 30 epochs and 0.1).
 *
 * @param rate the first one
 * @param decayRate factor from each rate to the next
 * @param warmUp what comes before
 * @param decaySteps steps of one rate, at least 1
 */
public record StepSchedule(double rate, double decayRate, WarmUp warmUp, long decaySteps)
    implements Schedule {
  /** Checks the range. */
  public StepSchedule {
    if (decaySteps < 1) {
      throw new IllegalArgumentException("a rate for " + decaySteps + " steps is no schedule");
    }
  }

  @Override
  public double rate(long step) {
    if (warmUp.covers(step)) {
      return warmUp.rate(step, rate);
    }
    long decays = warmUp.after(step) / decaySteps;
    return rate * StrictMath.pow(decayRate, decays);
  }
}
