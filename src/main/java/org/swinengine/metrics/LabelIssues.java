package org.swinengine.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Labels that are probably wrong, by confident learning (Northcutt et al., "Confident Learning: Estimating
 * Uncertainty in Dataset Labels", 2021): from probabilities of a model that was not trained on the samples,
 * how many samples of each given class are of which true one is estimated, and as many as that are named,
 * those with the largest difference of the two probabilities first. The figures are those of cleanlab's
 * {@code find_label_issues(filter_by="prune_by_noise_rate")}.
 *
 * @param confidentJoint estimated number of samples [given][true]
 * @param issues labels to look at, the likeliest mistakes first
 */
public record LabelIssues(int[][] confidentJoint, List<Issue> issues) {
  /** Half of the neighbours or more have to agree with a label. */
  private static final double AGREEMENT = 0.5;

  private static final double LEAST_THRESHOLD = 2e-6;
  private static final double ROUNDING = 1e-6;

  /**
   * One of them.
   *
   * @param sample its number
   * @param given its label
   * @param suggested the class that the model puts first
   * @param selfConfidence probability of the label, 0 to 1
   * @param normalizedMargin (that − the largest other one + 1) / 2, 0 to 1
   * @param agreement share of its neighbours with its label ({@link NeighbourAgreement}); NaN: not known
   */
  public record Issue(
      int sample, int given, int suggested, double selfConfidence, double normalizedMargin,
      double agreement) {
    /** Whether neither the model nor the neighbours, where they are known, agree with the label. */
    public boolean isConfirmed() {
      return Double.isNaN(agreement) || agreement < AGREEMENT;
    }
  }

  /** Probability of each sample's label: low where it may be wrong. */
  public static double[] selfConfidence(Predictions predictions) {
    double[] quality = new double[predictions.size()];
    Arrays.setAll(quality, i -> predictions.probability(i, predictions.label(i)));
    return quality;
  }

  /** (Probability of the label − the largest of another class + 1) / 2. */
  public static double[] normalizedMargin(Predictions predictions) {
    double[] quality = new double[predictions.size()];
    Arrays.setAll(quality, i -> {
      int label = predictions.label(i);
      double largest = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < predictions.classes(); c++) {
        largest = c == label ? largest : Math.max(largest, predictions.probability(i, c));
      }
      return (predictions.probability(i, label) - largest + 1) / 2;
    });
    return quality;
  }

  /**
   * Finds them.
   *
   * @param predictions with all probabilities, of a model that was not trained on these samples
   * @param agreement share of each sample's neighbours that have its label; null: not known
   */
  public static LabelIssues find(Predictions predictions, double @Nullable [] agreement) {
    int[][] joint = confidentJoint(predictions);
    int[][] wrong = prunable(joint);
    boolean[] chosen = new boolean[predictions.size()];
    for (int given = 0; given < joint.length; given++) {
      List<Integer> ofClass = new ArrayList<>();
      for (int i = 0; i < chosen.length; i++) {
        if (predictions.label(i) == given) {
          ofClass.add(i);
        }
      }
      if (ofClass.size() > 1) {
        choose(predictions, ofClass, given, wrong[given], chosen);
      }
    }
    double[] self = selfConfidence(predictions);
    double[] margin = normalizedMargin(predictions);
    List<Issue> issues = new ArrayList<>();
    for (int i = 0; i < chosen.length; i++) {
      if (chosen[i] && predictions.predicted(i) != predictions.label(i)) {
        issues.add(
            new Issue(i, predictions.label(i), predictions.predicted(i), self[i], margin[i],
                agreement == null ? Double.NaN : agreement[i]));
      }
    }
    issues.sort(Comparator.comparingDouble(Issue::normalizedMargin).thenComparingInt(Issue::sample));
    return new LabelIssues(joint, List.copyOf(issues));
  }

  /**
   * The samples whose label is the least likely: those that are not predicted as they are labelled, by the
   * probability of their label ({@link #selfConfidence}), the lowest first; of equal ones that of the lower
   * normalized margin, then the lower number. Where labels are wrong at random, more of the first of these
   * are wrong than of {@link #find}'s, which puts mix-ups of two likely classes first; and the list can have
   * any length.
   *
   * @param predictions with all probabilities, of a model that was not trained on these samples' labels
   * @param agreement share of each sample's neighbours that have its label; null: not known
   * @param most how many to give, at most
   * @return with the confident joint of all, {@link #estimated}
   */
  public static LabelIssues ranked(Predictions predictions, double @Nullable [] agreement, int most) {
    double[] self = selfConfidence(predictions);
    double[] margin = normalizedMargin(predictions);
    List<Issue> issues =
        IntStream.range(0, predictions.size())
            .filter(i -> predictions.predicted(i) != predictions.label(i))
            .mapToObj(
                i -> new Issue(
                    i, predictions.label(i), predictions.predicted(i), self[i], margin[i],
                    agreement == null ? Double.NaN : agreement[i]))
            .sorted(
                Comparator.comparingDouble(Issue::selfConfidence).thenComparingDouble(Issue::normalizedMargin)
                    .thenComparingInt(Issue::sample))
            .limit(most)
            .toList();
    return new LabelIssues(confidentJoint(predictions), issues);
  }

  /**
   * How many labels confident learning doubts: what is off the joint's diagonal. The model's own mix-ups of
   * classes are among them, so that fewer are wrong.
   */
  public int estimated() {
    int wrong = 0;
    for (int given = 0; given < confidentJoint.length; given++) {
      for (int c = 0; c < confidentJoint.length; c++) {
        wrong += c == given ? 0 : confidentJoint[given][c];
      }
    }
    return wrong;
  }

  private static void choose(
      Predictions predictions, List<Integer> ofClass, int given, int[] numbers, boolean[] chosen) {
    for (int other = 0; other < numbers.length; other++) {
      if (other == given || numbers[other] == 0) {
        continue;
      }
      double[] margins = new double[ofClass.size()];
      for (int at = 0; at < margins.length; at++) {
        int sample = ofClass.get(at);
        margins[at] = predictions.probability(sample, other) - predictions.probability(sample, given);
      }
      IntStream.range(0, margins.length)
          .boxed()
          .sorted(Comparator.comparingDouble((Integer at) -> -margins[at]))
          .limit(numbers[other])
          .forEach(at -> chosen[ofClass.get(at)] = true);
    }
  }

  /**
   * How many samples of each given class are of each true one: counted are those whose probability of a class
   * is at least the mean that its own samples have, in proportion to the classes' sizes.
   */
  static int[][] confidentJoint(Predictions predictions) {
    int classes = predictions.classes();
    double[] thresholds = thresholds(predictions);
    int[] sizes = new int[classes];
    int[][] joint = new int[classes][classes];
    for (int i = 0; i < predictions.size(); i++) {
      sizes[predictions.label(i)]++;
      int confident = confidentClass(predictions, i, thresholds);
      if (confident >= 0) {
        joint[predictions.label(i)][confident]++;
      }
    }
    double[][] calibrated = new double[classes][classes];
    double all = 0;
    for (int given = 0; given < classes; given++) {
      joint[given][given] = Math.max(1, joint[given][given]);
      double row = Arrays.stream(joint[given]).sum();
      for (int c = 0; c < classes; c++) {
        calibrated[given][c] = joint[given][c] / row * sizes[given];
        all += calibrated[given][c];
      }
    }
    for (int given = 0; given < classes; given++) {
      for (int c = 0; c < classes; c++) {
        calibrated[given][c] *= predictions.size() / all;
      }
      joint[given] = rounded(calibrated[given]);
    }
    return joint;
  }

  /** Mean probability of each class over the samples that are labelled so; 2, which none has, if none is. */
  private static double[] thresholds(Predictions predictions) {
    double[] sums = new double[predictions.classes()];
    int[] counts = new int[predictions.classes()];
    for (int i = 0; i < predictions.size(); i++) {
      sums[predictions.label(i)] += predictions.probability(i, predictions.label(i));
      counts[predictions.label(i)]++;
    }
    Arrays.setAll(sums, c -> counts[c] == 0 ? 2 : Math.max(LEAST_THRESHOLD, sums[c] / counts[c]));
    return sums;
  }

  /** The class that a sample is confidently of, of several the most probable; −1 for none. */
  private static int confidentClass(Predictions predictions, int sample, double[] thresholds) {
    int found = -1;
    int number = 0;
    for (int c = 0; c < thresholds.length; c++) {
      if (predictions.probability(sample, c) >= thresholds[c] - ROUNDING) {
        found = number == 0 ? c : found;
        number++;
      }
    }
    return number > 1 ? predictions.predicted(sample) : found;
  }

  /** Rounds to whole numbers of the same sum: what is missing goes to those that rounding took most from. */
  private static int[] rounded(double[] values) {
    int[] whole = new int[values.length];
    Arrays.setAll(whole, c -> (int) StrictMath.rint(values[c]));
    int missing = (int) StrictMath.rint(Arrays.stream(values).sum()) - Arrays.stream(whole).sum();
    while (missing != 0) {
      int step = Integer.signum(missing);
      Comparator<Integer> mostMissing =
          Comparator.comparingDouble(c -> -step * (values[c] - StrictMath.rint(values[c])));
      // Of equal ones the last gains and the first loses: cleanlab reads one sorted list from either end.
      int[] order =
          IntStream.range(0, values.length)
              .boxed()
              .sorted(mostMissing.thenComparingInt(c -> -step * c))
              .mapToInt(Integer::intValue)
              .limit(Math.abs(missing))
              .toArray();
      for (int c : order) {
        whole[c] += step;
        missing -= step;
      }
    }
    return whole;
  }

  /** The same counts with at least one right sample left in every class. */
  private static int[][] prunable(int[][] joint) {
    int classes = joint.length;
    double[][] kept = new double[classes][classes];
    for (int given = 0; given < classes; given++) {
      int lacking = Math.max(0, 1 - joint[given][given]);
      long others = Arrays.stream(joint[given]).filter(count -> count != 0).count() - 1;
      for (int c = 0; c < classes; c++) {
        kept[given][c] = Math.max(0, joint[given][c] - lacking / (double) Math.max(1, others));
      }
      kept[given][given] = Math.max(1, joint[given][given]);
    }
    int[][] result = new int[classes][classes];
    for (int c = 0; c < classes; c++) {
      double[] column = new double[classes];
      for (int given = 0; given < classes; given++) {
        column[given] = kept[given][c];
      }
      int[] whole = rounded(column);
      for (int given = 0; given < classes; given++) {
        result[given][c] = whole[given];
      }
    }
    return result;
  }
}
