package org.swinengine.optim;

/**
 * How a schedule begins: {@code from + t·(peak − from)/steps} for the steps t below {@code steps} (timm's
 * {@code warmup_t} and {@code warmup_lr_init}).
 *
 * @param from rate of the first step, at least 0
 * @param steps how many there are; 0: none
 * @param prefix whether what follows begins to count after the warm-up (timm's {@code warmup_prefix}) or went
 *     on counting meanwhile
 */
public record WarmUp(double from, long steps, boolean prefix) {
  /** No warm-up. */
  public static final WarmUp NONE = new WarmUp(0, 0, true);

  /** Checks the ranges. */
  public WarmUp {
    if (!(from >= 0) || steps < 0) {
      throw new IllegalArgumentException(
          "a warm-up from the rate " + from + " in " + steps + " steps is none: both must be at least 0");
    }
  }

  /** With what follows counting from its end. */
  public static WarmUp of(double from, long steps) {
    return new WarmUp(from, steps, true);
  }

  boolean covers(long step) {
    return step < steps;
  }

  double rate(long step, double peak) {
    return from + step * (peak - from) / steps;
  }

  /** The step as what follows counts it. */
  long after(long step) {
    return prefix ? step - steps : step;
  }
}
