package org.swinengine.train.estimate;

/**
 * How fast a run goes, from its own steps: a young JVM gets faster and a laptop slower, so younger steps
 * count more, and the estimate corrects itself.
 */
public final class Pace {
  /** In the first steps the JVM is still compiling: their rate may be a tenth of what comes. */
  private static final int FIRST_STEPS = 5;
  private static final double FIRST_SECONDS = 2;

  /** Of steps that are so long compiling is a small part. */
  private static final double LONG_SECONDS = 20;

  private static final double WEIGHT = 0.1;

  private final int epochs;
  private final int stepsPerEpoch;
  private final double validationSteps;
  private long steps;
  private double measured;
  private double stepSeconds;
  private double validationSeconds = Double.NaN;

  /**
   * @param epochs of the run
   * @param stepsPerEpoch optimizer steps of an epoch
   * @param validationSteps training steps that take as long as a validation, until one has been measured
   */
  public Pace(int epochs, int stepsPerEpoch, double validationSteps) {
    this.epochs = epochs;
    this.stepsPerEpoch = stepsPerEpoch;
    this.validationSteps = validationSteps;
  }

  /** A step is done. The first one also makes things ready, so it does not count. */
  public void step(double seconds) {
    if (steps > 0) {
      measured += seconds;
      stepSeconds += (seconds - stepSeconds) * Math.max(WEIGHT, 1.0 / steps);
    }
    steps++;
  }

  /** A validation is done. */
  public void validation(double seconds) {
    validationSeconds = seconds;
  }

  /** Whether enough has been measured: some steps and seconds, or an epoch. */
  public boolean isKnown() {
    boolean some = measured >= FIRST_SECONDS || !Double.isNaN(validationSeconds);
    return steps > FIRST_STEPS && some || measured >= LONG_SECONDS;
  }

  /**
   * What is left.
   *
   * @param epoch epochs that are done
   * @param stepInEpoch steps of the present one that are done
   * @param peakBytes highest memory of tensors in use so far
   */
  public Estimate left(int epoch, int stepInEpoch, long peakBytes) {
    double validation = Double.isNaN(validationSeconds) ? validationSteps * stepSeconds : validationSeconds;
    double rest = (stepsPerEpoch - stepInEpoch) * stepSeconds + validation;
    double later = (epochs - epoch - 1) * (stepsPerEpoch * stepSeconds + validation);
    return new Estimate(rest + later, rest, peakBytes);
  }
}
