package org.swinengine.backend.cpu.reduce;

import org.swinengine.backend.cpu.simd.LaneSums;

/**
 * Sums of a row in double, in the order of {@link LaneSums}. There is no twin on vectors: it would need
 * vectors of half the width, and once the virtual machine has seen a second class of vectors it no longer
 * knows, in other kernels, which of the two it has before it, and puts them on the heap.
 */
public final class DoubleSums {
  private DoubleSums() {}

  /** Σ x in double. */
  public static double sumInDouble(float[] x, int at, int n, double[] lanes) {
    for (int i = 0; i < LaneSums.COUNT; i++) {
      lanes[i] = 0;
    }
    int whole = n - n % LaneSums.COUNT;
    for (int i = 0; i < whole; i += LaneSums.COUNT) {
      for (int lane = 0; lane < LaneSums.COUNT; lane++) {
        lanes[lane] += x[at + i + lane];
      }
    }
    for (int i = whole; i < n; i++) {
      lanes[i - whole] += x[at + i];
    }
    return LaneSums.fold(lanes);
  }

  /**
   * Σ x² in double. The square of a float is exact in double, so that it does not matter whether it is fused.
   */
  public static double sumOfSquares(float[] x, int at, int n, double[] lanes) {
    for (int i = 0; i < LaneSums.COUNT; i++) {
      lanes[i] = 0;
    }
    int whole = n - n % LaneSums.COUNT;
    for (int i = 0; i < whole; i += LaneSums.COUNT) {
      for (int lane = 0; lane < LaneSums.COUNT; lane++) {
        double value = x[at + i + lane];
        lanes[lane] += value * value;
      }
    }
    for (int i = whole; i < n; i++) {
      double value = x[at + i];
      lanes[i - whole] += value * value;
    }
    return LaneSums.fold(lanes);
  }
}
