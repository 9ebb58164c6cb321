package org.swinengine.metrics;

/**
 * One number by which a model's logits are divided, so that its probabilities are right as often as they say
 * (Guo et al., 2017). Which class comes first does not change.
 *
 * <p>It is that of the least mean negative log-likelihood. In β = 1 / temperature this is convex, with the
 * derivative E[Σ p·z] − z of the truth, whose root is found by halving an interval.
 */
public final class TemperatureScaling {
  /** The least and the largest temperature that is looked at. */
  private static final double LEAST = 1e-3;

  private static final double LARGEST = 1e3;
  private static final int STEPS = 80;

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
    double low = StrictMath.log(1 / LARGEST);
    double high = StrictMath.log(1 / LEAST);
    for (int step = 0; step < STEPS; step++) {
      double middle = (low + high) / 2;
      if (slope(predictions, StrictMath.exp(middle)) > 0) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return StrictMath.exp(-(low + high) / 2);
  }

  /** Derivative of the mean negative log-likelihood by β. */
  private static double slope(Predictions predictions, double beta) {
    float[] logits = predictions.logits();
    int classes = predictions.classes();
    double[] row = new double[classes];
    double sum = 0;
    for (int i = 0; i < predictions.size(); i++) {
      int from = i * classes;
      Predictions.softmax(logits, from, 1 / beta, row);
      for (int c = 0; c < classes; c++) {
        sum += row[c] * logits[from + c];
      }
      sum -= logits[from + predictions.label(i)];
    }
    return sum;
  }

  /** The predictions with logits divided by a temperature. */
  public static Predictions scaled(Predictions predictions, double temperature) {
    if (!(temperature > 0)) {
      throw new IllegalArgumentException("`temperature` is " + temperature + ", but must be above 0");
    }
    float[] logits = predictions.logits();
    int classes = predictions.classes();
    Predictions.Builder builder = new Predictions.Builder(predictions.size(), classes, true);
    float[] row = new float[classes];
    for (int i = 0; i < predictions.size(); i++) {
      for (int c = 0; c < classes; c++) {
        row[c] = (float) (logits[i * classes + c] / temperature);
      }
      builder.set(i, predictions.label(i), row, 0);
    }
    return builder.build().inGroups(predictions.groups());
  }
}
