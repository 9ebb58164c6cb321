package org.swinengine.metrics;

import java.util.Arrays;

/**
 * Figures of samples that have any number of labels at once, each with a probability of its own (a sigmoid's,
 * as a rule).
 *
 * @param labels number of labels
 * @param truth [samples × labels]
 * @param probabilities [samples × labels], 0 to 1
 */
public record MultiLabel(int labels, boolean[] truth, float[] probabilities) {
  private static final float THRESHOLD = 0.5f;

  /** Holds that the two fit together. */
  public MultiLabel {
    if (labels < 1 || truth.length != probabilities.length || truth.length % labels != 0) {
      throw new IllegalArgumentException(
          "of " + labels + " labels there are " + truth.length + " truths and " + probabilities.length
              + " probabilities, but must be as many of both, a multiple of the labels");
    }
  }

  /** Number of samples. */
  public int size() {
    return truth.length / labels;
  }

  /** A label's curve. */
  public BinaryCurve curve(int label) {
    double[] scores = new double[size()];
    boolean[] positive = new boolean[size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = probabilities[i * labels + label];
      positive[i] = truth[i * labels + label];
    }
    return BinaryCurve.of(scores, positive);
  }

  /** Area below each label's ROC curve; NaN where no sample or every one has it. */
  public double[] aucs() {
    double[] values = new double[labels];
    Arrays.setAll(values, label -> curve(label).auc());
    return values;
  }

  /** Mean area over the labels that have one: MedMNIST's AUC, and CheXpert's. */
  public double meanAuc() {
    return mean(aucs());
  }

  /** Average precision of each label; NaN where no sample has it. */
  public double[] averagePrecisions() {
    double[] values = new double[labels];
    Arrays.setAll(values, label -> curve(label).averagePrecision());
    return values;
  }

  /** Mean average precision over the labels that have one. */
  public double meanAveragePrecision() {
    return mean(averagePrecisions());
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).filter(value -> !Double.isNaN(value)).average().orElse(Double.NaN);
  }

  /** F1 of each label with a probability above 0.5; 0 where it is neither there nor said. */
  public double[] f1s() {
    double[] values = new double[labels];
    for (int label = 0; label < labels; label++) {
      int right = 0;
      int all = 0;
      for (int at = label; at < truth.length; at += labels) {
        boolean said = probabilities[at] > THRESHOLD;
        right += said && truth[at] ? 1 : 0;
        all += (said ? 1 : 0) + (truth[at] ? 1 : 0);
      }
      values[label] = all == 0 ? 0 : 2.0 * right / all;
    }
    return values;
  }

  /** Share of samples of which every label is right at 0.5. */
  public double exactMatch() {
    int right = 0;
    for (int i = 0; i < size(); i++) {
      boolean all = true;
      for (int at = i * labels; at < (i + 1) * labels; at++) {
        all &= probabilities[at] > THRESHOLD == truth[at];
      }
      right += all ? 1 : 0;
    }
    return size() == 0 ? Double.NaN : (double) right / size();
  }

  /** Share of labels that are right at 0.5, over all samples: MedMNIST's accuracy. */
  public double accuracy() {
    int right = 0;
    for (int at = 0; at < truth.length; at++) {
      right += probabilities[at] > THRESHOLD == truth[at] ? 1 : 0;
    }
    return truth.length == 0 ? Double.NaN : (double) right / truth.length;
  }
}
