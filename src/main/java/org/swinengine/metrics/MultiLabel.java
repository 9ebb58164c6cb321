package org.swinengine.metrics;

import java.util.Arrays;
import java.util.List;

/**
 * Figures of samples that have any number of labels at once, each with a probability of its own (a sigmoid's,
 * as a rule). A label is said where its probability is above its threshold: 0.5, where none is given.
 *
 * @param labels number of labels
 * @param truth [samples × labels]
 * @param probabilities [samples × labels], 0 to 1
 */
public record MultiLabel(int labels, boolean[] truth, double[] probabilities) {
  /** The threshold of a label of which nothing is known. */
  public static final double THRESHOLD = 0.5;

  /** Holds that the two fit together. */
  public MultiLabel {
    if (labels < 1 || truth.length != probabilities.length || truth.length % labels != 0) {
      throw new IllegalArgumentException(
          "of " + labels + " labels there are " + truth.length + " truths and " + probabilities.length
              + " probabilities, but must be as many of both, a multiple of the labels");
    }
  }

  /** Of logits [samples × labels]: the sigmoid of each in float64, the same bits everywhere. */
  public static MultiLabel ofLogits(int labels, boolean[] truth, float[] logits) {
    double[] probabilities = new double[logits.length];
    Arrays.setAll(probabilities, i -> sigmoid(logits[i]));
    return new MultiLabel(labels, truth, probabilities);
  }

  /** The probability of a yes whose logit is given. */
  public static double sigmoid(double logit) {
    return 1 / (1 + StrictMath.exp(-logit));
  }

  /** The mean over all answers of the binary cross-entropy of logits [samples × labels]. */
  public static double logLoss(boolean[] truth, float[] logits) {
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      double wrong = truth[i] ? -logits[i] : logits[i];
      sum += Math.max(wrong, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(wrong)));
    }
    return sum / logits.length;
  }

  /** Number of samples. */
  public int size() {
    return truth.length / labels;
  }

  /** A label's probability for each sample. */
  double[] column(int label) {
    double[] column = new double[size()];
    Arrays.setAll(column, i -> probabilities[i * labels + label]);
    return column;
  }

  /** Whether each sample has a label. */
  boolean[] truth(int label) {
    boolean[] has = new boolean[size()];
    for (int i = 0; i < has.length; i++) {
      has[i] = truth[i * labels + label];
    }
    return has;
  }

  /** A label's curve. */
  public BinaryCurve curve(int label) {
    return BinaryCurve.of(column(label), truth(label));
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

  /** The usual threshold of each label. */
  public static double[] usualThresholds(int labels) {
    double[] thresholds = new double[labels];
    Arrays.fill(thresholds, THRESHOLD);
    return thresholds;
  }

  /**
   * The threshold of each label with the largest F1 on these samples, the highest of equal ones; in the
   * middle between the lowest probability that is still said and the next one below it. 0.5 of a label that
   * no sample has. On these very samples it flatters; it is meant for others.
   */
  public double[] bestThresholds() {
    double[] thresholds = usualThresholds(labels);
    for (int label = 0; label < labels; label++) {
      BinaryCurve curve = curve(label);
      if (curve.positives() > 0) {
        thresholds[label] = bestThreshold(curve);
      }
    }
    return thresholds;
  }

  private static double bestThreshold(BinaryCurve curve) {
    List<BinaryCurve.Point> points = curve.points();
    int best = 0;
    double most = -1;
    for (int i = 0; i < points.size(); i++) {
      BinaryCurve.Point point = points.get(i);
      double said = (double) point.truePositives() + point.falsePositives();
      double f1 = 2.0 * point.truePositives() / (said + curve.positives());
      if (f1 > most) {
        most = f1;
        best = i;
      }
    }
    double lowest = points.get(best).threshold();
    double next = best + 1 < points.size() ? points.get(best + 1).threshold() : 0;
    // What is not a number comes last.
    double below = next < lowest ? next : 0;
    double middle = (lowest + below) / 2;
    return middle < lowest ? middle : below;
  }

  /** Which labels are said, [samples × labels]. */
  boolean[] said(double[] thresholds) {
    if (thresholds.length != labels) {
      throw new IllegalArgumentException(
          "there are thresholds of " + thresholds.length + " labels, but " + labels + " labels");
    }
    boolean[] said = new boolean[truth.length];
    for (int at = 0; at < said.length; at++) {
      said[at] = probabilities[at] > thresholds[at % labels];
    }
    return said;
  }

  /** F1 of each label with a probability above 0.5; 0 where it is neither there nor said. */
  public double[] f1s() {
    return f1s(usualThresholds(labels));
  }

  /** F1 of each label with a probability above its threshold; 0 where it is neither there nor said. */
  public double[] f1s(double[] thresholds) {
    boolean[] said = said(thresholds);
    double[] values = new double[labels];
    for (int label = 0; label < labels; label++) {
      values[label] = f1(said, label, labels);
    }
    return values;
  }

  /** Mean of {@link #f1s(double[])}: {@code f1_score(average="macro", zero_division=0)}. */
  public double macroF1(double[] thresholds) {
    return Arrays.stream(f1s(thresholds)).average().orElse(Double.NaN);
  }

  /** F1 of all answers together: {@code f1_score(average="micro")}. */
  public double microF1(double[] thresholds) {
    return f1(said(thresholds), 0, 1);
  }

  private double f1(boolean[] said, int from, int step) {
    long right = 0;
    long all = 0;
    for (int at = from; at < truth.length; at += step) {
      right += said[at] && truth[at] ? 1 : 0;
      all += (said[at] ? 1 : 0) + (truth[at] ? 1 : 0);
    }
    return all == 0 ? 0 : 2.0 * right / all;
  }

  /** Share of samples of which every label is right at 0.5. */
  public double exactMatch() {
    boolean[] said = said(usualThresholds(labels));
    int right = 0;
    for (int i = 0; i < size(); i++) {
      right += isRight(said, i) ? 1 : 0;
    }
    return size() == 0 ? Double.NaN : (double) right / size();
  }

  /** Whether all labels of a sample are as they are said. */
  boolean isRight(boolean[] said, int sample) {
    for (int at = sample * labels; at < (sample + 1) * labels; at++) {
      if (said[at] != truth[at]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Share of labels that are right at 0.5, over all samples: MedMNIST's accuracy, and 1 less scikit-learn's
   * {@code hamming_loss}.
   */
  public double accuracy() {
    boolean[] said = said(usualThresholds(labels));
    int right = 0;
    for (int at = 0; at < truth.length; at++) {
      right += said[at] == truth[at] ? 1 : 0;
    }
    return truth.length == 0 ? Double.NaN : (double) right / truth.length;
  }
}
