package org.swinengine.metrics.probe;

/** Sums of rows, each times a factor: loops that the compiler turns into vectors, unlike a dot product. */
final class RowSums {
  private RowSums() {}

  /**
   * {@code sums[i] += Σ factors[j] · rows[j][i]} for the {@code count} rows that begin at {@code at}.
   *
   * @param factors one for each row, from {@code first} on
   * @param rows one after the other, {@code length} numbers each
   * @param sums its {@code length} numbers from {@code to} on are added to
   */
  static void add(
      double[] factors, int first, int count, double[] rows, int at, int length, double[] sums, int to) {
    int row = 0;
    for (; row + 3 < count; row += 4) {
      addFour(factors, first + row, rows, at + row * length, length, sums, to);
    }
    for (; row < count; row++) {
      addOne(factors[first + row], rows, at + row * length, length, sums, to);
    }
  }

  private static void addFour(
      double[] factors, int first, double[] rows, int at, int length, double[] sums, int to) {
    double f0 = factors[first];
    double f1 = factors[first + 1];
    double f2 = factors[first + 2];
    double f3 = factors[first + 3];
    int second = at + length;
    int third = second + length;
    int fourth = third + length;
    for (int i = 0; i < length; i++) {
      sums[to + i] +=
          (f0 * rows[at + i] + f1 * rows[second + i]) + (f2 * rows[third + i] + f3 * rows[fourth + i]);
    }
  }

  private static void addOne(double factor, double[] rows, int at, int length, double[] sums, int to) {
    for (int i = 0; i < length; i++) {
      sums[to + i] += factor * rows[at + i];
    }
  }
}
