package org.swinengine.metrics.probe;

import java.util.Arrays;

/**
 * Multinomial logistic regression on standardised features, with a ridge on the weights. It minimises
 *
 * <pre>
 * mean over samples of −log softmax(W·z + b)[label]  +  penalty / 2 · ‖W‖²
 * z = (x − mean) / deviation
 * </pre>
 *
 * by {@link LimitedMemoryBfgs}, with mean and (population) deviation of the samples that it learns from; a
 * feature that is the same in all of them counts for nothing. It is scikit-learn's {@code LogisticRegression}
 * of standardised features with {@code C = 1 / (samples · penalty)}. A class without samples has the
 * probability 0.
 */
public final class LogisticRegression {
  private static final int MOST_ITERATIONS = 1000;

  private final int width;
  private final int classes;

  /** Classes that have samples. */
  private final int[] present;

  /** Of each class that has samples, the weights of features that are not standardised, then the bias. */
  private final double[] weights;

  private LogisticRegression(int width, int classes, int[] present, double[] weights) {
    this.width = width;
    this.classes = classes;
    this.present = present;
    this.weights = weights;
  }

  /**
   * Learns.
   *
   * @param features [samples × width]
   * @param width numbers of a sample, at least 1
   * @param rows samples to learn from, at least one
   * @param labels of all samples of {@code features}, from 0
   * @param classes number of classes
   * @param penalty above 0
   * @param tolerance ends the search: largest entry of the gradient that is small enough
   */
  public static LogisticRegression fit(
      float[] features, int width, int[] rows, int[] labels, int classes, double penalty, double tolerance) {
    if (rows.length == 0 || width < 1 || !(penalty > 0)) {
      throw new IllegalArgumentException(
          "there are " + rows.length + " samples of " + width + " features and the penalty is " + penalty
              + ", but must be at least 1 and above 0");
    }
    Curvature curvature = Curvature.of(features, width, rows, present(rows, labels).length, penalty);
    return fit(features, width, rows, labels, classes, penalty, tolerance, curvature);
  }

  /**
   * Learns.
   *
   * @param curvature of these samples, or others like them: what is found does not depend on it, but for
   *     the tolerance
   */
  static LogisticRegression fit(
      float[] features, int width, int[] rows, int[] labels, int classes, double penalty, double tolerance,
      Curvature curvature) {
    int[] present = present(rows, labels);
    int[] targets = Arrays.stream(rows).map(row -> Arrays.binarySearch(present, labels[row])).toArray();
    RegressionLoss loss = new RegressionLoss(features, width, rows, targets, present.length, penalty);
    double[] start = new double[present.length * (width + 1)];
    double[] found = LimitedMemoryBfgs.minimum(loss, curvature, start, tolerance, MOST_ITERATIONS);
    return new LogisticRegression(width, classes, present, loss.ofPlainFeatures(found));
  }

  private static int[] present(int[] rows, int[] labels) {
    return Arrays.stream(rows).map(row -> labels[row]).distinct().sorted().toArray();
  }

  /**
   * The probabilities of a sample's classes.
   *
   * @param features [samples × width]
   * @param sample its number
   * @param probabilities receives one for each class, of sum 1
   */
  public void probabilities(float[] features, int sample, double[] probabilities) {
    double[] row = new double[width];
    double[] scores = new double[present.length];
    load(features, sample, row);
    scores(weights, row, scores);
    softmax(scores);
    Arrays.fill(probabilities, 0, classes, 0);
    for (int c = 0; c < present.length; c++) {
      probabilities[present[c]] = scores[c];
    }
  }

  private static void load(float[] features, int sample, double[] row) {
    for (int k = 0; k < row.length; k++) {
      row[k] = features[sample * row.length + k];
    }
  }

  private static void scores(double[] weights, double[] row, double[] scores) {
    int width = row.length;
    for (int c = 0; c < scores.length; c++) {
      int at = c * (width + 1);
      scores[c] = weights[at + width] + Neighbours.dot(weights, at, row, 0, width);
    }
  }

  /** In place; returns the logarithm of the sum of exponentials. */
  static double softmax(double[] scores) {
    double largest = scores[0];
    for (double score : scores) {
      largest = Math.max(largest, score);
    }
    double sum = 0;
    for (int c = 0; c < scores.length; c++) {
      scores[c] = StrictMath.exp(scores[c] - largest);
      sum += scores[c];
    }
    for (int c = 0; c < scores.length; c++) {
      scores[c] /= sum;
    }
    return StrictMath.log(sum) + largest;
  }
}
