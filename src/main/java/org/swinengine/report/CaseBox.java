package org.swinengine.report;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * How the cases of a class lie, as a box plot shows it (Tukey, 1977).
 *
 * @param cases that have the figure
 * @param low the least value within 1.5 boxes below the box
 * @param lower the box's lower end, the 25th percentile, linear between neighbours
 * @param median the 50th percentile
 * @param upper the box's upper end, the 75th percentile
 * @param high the largest value within 1.5 boxes above the box
 * @param beyond values beyond, at most 40 of either side, the furthest
 */
public record CaseBox(
    int cases, double low, double lower, double median, double upper, double high, List<Double> beyond) {
  private static final int MOST_BEYOND = 40;

  /**
   * Of values, of which NaN count nowhere.
   *
   * @return null where there is none
   */
  static @Nullable CaseBox of(double[] values) {
    double[] sorted = Arrays.stream(values).filter(Double::isFinite).sorted().toArray();
    if (sorted.length == 0) {
      return null;
    }
    double lower = percentile(sorted, 0.25);
    double upper = percentile(sorted, 0.75);
    double reach = 1.5 * (upper - lower);
    double[] within =
        Arrays.stream(sorted).filter(value -> value >= lower - reach && value <= upper + reach).toArray();
    double[] below = Arrays.stream(sorted).filter(value -> value < lower - reach).toArray();
    double[] above = Arrays.stream(sorted).filter(value -> value > upper + reach).toArray();
    List<Double> beyond =
        DoubleStream.concat(
            Arrays.stream(below).limit(MOST_BEYOND),
            Arrays.stream(above).skip(Math.max(0, above.length - MOST_BEYOND))).boxed().toList();
    return new CaseBox(
        sorted.length, Math.min(within[0], lower), lower, percentile(sorted, 0.5), upper,
        Math.max(within[within.length - 1], upper), beyond);
  }

  private static double percentile(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int below = (int) place;
    double above = sorted[Math.min(below + 1, sorted.length - 1)];
    return sorted[below] + (above - sorted[below]) * (place - below);
  }
}
