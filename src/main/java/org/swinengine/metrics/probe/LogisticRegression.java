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
    int[] present = Arrays.stream(rows).map(row -> labels[row]).distinct().sorted().toArray();
    int[] targets =
        Arrays.stream(rows).map(row -> Arrays.binarySearch(present, labels[row])).toArray();
    Objective objective = new Objective(features, width, rows, targets, present.length, penalty);
    double[] start = new double[present.length * (width + 1)];
    double[] found =
        LimitedMemoryBfgs.minimum(objective::valueAndGradient, start, tolerance, MOST_ITERATIONS);
    return new LogisticRegression(width, classes, present, objective.ofPlainFeatures(found));
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
  private static double softmax(double[] scores) {
    double largest = Arrays.stream(scores).max().orElseThrow();
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

  /** What is minimised. Weights are those of standardised features; these are never written out. */
  private static final class Objective {
    private final float[] features;
    private final int width;
    private final int[] rows;
    private final int[] targets;
    private final int classes;
    private final double penalty;
    private final double[] means;

    /** One over each feature's deviation; 0 where that is 0. */
    private final double[] scales;

    Objective(float[] features, int width, int[] rows, int[] targets, int classes, double penalty) {
      this.features = features;
      this.width = width;
      this.rows = rows;
      this.targets = targets;
      this.classes = classes;
      this.penalty = penalty;
      means = Standardisation.means(features, width, rows);
      scales = Standardisation.scales(features, width, rows, means);
    }

    /** W·(x − mean)/deviation + b as weights and bias of x. */
    double[] ofPlainFeatures(double[] point) {
      double[] plain = new double[point.length];
      for (int c = 0; c < classes; c++) {
        int at = c * (width + 1);
        double bias = point[at + width];
        for (int k = 0; k < width; k++) {
          plain[at + k] = point[at + k] * scales[k];
          bias -= plain[at + k] * means[k];
        }
        plain[at + width] = bias;
      }
      return plain;
    }

    double valueAndGradient(double[] point, double[] gradient) {
      double[] plain = ofPlainFeatures(point);
      double[] row = new double[width];
      double[] scores = new double[classes];
      Arrays.fill(gradient, 0);
      double loss = 0;
      for (int i = 0; i < rows.length; i++) {
        load(features, rows[i], row);
        scores(plain, row, scores);
        double own = scores[targets[i]];
        loss += softmax(scores) - own;
        scores[targets[i]] -= 1;
        for (int c = 0; c < classes; c++) {
          add(scores[c], row, gradient, c * (width + 1));
        }
      }
      double squares = 0;
      for (int c = 0; c < classes; c++) {
        int at = c * (width + 1);
        double ofBias = gradient[at + width] / rows.length;
        for (int k = 0; k < width; k++) {
          double ofPlain = gradient[at + k] / rows.length;
          gradient[at + k] = (ofPlain - means[k] * ofBias) * scales[k] + penalty * point[at + k];
          squares += point[at + k] * point[at + k];
        }
        gradient[at + width] = ofBias;
      }
      return loss / rows.length + penalty / 2 * squares;
    }

    private static void add(double factor, double[] row, double[] sums, int at) {
      for (int k = 0; k < row.length; k++) {
        sums[at + k] += factor * row[k];
      }
      sums[at + row.length] += factor;
    }
  }
}
