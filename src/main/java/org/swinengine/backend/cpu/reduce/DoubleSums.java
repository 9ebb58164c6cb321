package org.swinengine.backend.cpu.reduce;

import java.util.Arrays;
import org.swinengine.backend.cpu.simd.LaneSums;

/**
 * Sums in double, in the order of {@link LaneSums}. Long ones are cut into chunks of {@link #CHUNK} elements,
 * whose sums are added in that order again. There is no twin on vectors: it would need vectors of half the
 * width, and once the virtual machine has seen a second class of vectors it no longer knows, in other
 * kernels, which of the two it has before it, and puts them on the heap.
 */
public final class DoubleSums {
  /** Elements of a chunk of a long sum: on a GPU as many threads as there are lanes add one. */
  static final int CHUNK = 8192;

  private DoubleSums() {}

  /** Σ x in double, of elements that are one row: without chunks. */
  public static double sumInDouble(float[] x, int at, int n, double[] lanes) {
    Arrays.fill(lanes, 0);
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
   * Σ x² in double, of elements in one chunk. The square of a float is exact in double, so that it does not
   * matter whether it is fused.
   */
  static double squaresOfChunk(float[] x, int at, int n, double[] lanes) {
    Arrays.fill(lanes, 0);
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

  /** Σ x² in double, chunk by chunk. */
  public static double sumOfSquares(float[] x, int at, int n) {
    double[] lanes = new double[LaneSums.COUNT];
    double[] chunks = new double[LaneSums.COUNT];
    for (int first = 0; first < n; first += CHUNK) {
      int count = Math.min(CHUNK, n - first);
      chunks[first / CHUNK % LaneSums.COUNT] += squaresOfChunk(x, at + first, count, lanes);
    }
    return LaneSums.fold(chunks);
  }

  /** Σ of chunks' sums. */
  static double sumOfChunks(double[] sums) {
    double[] lanes = new double[LaneSums.COUNT];
    for (int i = 0; i < sums.length; i++) {
      lanes[i % LaneSums.COUNT] += sums[i];
    }
    return LaneSums.fold(lanes);
  }
}
