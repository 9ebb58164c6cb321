package org.swinengine.optim;

/**
 * One schedule for so many steps, then another one, which counts from 0: the head's and then the whole
 * model's, in gradual unfreezing.
 *
 * @param first for the first steps
 * @param steps of the first one
 * @param next for all others
 */
record ChainedSchedule(Schedule first, long steps, Schedule next) implements Schedule {
  @Override
  public double rate(long step) {
    return step < steps ? first.rate(step) : next.rate(step - steps);
  }
}
