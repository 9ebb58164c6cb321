package org.swinengine.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * How often sets of classes hold the true one, and how large they are, with 95 % intervals.
 *
 * @param asked the coverage that was asked for
 * @param coverage share of samples whose set holds their class
 * @param size mean number of classes in a set
 * @param empty share of sets without any
 * @param single share of sets of one class
 * @param classes the same of the samples of each class
 */
public record SetCoverage(
    double asked, Figure coverage, Figure size, double empty, double single, List<OfClass> classes) {
  /** Draws of the bootstrap, and of so many classes that all of them would take too much memory. */
  private static final int DRAWS = 1000;
  private static final int FEW_DRAWS = 200;
  private static final int MANY_CLASSES = 2000;

  /**
   * Sets of the samples of one class.
   *
   * @param samples of the class
   * @param coverage share of them whose set holds the class; NaN without samples
   * @param size mean number of classes in their sets
   */
  public record OfClass(int samples, Figure coverage, Figure size) {}

  /** Copies. */
  public SetCoverage {
    classes = List.copyOf(classes);
  }

  /**
   * Of samples that the scores are not from.
   *
   * @param seed of the intervals' draws
   * @throws IllegalArgumentException if the coverage is none, or there are too few scores for it
   */
  public static SetCoverage of(Predictions test, ConformalScores scores, double coverage, long seed) {
    ConformalSets sets = scores.sets(coverage, test.classes());
    return of(test, coverage, sample -> sets, seed, draws(test));
  }

  /** Without intervals. */
  static SetCoverage of(Predictions test, ConformalSets sets, double coverage) {
    return of(test, coverage, sample -> sets, 0, 0);
  }

  /**
   * Of the very samples that scores are from, by cross-fitting: for each half of them sets of the other
   * half's scores, which are half as many.
   *
   * @throws IllegalArgumentException if the coverage is none, or a half has too few samples for it
   */
  public static SetCoverage crossFitted(Predictions samples, double coverage, long seed) {
    int[][] halves = Halves.of(samples);
    ConformalSets[] ofSample = new ConformalSets[samples.size()];
    for (int half = 0; half < halves.length; half++) {
      ConformalSets sets =
          ConformalScores.of(samples.part(halves[1 - half])).sets(coverage, samples.classes());
      for (int sample : halves[half]) {
        ofSample[sample] = sets;
      }
    }
    return of(samples, coverage, sample -> ofSample[sample], seed, draws(samples));
  }

  private static int draws(Predictions predictions) {
    return predictions.classes() > MANY_CLASSES ? FEW_DRAWS : DRAWS;
  }

  private static SetCoverage of(
      Predictions test, double asked, IntFunction<ConformalSets> sets, long seed, int draws) {
    int n = test.size();
    int classes = test.classes();
    int[] sizes = new int[n];
    boolean[] covered = new boolean[n];
    double[] row = new double[classes];
    for (int i = 0; i < n; i++) {
      int sample = i;
      Arrays.setAll(row, c -> test.probability(sample, c));
      int[] set = sets.apply(i).set(row);
      sizes[i] = set.length;
      covered[i] = Arrays.binarySearch(set, test.label(i)) >= 0;
    }
    // Of each draw the sums of each class, and at the end of all.
    Bootstrap bootstrap = new Bootstrap(n, test.groups(), seed);
    double[][][] drawn = new double[2][classes + 1][draws];
    double[][] values = new double[2][classes + 1];
    for (int draw = -1; draw < draws; draw++) {
      int[] weights = draw < 0 ? ones(n) : bootstrap.weights(draw);
      double[][] sums = new double[3][classes + 1];
      for (int i = 0; i < n; i++) {
        for (int which : new int[] {test.label(i), classes}) {
          sums[0][which] += covered[i] ? weights[i] : 0;
          sums[1][which] += (double) weights[i] * sizes[i];
          sums[2][which] += weights[i];
        }
      }
      for (int figure = 0; figure < 2; figure++) {
        for (int which = 0; which <= classes; which++) {
          double value = sums[figure][which] / sums[2][which];
          if (draw < 0) {
            values[figure][which] = value;
          } else {
            drawn[figure][which][draw] = value;
          }
        }
      }
    }
    int[] counts = new int[classes];
    for (int i = 0; i < n; i++) {
      counts[test.label(i)]++;
    }
    List<OfClass> all = new ArrayList<>();
    for (int c = 0; c < classes; c++) {
      all.add(new OfClass(counts[c], figure("coverage", values[0][c], drawn[0][c]),
          figure("set_size", values[1][c], drawn[1][c])));
    }
    return new SetCoverage(
        asked, figure("coverage", values[0][classes], drawn[0][classes]),
        figure("set_size", values[1][classes], drawn[1][classes]), share(sizes, 0), share(sizes, 1), all);
  }

  private static Figure figure(String key, double value, double[] drawn) {
    return Bootstrap.figure(key, value, drawn);
  }

  private static int[] ones(int n) {
    int[] ones = new int[n];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static double share(int[] sizes, int size) {
    return (double) Arrays.stream(sizes).filter(one -> one == size).count() / sizes.length;
  }
}
