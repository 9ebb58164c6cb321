package org.swinengine.optim;

/**
 * {@code minimum + (peak − minimum)·(1 − t/n)^power} for step t of a cycle of n steps (PyTorch's {@code
 * PolynomialLR}, timm's {@code PolyLRScheduler}; Swin-Unet's, with the power 0.9).
 *
 * @param peak highest rate of the first cycle
 * @param minimum rate at the end of each cycle, and after the last one
 * @param power above 0
 * @param warmUp what comes before
 * @param cycles how long, and how often
 */
public record PolynomialSchedule(
    double peak, double minimum, double power, WarmUp warmUp, Cycles cycles)
    implements
    Schedule {
  /** Checks the range. */
  public PolynomialSchedule {
    if (!(power > 0)) {
      throw new IllegalArgumentException("the power is " + power + ", but must be above 0");
    }
  }

  @Override
  public double rate(long step) {
    if (warmUp.covers(step)) {
      return warmUp.rate(step, peak);
    }
    Cycles.Place place = cycles.place(warmUp.after(step));
    if (place == null) {
      return minimum;
    }
    double left = 1 - place.step() / place.length();
    return minimum + (peak * place.factor() - minimum) * StrictMath.pow(left, power);
  }
}
