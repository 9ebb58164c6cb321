package org.swinengine.optim;

import org.jspecify.annotations.Nullable;

/**
 * Restarts of a schedule (Loshchilov and Hutter 2017; timm's {@code cycle_mul}, {@code cycle_decay} and
 * {@code cycle_limit}).
 *
 * @param length steps of the first cycle, at least 1
 * @param growth how much longer than the one before each cycle is, at least 1
 * @param decay factor of the highest rate from each cycle to the next, above 0 and at most 1
 * @param count how many cycles there are, at least 1; afterwards the rate is the lowest
 */
public record Cycles(long length, double growth, double decay, int count) {
  /** Checks the ranges. */
  public Cycles {
    if (length < 1 || !(growth >= 1) || !(decay > 0 && decay <= 1) || count < 1) {
      throw new IllegalArgumentException(
          count + " cycles of " + length + " steps that grow by " + growth + " and decay by " + decay
              + " are no schedule: count, length and growth must be at least 1, decay above 0 and at most 1");
    }
  }

  /** One cycle. */
  public static Cycles one(long length) {
    return new Cycles(length, 1, 1, 1);
  }

  /** Steps of all cycles, rounded down. */
  public long total() {
    double total = 0;
    double next = length;
    for (int i = 0; i < count; i++) {
      total += next;
      next *= growth;
    }
    return (long) total;
  }

  /**
   * Where in its cycle a step is.
   *
   * @param step steps since the cycle began
   * @param length steps of the cycle
   * @param factor of the highest rate
   */
  record Place(double step, double length, double factor) {}

  /** The place of a step, or null after the last cycle. */
  @Nullable
  Place place(long step) {
    double start = 0;
    double cycle = length;
    double factor = 1;
    for (int i = 0; i < count; i++) {
      if (step - start < cycle) {
        return new Place(step - start, cycle, factor);
      }
      start += cycle;
      cycle *= growth;
      factor *= decay;
    }
    return null;
  }
}
