package org.swinengine.optim;

/** One rate for all steps after the warm-up. */
public record ConstantSchedule(double rate, WarmUp warmUp) implements Schedule {
  @Override
  public double rate(long step) {
    return warmUp.covers(step) ? warmUp.rate(step, rate) : rate;
  }
}
