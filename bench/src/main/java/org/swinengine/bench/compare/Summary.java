package org.swinengine.bench.compare;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Median and spread of some figures.
 *
 * @param count how many they are, at least 1
 */
record Summary(double median, double least, double greatest, int count) {
  /** Of at least one figure. */
  static Summary of(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    if (sorted.length == 0) {
      throw new IllegalArgumentException("a summary needs at least one figure");
    }
    int middle = sorted.length / 2;
    double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Summary(median, sorted[0], sorted[sorted.length - 1], sorted.length);
  }

  static Summary of(double... values) {
    return of(Arrays.stream(values).boxed().toList());
  }

  /** The median with three significant digits. */
  String middle() {
    return digits(median);
  }

  /** {@code 2.31 (2.10–2.45)}; one figure stands alone. */
  String withSpread() {
    return count == 1
        ? decimals(median)
        : decimals(median) + " (" + decimals(least) + "–" + decimals(greatest) + ")";
  }

  private static String decimals(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  static String digits(double value) {
    double size = Math.abs(value);
    int places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%." + places + "f", value);
  }
}
