package org.swinengine.metrics;

import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A temperature ({@link TemperatureScaling}) and what it is worth, by cross-fitting: for each half of the
 * samples the temperature of the other half, so that nothing is measured on what it was fitted on. A
 * temperature that does not bring the log loss down there is none.
 *
 * @param temperature of all samples; NaN: there is none
 * @param reason why there is none, a clause; empty if there is one
 * @param before calibration error and log loss of the samples as they are
 * @param after both, cross-fitted; NaN where that cannot be measured
 */
public record TemperatureFit(double temperature, String reason, Measured before, Measured after) {
  /** So few samples tell nothing. */
  public static final int LEAST_SAMPLES = 20;

  /** Temperatures beyond are those of data without an optimum. */
  private static final double LOWEST = 0.01;

  private static final double HIGHEST = 100;

  /**
   * How good probabilities are.
   *
   * @param expectedError {@link Calibration#expectedError} of {@link Calibration#BINS} bins
   * @param logLoss mean negative logarithm of the true class's probability
   */
  public record Measured(double expectedError, double logLoss) {
    private static final Measured UNKNOWN = new Measured(Double.NaN, Double.NaN);

    /** Of samples, at least one. */
    public static Measured of(Predictions predictions) {
      double loss = IntStream.range(0, predictions.size()).mapToDouble(predictions::logLoss).sum();
      return new Measured(
          Calibration.expectedError(predictions, Calibration.BINS), loss / predictions.size());
    }
  }

  /** Whether there is a temperature. */
  public boolean isKnown() {
    return !Double.isNaN(temperature);
  }

  /**
   * Fits a temperature.
   *
   * @param predictions samples that the model was not trained on, with groups where some belong together
   */
  public static TemperatureFit of(Predictions predictions) {
    if (predictions.size() == 0) {
      return none("there are no images");
    }
    Measured before = Measured.of(predictions);
    String reason = unfit(predictions, before);
    if (reason != null) {
      return none(reason, before, Measured.UNKNOWN);
    }
    int[][] halves = Halves.of(predictions);
    if (Math.min(halves[0].length, halves[1].length) < LEAST_SAMPLES / 2) {
      return none(
          "the images cannot be divided into two halves, because too many belong together", before,
          Measured.UNKNOWN);
    }
    double temperature = TemperatureScaling.fit(predictions);
    double[] ofOther = {
      TemperatureScaling.fit(predictions.part(halves[1])), TemperatureScaling.fit(predictions.part(halves[0]))
    };
    double[] temperatures = new double[predictions.size()];
    for (int half = 0; half < halves.length; half++) {
      for (int sample : halves[half]) {
        temperatures[sample] = ofOther[half];
      }
    }
    Measured after = Measured.of(TemperatureScaling.scaled(predictions, i -> temperatures[i]));
    if (!(temperature > LOWEST && temperature < HIGHEST)) {
      return none("no temperature is the best one", before, after);
    }
    if (!(after.logLoss() < before.logLoss())) {
      return none(
          "fitted on one half of the images it does not make the log loss of the other half smaller", before,
          after);
    }
    return new TemperatureFit(temperature, "", before, after);
  }

  /** No temperature, and nothing measured, for a reason. */
  public static TemperatureFit none(String reason) {
    return none(reason, Measured.UNKNOWN, Measured.UNKNOWN);
  }

  private static TemperatureFit none(String reason, Measured before, Measured after) {
    return new TemperatureFit(Double.NaN, reason, before, after);
  }

  private static @Nullable String unfit(Predictions predictions, Measured before) {
    int n = predictions.size();
    if (!predictions.hasLogits()) {
      return "the logits of " + n + " images of " + predictions.classes() + " classes are too many to keep";
    }
    if (n < LEAST_SAMPLES) {
      return "there are " + n + " images, but at least " + LEAST_SAMPLES + " are needed";
    }
    if (!Double.isFinite(before.logLoss())) {
      return "some logits are no finite numbers";
    }
    // Without a mistake the best temperature is 0: every image in its class for certain.
    return IntStream.range(0, n).allMatch(i -> predictions.place(i) == 0)
        ? "every image is put into its class, so how sure is too sure cannot be seen"
        : null;
  }
}
