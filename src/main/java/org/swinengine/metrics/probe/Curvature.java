package org.swinengine.metrics.probe;

import java.util.stream.IntStream;

/**
 * How a {@link LogisticRegression}'s loss curves, about: for each class {@code p·(1 − p)·C + penalty}, with
 * the features' correlations C and {@code p} of classes that are equally likely. It bounds the true
 * curvature up to a factor (Böhning, 1992), and a search in its metric takes a fifth of the steps where
 * features are correlated. What is found does not depend on it.
 */
final class Curvature implements LimitedMemoryBfgs.Metric {
  /** Samples that correlations are taken from, for each feature; more tell nothing new. */
  private static final int ROWS_A_FEATURE = 4;

  private static final int FEWEST_ROWS = 1000;

  private final int width;

  /** Cholesky factor of what a class's weights have, [width × width], the lower half. */
  private final double[] factor;

  private final double ofBias;

  private Curvature(int width, double[] factor, double ofBias) {
    this.width = width;
    this.factor = factor;
    this.ofBias = ofBias;
  }

  /**
   * Of some samples.
   *
   * @param features [samples × width]
   * @param rows the samples
   * @param classes that they have
   */
  static Curvature of(float[] features, int width, int[] rows, int classes, double penalty) {
    int most = Math.max(FEWEST_ROWS, ROWS_A_FEATURE * width);
    int[] some =
        rows.length <= most
            ? rows
            : IntStream.range(0, most).map(i -> rows[(int) ((long) i * rows.length / most)]).toArray();
    double[] means = Standardisation.means(features, width, some);
    double[] scales = Standardisation.scales(features, width, some, means);
    double[] matrix = new double[Math.multiplyExact(width, width)];
    double[] row = new double[width];
    for (int sample : some) {
      for (int k = 0; k < width; k++) {
        row[k] = (features[sample * width + k] - means[k]) * scales[k];
      }
      for (int i = 0; i < width; i++) {
        double own = row[i];
        int at = i * width;
        for (int k = 0; k <= i; k++) {
          matrix[at + k] += own * row[k];
        }
      }
    }
    double curve = Math.max(1, classes - 1) / ((double) classes * classes);
    for (int i = 0; i < matrix.length; i++) {
      matrix[i] *= curve / some.length;
    }
    for (int i = 0; i < width; i++) {
      matrix[i * width + i] += penalty;
    }
    factorise(matrix, width);
    return new Curvature(width, matrix, curve);
  }

  /** Cholesky's, in place, of the lower half; the penalty keeps it positive. */
  private static void factorise(double[] matrix, int width) {
    for (int i = 0; i < width; i++) {
      for (int k = 0; k <= i; k++) {
        double rest = matrix[i * width + k] - Neighbours.dot(matrix, i * width, matrix, k * width, k);
        matrix[i * width + k] = k == i ? Math.sqrt(rest) : rest / matrix[k * width + k];
      }
    }
  }

  @Override
  public void divide(double[] vector) {
    for (int at = 0; at < vector.length; at += width + 1) {
      for (int i = 0; i < width; i++) {
        double known = Neighbours.dot(factor, i * width, vector, at, i);
        vector[at + i] = (vector[at + i] - known) / factor[i * width + i];
      }
      for (int i = width - 1; i >= 0; i--) {
        double own = vector[at + i] / factor[i * width + i];
        vector[at + i] = own;
        for (int k = 0; k < i; k++) {
          vector[at + k] -= own * factor[i * width + k];
        }
      }
      vector[at + width] /= ofBias;
    }
  }
}
