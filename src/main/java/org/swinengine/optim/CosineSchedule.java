package org.swinengine.optim;

/**
 * Half a cosine from the peak to the minimum in each cycle: {@code minimum + ½(peak − minimum)(1 +
 * cos(π·t/n))} for step t of a cycle of n steps (Loshchilov and Hutter 2017; timm's {@code
 * CosineLRScheduler}).
 *
 * @param peak highest rate of the first cycle
 * @param minimum rate at the end of each cycle, and after the last one
 * @param warmUp what comes before
 * @param cycles how long, and how often
 */
public record CosineSchedule(double peak, double minimum, WarmUp warmUp, Cycles cycles) implements Schedule {
  @Override
  public double rate(long step) {
    if (warmUp.covers(step)) {
      return warmUp.rate(step, peak);
    }
    Cycles.Place place = cycles.place(warmUp.after(step));
    if (place == null) {
      return minimum;
    }
    double phase = StrictMath.PI * place.step() / place.length();
    return minimum + 0.5 * (peak * place.factor() - minimum) * (1 + StrictMath.cos(phase));
  }
}
