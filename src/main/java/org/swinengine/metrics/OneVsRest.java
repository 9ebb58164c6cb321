package org.swinengine.metrics;

import java.util.Arrays;
import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Areas below the curves of every class against the rest, for the samples and for draws of them. Samples are
 * put in order once for each class; a draw is then one pass with its weights, and sixteen draws are made in
 * one pass. Counts are whole numbers, so that the result is exactly that of the samples drawn.
 */
final class OneVsRest {
  /** Numbers of the orders that are held at a time: 64 MiB. */
  private static final int MOST_HELD = 1 << 23;

  private static final int LANES = Bootstrap.LANES;

  /** Of each class, for the samples; NaN where a class is in all or none of them. */
  final double[] auc;

  final double[] averagePrecision;
  final double[] classwiseError;

  /** Means over the classes for each draw, in the order of {@link #MEANS}. */
  final double[][] means;

  /** Of each class and draw; none where there are too many. */
  final float[][] aucDraws;

  final float[][] precisionDraws;

  private final Scores predictions;

  /** Sums of the draws' classes, and how many have an answer. */
  private final double[][] sums;

  static final int AUC = 0;
  static final int AUC_WEIGHTED = 1;
  static final int PRECISION = 2;
  static final int CLASSWISE = 3;
  static final int MEANS = 4;

  /**
   * Scores of several classes.
   *
   * @param column scores of a class, one a sample
   * @param positive whether each sample is of a class
   * @param firstCounted the first class of the means
   */
  private record Scores(
      int size, int classes, IntFunction<double[]> column, IntFunction<boolean[]> positive,
      int firstCounted) {}

  /** Of samples of one class each. */
  OneVsRest(Predictions predictions, Bootstrap bootstrap, int draws, boolean byClass) {
    this(
        new Scores(
            predictions.size(), predictions.classes(), predictions::column,
            label -> {
              boolean[] positive = new boolean[predictions.size()];
              for (int i = 0; i < positive.length; i++) {
                positive[i] = predictions.label(i) == label;
              }
              return positive;
            },
            // Of two classes the second is meant: yes against no.
            predictions.classes() == 2 ? 1 : 0),
        bootstrap, draws, byClass);
  }

  /** Of samples of several labels each. */
  OneVsRest(MultiLabel samples, Bootstrap bootstrap, int draws, boolean byClass) {
    this(
        new Scores(samples.size(), samples.labels(), samples::column, samples::truth, 0), bootstrap, draws,
        byClass);
  }

  private OneVsRest(Scores predictions, Bootstrap bootstrap, int draws, boolean byClass) {
    this.predictions = predictions;
    int classes = predictions.classes();
    auc = new double[classes];
    averagePrecision = new double[classes];
    classwiseError = new double[classes];
    means = new double[MEANS][draws];
    aucDraws = new float[byClass ? classes : 0][draws];
    precisionDraws = new float[byClass ? classes : 0][draws];
    sums = new double[MEANS + 3][draws];
    int chunk = Math.max(1, Math.min(classes, MOST_HELD / Math.max(1, predictions.size())));
    for (int from = 0; from < classes; from += chunk) {
      measure(from, Math.min(classes, from + chunk), bootstrap, draws);
    }
    for (int draw = 0; draw < draws; draw++) {
      means[AUC][draw] = sums[AUC][draw] / sums[MEANS][draw];
      means[AUC_WEIGHTED][draw] = sums[AUC_WEIGHTED][draw] / sums[MEANS + 2][draw];
      means[PRECISION][draw] = sums[PRECISION][draw] / sums[MEANS + 1][draw];
      means[CLASSWISE][draw] = sums[CLASSWISE][draw] / classes;
    }
  }

  /** A class's samples in order, with what a pass needs of each. */
  private record Prepared(Ranking ranking, boolean[] positive, double[] gaps, byte[] bins) {}

  private void measure(int from, int to, Bootstrap bootstrap, int draws) {
    Prepared[] prepared = new Prepared[to - from];
    IntStream.range(from, to).parallel().forEach(c -> prepared[c - from] = prepare(c));
    int[] once = new int[predictions.size()];
    Arrays.fill(once, 1);
    IntStream.range(from, to).parallel().forEach(c -> {
      double[][] result = pass(prepared[c - from], once, 1);
      auc[c] = result[0][0];
      averagePrecision[c] = result[1][0];
      classwiseError[c] = result[2][0];
    });
    for (int first = 0; first < draws; first += LANES) {
      int start = first;
      int[] weights = bootstrap.lanes(start);
      double[][][] results = new double[to - from][][];
      IntStream.range(0, to - from).parallel()
          .forEach(c -> results[c] = pass(prepared[c], weights, LANES));
      int count = Math.min(LANES, draws - start);
      for (int c = from; c < to; c++) {
        add(c, results[c - from], start, count);
      }
    }
  }

  private Prepared prepare(int label) {
    double[] column = predictions.column().apply(label);
    boolean[] positive = predictions.positive().apply(label);
    double[] gaps = new double[column.length];
    byte[] bins = new byte[column.length];
    for (int i = 0; i < column.length; i++) {
      gaps[i] = column[i] - (positive[i] ? 1 : 0);
      bins[i] = (byte) Calibration.bin(column[i], Calibration.BINS);
    }
    return new Prepared(new Ranking(column), positive, gaps, bins);
  }

  private void add(int label, double[][] result, int first, int count) {
    for (int lane = 0; lane < count; lane++) {
      int draw = first + lane;
      double area = result[0][lane];
      if (aucDraws.length > 0) {
        aucDraws[label][draw] = (float) area;
        precisionDraws[label][draw] = (float) result[1][lane];
      }
      double positives = result[3][lane];
      sums[CLASSWISE][draw] += result[2][lane];
      if (label < predictions.firstCounted()) {
        continue;
      }
      if (!Double.isNaN(area)) {
        sums[AUC][draw] += area;
        sums[AUC_WEIGHTED][draw] += area * positives;
        sums[MEANS][draw]++;
        sums[MEANS + 2][draw] += positives;
      }
      if (positives > 0) {
        sums[PRECISION][draw] += result[1][lane];
        sums[MEANS + 1][draw]++;
      }
    }
  }

  /** Mean over the classes that have an answer, each with its weight: for two classes that of the second. */
  double mean(double[] values, IntToDoubleFunction weight) {
    double sum = 0;
    double weights = 0;
    for (int c = predictions.firstCounted(); c < values.length; c++) {
      if (!Double.isNaN(values[c])) {
        sum += values[c] * weight.applyAsDouble(c);
        weights += weight.applyAsDouble(c);
      }
    }
    return sum / weights;
  }

  /**
   * One class and as many draws as there are lanes.
   *
   * @return of each lane the area, the average precision, the calibration error, the positives
   */
  private static double[][] pass(Prepared prepared, int[] weights, int lanes) {
    int[] order = prepared.ranking.order;
    int[] ends = prepared.ranking.ends;
    int[] hits = new int[lanes];
    int[] falseAlarms = new int[lanes];
    int[] falseBefore = new int[lanes];
    int[] hitsBefore = new int[lanes];
    double[] pairs = new double[lanes];
    double[] precision = new double[lanes];
    for (int at = 0; at < order.length;) {
      int end = ends[at];
      if (end == at + 1 && !prepared.positive[order[at]]) {
        add(falseAlarms, weights, order[at] * lanes);
        at = end;
        continue;
      }
      System.arraycopy(falseAlarms, 0, falseBefore, 0, lanes);
      System.arraycopy(hits, 0, hitsBefore, 0, lanes);
      for (; at < end; at++) {
        add(prepared.positive[order[at]] ? hits : falseAlarms, weights, order[at] * lanes);
      }
      for (int k = 0; k < lanes; k++) {
        int more = hits[k] - hitsBefore[k];
        // Twice the pairs in the wrong order, an equal score counting half.
        pairs[k] += (double) more * ((double) falseBefore[k] + falseAlarms[k]);
        if (more > 0) {
          precision[k] += (double) more * hits[k] / ((double) hits[k] + falseAlarms[k]);
        }
      }
    }
    double[][] result = new double[4][lanes];
    for (int k = 0; k < lanes; k++) {
      double all = 2.0 * hits[k] * falseAlarms[k];
      result[0][k] = all == 0 ? Double.NaN : (all - pairs[k]) / all;
      result[1][k] = hits[k] == 0 ? Double.NaN : precision[k] / hits[k];
      result[3][k] = hits[k];
    }
    double[] gaps = gaps(prepared, weights, lanes);
    for (int k = 0; k < lanes; k++) {
      double sum = 0;
      for (int bin = 0; bin < Calibration.BINS; bin++) {
        sum += Math.abs(gaps[bin * lanes + k]);
      }
      result[2][k] = sum / ((double) hits[k] + falseAlarms[k]);
    }
    return result;
  }

  private static void add(int[] sums, int[] weights, int from) {
    for (int k = 0; k < sums.length; k++) {
      sums[k] += weights[from + k];
    }
  }

  /** Of each bin and lane, the sum of probability less truth. */
  private static double[] gaps(Prepared prepared, int[] weights, int lanes) {
    double[] gaps = new double[Calibration.BINS * lanes];
    for (int i = 0; i < prepared.gaps.length; i++) {
      addScaled(gaps, prepared.bins[i] * lanes, weights, i * lanes, lanes, prepared.gaps[i]);
    }
    return gaps;
  }

  private static void addScaled(
      double[] sums, int to, int[] weights, int from, int lanes, double factor) {
    for (int k = 0; k < lanes; k++) {
      sums[to + k] += weights[from + k] * factor;
    }
  }
}
