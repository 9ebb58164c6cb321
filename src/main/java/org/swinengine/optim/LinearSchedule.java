package org.swinengine.optim;

/**
 * A straight line from the peak to the minimum (PyTorch's {@code LinearLR} with {@code start_factor} 1;
 * Swin's {@code LinearLRScheduler}, whose minimum is a hundredth of the peak), and the minimum afterwards.
 *
 * @param peak rate at its beginning
 * @param minimum rate at its end
 * @param warmUp what comes before
 * @param steps of the line, at least 1
 */
public record LinearSchedule(double peak, double minimum, WarmUp warmUp, long steps) implements Schedule {
  /** Checks the ranges. */
  public LinearSchedule {
    if (steps < 1) {
      throw new IllegalArgumentException("a line of " + steps + " steps is no schedule");
    }
  }

  @Override
  public double rate(long step) {
    if (warmUp.covers(step)) {
      return warmUp.rate(step, peak);
    }
    long t = warmUp.after(step);
    return t >= steps ? minimum : peak - (peak - minimum) * ((double) t / steps);
  }
}
