package org.swinengine.metrics.probe;

import java.util.Arrays;

/** Mean and deviation of features. */
final class Standardisation {
  /** Of the mean's size: a deviation below is rounding. */
  private static final double ROUNDING = 1e-7;

  private Standardisation() {}

  /** Of some samples, the mean of each feature. */
  static double[] means(float[] features, int width, int[] rows) {
    double[] means = new double[width];
    for (int row : rows) {
      for (int k = 0; k < width; k++) {
        means[k] += features[row * width + k];
      }
    }
    Arrays.setAll(means, k -> means[k] / rows.length);
    return means;
  }

  /** One over the population's deviation of each feature; 0 where that is none. */
  static double[] scales(float[] features, int width, int[] rows, double[] means) {
    double[] scales = new double[width];
    for (int row : rows) {
      for (int k = 0; k < width; k++) {
        double difference = features[row * width + k] - means[k];
        scales[k] += difference * difference;
      }
    }
    Arrays.setAll(scales, k -> {
      double deviation = Math.sqrt(scales[k] / rows.length);
      return deviation <= ROUNDING * Math.abs(means[k]) ? 0 : 1 / deviation;
    });
    return scales;
  }
}
