package org.swinengine.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * All figures of samples of several labels each, with their 95 % intervals. What each means says
 * {@code docs/FIGURES.md}.
 *
 * @param samples number of samples
 * @param groups number of groups that intervals are drawn from: that of the samples, if each stands alone
 * @param draws of the bootstrap; 0: no intervals
 * @param figures the figures, in the order in which they are shown
 * @param labels figures of each label
 */
public record MultiLabelFigures(
    int samples, int groups, int draws, List<Figure> figures, List<OfLabel> labels) {
  /**
   * Figures of a label.
   *
   * @param samples that have it
   * @param said of how many it is said
   * @param threshold above which probability it is said
   * @param precision share of right ones among these
   * @param recall share of its samples of which it is said
   * @param f1 harmonic mean of the two; 0 where it is neither there nor said
   * @param auc area below the ROC curve; NaN where no sample or every one has it
   * @param averagePrecision area below the precision-recall curve; NaN where no sample has it
   */
  public record OfLabel(
      long samples, long said, double threshold, Figure precision, Figure recall, Figure f1, Figure auc,
      Figure averagePrecision) {}

  /** Draws of the bootstrap, where nothing else is said. */
  public static final int DRAWS = ClassificationFigures.DRAWS;

  /** Of counts, in the order of {@link Draw#summary}. */
  private static final List<String> COUNTED =
      List.of(
          "macro_f1", "micro_f1", "macro_f1_tuned", "micro_f1_tuned", "exact_match", "accuracy",
          "hamming_loss");

  /** The figure of a name, where there is one. */
  public Optional<Figure> figure(String key) {
    return figures.stream().filter(figure -> figure.key().equals(key)).findFirst();
  }

  /**
   * Measures.
   *
   * @param thresholds of the labels, for the tuned figures and those of each label; chosen on other samples
   * @param groupNumbers group of each sample, any numbers; null: each stands alone
   * @param draws of the bootstrap, 0 for none
   * @param seed of the bootstrap
   */
  public static MultiLabelFigures of(
      MultiLabel samples, double[] thresholds, int @Nullable [] groupNumbers, int draws, long seed) {
    int n = samples.size();
    Bootstrap bootstrap = new Bootstrap(n, groupNumbers, seed);
    OneVsRest areas = new OneVsRest(samples, bootstrap, draws, draws > 1);
    Answers answers = new Answers(samples, thresholds);
    int[] once = new int[n];
    Arrays.fill(once, 1);
    Draw plain = answers.count(once);
    Draw[] drawn = new Draw[draws];
    IntStream.range(0, draws).parallel()
        .forEach(draw -> drawn[draw] = answers.count(bootstrap.weights(draw)));
    List<Figure> figures = new ArrayList<>();
    figures.add(Bootstrap.figure("auc", areas.mean(areas.auc, c -> 1), areas.means[OneVsRest.AUC]));
    figures.add(
        Bootstrap.figure(
            "average_precision", areas.mean(areas.averagePrecision, c -> 1),
            areas.means[OneVsRest.PRECISION]));
    for (int f = 0; f < COUNTED.size(); f++) {
      int which = f;
      figures.add(
          Bootstrap.figure(
              COUNTED.get(f), plain.summary()[f],
              Arrays.stream(drawn).mapToDouble(draw -> draw.summary()[which]).toArray()));
    }
    List<OfLabel> labels = new ArrayList<>();
    for (int label = 0; label < samples.labels(); label++) {
      labels.add(ofLabel(label, thresholds[label], plain, drawn, areas));
    }
    return new MultiLabelFigures(n, bootstrap.groups(), draws, List.copyOf(figures), List.copyOf(labels));
  }

  private static OfLabel ofLabel(int label, double threshold, Draw plain, Draw[] drawn, OneVsRest areas) {
    Figure[] counted = new Figure[3];
    String[] keys = {"precision", "recall", "f1"};
    for (int k = 0; k < keys.length; k++) {
      int which = k;
      counted[k] =
          Bootstrap.figure(
              keys[k], plain.ofLabel(label)[k],
              Arrays.stream(drawn).mapToDouble(draw -> draw.ofLabel(label)[which]).toArray());
    }
    return new OfLabel(
        plain.has()[label], plain.said()[label], threshold, counted[0], counted[1], counted[2],
        area("auc", areas.auc[label], areas.aucDraws, label),
        area("average_precision", areas.averagePrecision[label], areas.precisionDraws, label));
  }

  private static Figure area(String key, double value, float[][] draws, int label) {
    if (draws.length == 0) {
      return Figure.of(key, value);
    }
    float[] drawn = draws[label];
    return Bootstrap.figure(key, value,
        IntStream.range(0, drawn.length).mapToDouble(i -> drawn[i]).toArray());
  }

  /**
   * What was counted in a draw.
   *
   * @param has samples of each label
   * @param said samples of which each label is said, at the thresholds
   * @param right those of them that have it
   * @param summary the figures of {@link #COUNTED}
   */
  private record Draw(long[] has, long[] said, long[] right, double[] summary) {
    /** Precision, recall and F1. */
    double[] ofLabel(int label) {
      return new double[] {
        said[label] == 0 ? Double.NaN : (double) right[label] / said[label],
        has[label] == 0 ? Double.NaN : (double) right[label] / has[label],
        f1(right[label], said[label] + has[label])};
    }
  }

  private static double f1(long right, long all) {
    return all == 0 ? 0 : 2.0 * right / all;
  }

  /** What is said of each sample, at 0.5 and at the thresholds. */
  private static final class Answers {
    private final int size;
    private final int labels;

    /** Of each label and sample: 1 if it has it, 2 if it is said at 0.5, 4 if it is at the threshold. */
    private final byte[][] codes;

    private final boolean[] isRight;

    Answers(MultiLabel samples, double[] thresholds) {
      size = samples.size();
      labels = samples.labels();
      codes = new byte[labels][size];
      isRight = new boolean[size];
      boolean[] usual = samples.said(MultiLabel.usualThresholds(labels));
      boolean[] tuned = samples.said(thresholds);
      for (int i = 0; i < size; i++) {
        isRight[i] = samples.isRight(usual, i);
        for (int label = 0; label < labels; label++) {
          int at = i * labels + label;
          codes[label][i] =
              (byte) ((samples.truth()[at] ? 1 : 0) + (usual[at] ? 2 : 0) + (tuned[at] ? 4 : 0));
        }
      }
    }

    Draw count(int[] weights) {
      long[] has = new long[labels];
      long[] said = new long[labels];
      long[] right = new long[labels];
      double macro = 0;
      double macroTuned = 0;
      long[] all = new long[8];
      for (int label = 0; label < labels; label++) {
        long[] sums = new long[8];
        for (int i = 0; i < size; i++) {
          sums[codes[label][i]] += weights[i];
        }
        has[label] = sums[1] + sums[3] + sums[5] + sums[7];
        said[label] = sums[4] + sums[5] + sums[6] + sums[7];
        right[label] = sums[5] + sums[7];
        macro += f1(sums[3] + sums[7], has[label] + sums[2] + sums[3] + sums[6] + sums[7]) / labels;
        macroTuned += f1(right[label], has[label] + said[label]) / labels;
        Arrays.setAll(all, code -> all[code] + sums[code]);
      }
      long yes = all[1] + all[3] + all[5] + all[7];
      double answers = Arrays.stream(all).sum();
      double wrong = (all[1] + all[2] + all[5] + all[6]) / answers;
      long exact = 0;
      long total = 0;
      for (int i = 0; i < size; i++) {
        exact += isRight[i] ? weights[i] : 0;
        total += weights[i];
      }
      return new Draw(
          has, said, right,
          new double[] {
            macro, f1(all[3] + all[7], yes + all[2] + all[3] + all[6] + all[7]), macroTuned,
            f1(all[5] + all[7], yes + all[4] + all[5] + all[6] + all[7]), (double) exact / total, 1 - wrong,
            wrong});
    }
  }
}
