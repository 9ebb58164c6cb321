package org.swinengine.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sets of classes that hold the true one with a given chance, whatever the model (split conformal prediction;
 * Vovk et al., 2005): the nonconformity of held-out samples gives a threshold, and a set has all classes
 * below it. New samples must be like those that calibrated it.
 */
public final class ConformalSets {
  /** How strange a class is for a sample. */
  public enum Score {
    /**
     * 1 less the class's probability (Sadinle et al., "Least Ambiguous Set-Valued Classifiers", 2019): the
     * smallest sets on average.
     */
    LAC,
    /**
     * Probability of the classes down to this one, itself included (Romano et al., "Classification with Valid
     * and Adaptive Coverage", 2020, without its random part): larger sets where a sample is hard, and a
     * coverage above the one asked for.
     */
    APS
  }

  private final Score score;
  private final double[] thresholds;

  private ConformalSets(Score score, double[] thresholds) {
    this.score = score;
    this.thresholds = thresholds;
  }

  /**
   * Sets with one threshold: of all new samples, a share of at least 1 − alpha has its class in its set.
   *
   * @param calibration samples that neither the model nor its temperature has seen
   * @param alpha above 0, below 1
   */
  public static ConformalSets calibrate(Predictions calibration, Score score, double alpha) {
    double[] scores = new double[calibration.size()];
    Arrays.setAll(scores, i -> ofTruth(calibration, score, i));
    double[] thresholds = new double[calibration.classes()];
    Arrays.fill(thresholds, quantile(scores, alpha));
    return new ConformalSets(score, thresholds);
  }

  /**
   * Sets with a threshold for each class (Mondrian): the promise holds for the samples of each class. A class
   * with fewer than 1 / alpha − 1 samples is in every set.
   */
  public static ConformalSets calibrateByClass(Predictions calibration, Score score, double alpha) {
    double[] thresholds = new double[calibration.classes()];
    for (int c = 0; c < thresholds.length; c++) {
      List<Double> scores = new ArrayList<>();
      for (int i = 0; i < calibration.size(); i++) {
        if (calibration.label(i) == c) {
          scores.add(ofTruth(calibration, score, i));
        }
      }
      thresholds[c] = quantile(scores.stream().mapToDouble(Double::doubleValue).toArray(), alpha);
    }
    return new ConformalSets(score, thresholds);
  }

  /** Sets with thresholds that are known; infinite: the class is in every set. */
  static ConformalSets of(Score score, double[] thresholds) {
    return new ConformalSets(score, thresholds.clone());
  }

  /** The score of a sample's own class. */
  static double ofTruth(Predictions predictions, Score score, int sample) {
    double[] row = new double[predictions.classes()];
    Arrays.setAll(row, c -> predictions.probability(sample, c));
    return scores(row, score)[predictions.label(sample)];
  }

  /**
   * The ⌈(n + 1)(1 − alpha)⌉-th smallest score, which counts the new sample as one more; infinite if there
   * are too few.
   */
  static double quantile(double[] scores, double alpha) {
    if (!(alpha > 0 && alpha < 1)) {
      throw new IllegalArgumentException("`alpha` is " + alpha + ", but must be above 0 and below 1");
    }
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    int place = place(scores.length, 1 - alpha);
    return place > scores.length ? Double.POSITIVE_INFINITY : sorted[place - 1];
  }

  /** Which of so many sorted scores, from 1, is the threshold; more than there are: they are too few. */
  static int place(int samples, double coverage) {
    // A hair less, so that 0.9 of 10, which is a little more in binary, stays the ninth.
    return Math.max(1, (int) StrictMath.ceil((samples + 1.0) * coverage - 1e-9));
  }

  private static double[] scores(double[] probabilities, Score score) {
    double[] scores = new double[probabilities.length];
    if (score == Score.LAC) {
      Arrays.setAll(scores, c -> 1 - probabilities[c]);
      return scores;
    }
    Ranking ranking = new Ranking(probabilities);
    double sum = 0;
    for (int c : ranking.order) {
      sum += probabilities[c];
      scores[c] = sum;
    }
    return scores;
  }

  /**
   * The classes of a sample's set, in the order of their numbers; none if nothing is likely enough.
   *
   * @param probabilities of all classes
   */
  public int[] set(double[] probabilities) {
    double[] scores = scores(probabilities, score);
    List<Integer> members = new ArrayList<>();
    for (int c = 0; c < scores.length; c++) {
      if (scores[c] <= thresholds[c]) {
        members.add(c);
      }
    }
    return members.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The thresholds of the classes: all equal, unless each has its own; infinite where samples were few. */
  public double[] thresholds() {
    return thresholds.clone();
  }
}
