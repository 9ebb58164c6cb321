package org.swinengine.optim;

/**
 * One rate for all steps after the warm-up.
 *
 * @param rate of all steps
 * @param warmUp what comes before
 */
public record ConstantSchedule(double rate, WarmUp warmUp) implements Schedule {
  @Override
  public double rate(long step) {
    return warmUp.covers(step) ? warmUp.rate(step, rate) : rate;
  }
}
