package org.swinengine.metrics.probe;

import java.util.Arrays;

/**
 * What a {@link LogisticRegression} minimises, and its gradient. A point is, for each class, the weights of
 * standardised features, then the bias; standardised features are never written out.
 */
final class RegressionLoss implements LimitedMemoryBfgs.Function {
  /** Samples at a time, whose features stay in the first caches. */
  private static final int BLOCK = 64;

  private final float[] features;
  private final int width;
  private final int[] rows;
  private final int[] targets;
  private final int classes;
  private final double penalty;
  private final double[] means;

  /** One over each feature's deviation; 0 where that is 0. */
  private final double[] scales;

  /** Features of a block, [sample × feature], and [feature × sample]. */
  private final double[] block;

  private final double[] turned;

  /** [class × sample] of a block: scores, then probabilities, then these less the truth. */
  private final double[] scores;

  /**
   * @param features [samples × width]
   * @param rows the samples
   * @param targets of these, from 0
   * @param classes number of classes that they have
   */
  RegressionLoss(float[] features, int width, int[] rows, int[] targets, int classes, double penalty) {
    this.features = features;
    this.width = width;
    this.rows = rows;
    this.targets = targets;
    this.classes = classes;
    this.penalty = penalty;
    means = Standardisation.means(features, width, rows);
    scales = Standardisation.scales(features, width, rows, means);
    block = new double[BLOCK * width];
    turned = new double[BLOCK * width];
    scores = new double[BLOCK * classes];
  }

  /** W·(x − mean)/deviation + b as weights and bias of x. */
  double[] ofPlainFeatures(double[] point) {
    double[] plain = new double[point.length];
    for (int at = 0; at < point.length; at += width + 1) {
      double bias = point[at + width];
      for (int k = 0; k < width; k++) {
        plain[at + k] = point[at + k] * scales[k];
        bias -= plain[at + k] * means[k];
      }
      plain[at + width] = bias;
    }
    return plain;
  }

  @Override
  public double at(double[] point, double[] gradient) {
    double[] plain = ofPlainFeatures(point);
    Arrays.fill(gradient, 0);
    double loss = 0;
    for (int first = 0; first < rows.length; first += BLOCK) {
      int count = Math.min(BLOCK, rows.length - first);
      load(first, count);
      score(plain);
      loss += compare(first, count);
      for (int c = 0; c < classes; c++) {
        sum(c, gradient, c * (width + 1));
      }
    }
    double squares = 0;
    for (int at = 0; at < gradient.length; at += width + 1) {
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

  /** Rows above {@code count} keep what they had, and count for nothing. */
  private void load(int first, int count) {
    for (int r = 0; r < count; r++) {
      int from = rows[first + r] * width;
      for (int k = 0; k < width; k++) {
        block[r * width + k] = features[from + k];
      }
      for (int k = 0; k < width; k++) {
        turned[k * BLOCK + r] = block[r * width + k];
      }
    }
  }

  private void score(double[] plain) {
    for (int c = 0; c < classes; c++) {
      int at = c * (width + 1);
      int to = c * BLOCK;
      Arrays.fill(scores, to, to + BLOCK, plain[at + width]);
      RowSums.add(plain, at, width, turned, 0, BLOCK, scores, to);
    }
  }

  /** Makes errors of scores; returns the sum of the losses. */
  private double compare(int first, int count) {
    double loss = 0;
    double[] row = new double[classes];
    for (int r = 0; r < count; r++) {
      for (int c = 0; c < classes; c++) {
        row[c] = scores[c * BLOCK + r];
      }
      int target = targets[first + r];
      double own = row[target];
      loss += LogisticRegression.softmax(row) - own;
      row[target] -= 1;
      for (int c = 0; c < classes; c++) {
        scores[c * BLOCK + r] = row[c];
      }
    }
    for (int r = count; r < BLOCK; r++) {
      for (int c = 0; c < classes; c++) {
        scores[c * BLOCK + r] = 0;
      }
    }
    return loss;
  }

  private void sum(int c, double[] gradient, int at) {
    RowSums.add(scores, c * BLOCK, BLOCK, block, 0, width, gradient, at);
    for (int r = 0; r < BLOCK; r++) {
      gradient[at + width] += scores[c * BLOCK + r];
    }
  }
}
