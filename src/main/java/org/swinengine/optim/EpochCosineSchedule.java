package org.swinengine.optim;

/**
 * A cosine that changes with the epoch, as tutorials for PyTorch's {@code LambdaLR} have it with their {@code
 * --lrf}: {@code rate·((1 + cos(π·epoch/epochs))/2·(1 − lrf) + lrf)}.
 *
 * @param rate of the first epoch
 * @param lrf share of it at the end
 * @param epochs after which the share is reached, at least 1
 * @param stepsPerEpoch at least 1
 */
public record EpochCosineSchedule(double rate, double lrf, int epochs, long stepsPerEpoch)
    implements
    Schedule {
  /** Checks the ranges. */
  public EpochCosineSchedule {
    if (epochs < 1 || stepsPerEpoch < 1) {
      throw new IllegalArgumentException(
          epochs + " epochs of " + stepsPerEpoch + " steps are no schedule: both must be at least 1");
    }
  }

  @Override
  public double rate(long step) {
    double phase = Math.min(step / stepsPerEpoch, epochs) * StrictMath.PI / epochs;
    return rate * ((1 + StrictMath.cos(phase)) / 2 * (1 - lrf) + lrf);
  }
}
