package org.swinengine.metrics;

import java.util.ArrayList;
import java.util.List;

/**
 * What a score tells about yes and no, at every threshold: the curves of scikit-learn's {@code roc_curve} and
 * {@code precision_recall_curve}, and the areas below them.
 *
 * @param positives number of samples that are
 * @param negatives number of samples that are not
 * @param points one for each threshold, the highest first; before them (0, 0)
 */
public record BinaryCurve(int positives, int negatives, List<Point> points) {
  /**
   * The samples with at least a score.
   *
   * @param threshold the score
   * @param truePositives how many of them are
   * @param falsePositives how many are not
   */
  public record Point(double threshold, int truePositives, int falsePositives) {}

  /**
   * Of scores.
   *
   * @param scores higher: rather yes
   * @param positive whether each sample is
   */
  public static BinaryCurve of(double[] scores, boolean[] positive) {
    Ranking ranking = new Ranking(scores);
    List<Point> points = new ArrayList<>();
    int hits = 0;
    int falseAlarms = 0;
    for (int at = 0; at < scores.length;) {
      int end = ranking.ends[at];
      double threshold = scores[ranking.order[at]];
      for (; at < end; at++) {
        if (positive[ranking.order[at]]) {
          hits++;
        } else {
          falseAlarms++;
        }
      }
      points.add(new Point(threshold, hits, falseAlarms));
    }
    return new BinaryCurve(hits, falseAlarms, points);
  }

  /** One class against the rest. */
  public static BinaryCurve of(Predictions predictions, int label) {
    boolean[] positive = new boolean[predictions.size()];
    for (int i = 0; i < positive.length; i++) {
      positive[i] = predictions.label(i) == label;
    }
    return of(predictions.column(label), positive);
  }

  /**
   * Area below the ROC curve, 0 to 1: the chance that a positive sample has the higher score than a negative
   * one, equal ones counting half. {@code roc_auc_score}; NaN where all samples are alike.
   */
  public double auc() {
    // Twice the number of pairs in order: a whole number, exact to 2⁵³.
    double pairs = 0;
    Point before = new Point(Double.POSITIVE_INFINITY, 0, 0);
    for (Point point : points) {
      double width = point.falsePositives() - before.falsePositives();
      pairs += width * (point.truePositives() + before.truePositives());
      before = point;
    }
    double all = 2.0 * positives * negatives;
    return all == 0 ? Double.NaN : pairs / all;
  }

  /**
   * Mean precision over the positive samples: {@code average_precision_score}, a sum of steps without
   * interpolation; NaN without positive samples.
   */
  public double averagePrecision() {
    double sum = 0;
    int before = 0;
    for (Point point : points) {
      sum += (double) (point.truePositives() - before) * precision(point);
      before = point.truePositives();
    }
    return positives == 0 ? Double.NaN : sum / positives;
  }

  /** Share of positives among the samples with at least the point's score. */
  public static double precision(Point point) {
    return (double) point.truePositives() / (point.truePositives() + point.falsePositives());
  }

  /** Share of the positive samples that have at least the point's score; the ROC curve's ordinate. */
  public double recall(Point point) {
    return (double) point.truePositives() / positives;
  }

  /** Share of the negative samples that have at least the point's score; the ROC curve's abscissa. */
  public double falsePositiveRate(Point point) {
    return (double) point.falsePositives() / negatives;
  }
}
