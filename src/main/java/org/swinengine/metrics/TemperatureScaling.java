package org.swinengine.metrics;

import java.util.function.IntToDoubleFunction;

/**
 * One number by which a model's logits are divided, so that its probabilities are right as often as they say
 * (Guo et al., 2017). Which class comes first does not change.
 *
 * <p>It is that of the least mean negative log-likelihood. In β = 1 / temperature this is convex, with the
 * derivative E[Σ p·z] − z of the truth, whose root Newton's steps find,
 * and halvings where a step would leave the interval.
 */
public final class TemperatureScaling {
  /** The least and the largest temperature that is looked at. */
  private static final double LEAST = 1e-3;

  private static final double LARGEST = 1e3;
  private static final int MOST_STEPS = 100;
  private static final double PRECISION = 1e-12;

  private TemperatureScaling() {}

  /**
   * The temperature of validation samples; they should not be those that the model was trained on.
   *
   * @return from 0.001 to 1000; 1 without samples
   * @throws IllegalStateException if there are no logits
   */
  public static double fit(Predictions predictions) {
    if (predictions.size() == 0) {
      return 1;
    }
    double low = 1 / LARGEST;
    double high = 1 / LEAST;
    double beta = 1;
    double[] slopes = new double[2];
    for (int step = 0; step < MOST_STEPS; step++) {
      slopes(predictions, beta, slopes);
      if (slopes[0] > 0) {
        high = beta;
      } else {
        low = beta;
      }
      double next = beta - slopes[0] / slopes[1];
      if (!(next > low && next < high)) {
        next = StrictMath.sqrt(low * high);
      }
      if (Math.abs(next - beta) <= PRECISION * beta) {
        break;
      }
      beta = next;
    }
    return 1 / beta;
  }

  /** First and second derivative of the negative log-likelihood by β. */
  private static void slopes(Predictions predictions, double beta, double[] slopes) {
    float[] logits = predictions.logits();
    int classes = predictions.classes();
    double[] row = new double[classes];
    slopes[0] = 0;
    slopes[1] = 0;
    for (int i = 0; i < predictions.size(); i++) {
      int from = i * classes;
      Predictions.softmax(logits, from, 1 / beta, row);
      double mean = 0;
      double squares = 0;
      for (int c = 0; c < classes; c++) {
        double logit = logits[from + c];
        mean += row[c] * logit;
        squares += row[c] * logit * logit;
      }
      slopes[0] += mean - logits[from + predictions.label(i)];
      slopes[1] += squares - mean * mean;
    }
  }

  /** The predictions with logits divided by a temperature. */
  public static Predictions scaled(Predictions predictions, double temperature) {
    if (!(temperature > 0)) {
      throw new IllegalArgumentException("`temperature` is " + temperature + ", but must be above 0");
    }
    return scaled(predictions, sample -> temperature);
  }

  /** The same with a temperature for each sample. */
  static Predictions scaled(Predictions predictions, IntToDoubleFunction temperatures) {
    float[] logits = predictions.logits();
    int classes = predictions.classes();
    Predictions.Builder builder = new Predictions.Builder(predictions.size(), classes, true);
    float[] row = new float[classes];
    for (int i = 0; i < predictions.size(); i++) {
      double temperature = temperatures.applyAsDouble(i);
      for (int c = 0; c < classes; c++) {
        row[c] = (float) (logits[i * classes + c] / temperature);
      }
      builder.set(i, predictions.label(i), row, 0);
    }
    return builder.build().inGroups(predictions.groups());
  }
}
