package org.swinengine.backend.cpu.reduce;

import org.swinengine.backend.cpu.pointwise.PointwiseLoops;
import org.swinengine.backend.cpu.runtime.Chunks;
import org.swinengine.backend.cpu.runtime.WorkerPool;

/**
 * Sums over rows. Long ones are made of blocks ({@link org.swinengine.backend.ReduceKernels#rowsOfPart}),
 * whose sums are added in ascending order.
 */
public final class RowSums {
  private RowSums() {}

  /**
   * {@code out = Σ x} over rows that start {@code stride} apart, or added to {@code out}, first row first.
   */
  static void add(
      PointwiseLoops loops, float[] x, int at, int stride, int rows, int columns, float[] out, int outAt,
      boolean accumulate) {
    int first = 0;
    if (!accumulate) {
      System.arraycopy(x, at, out, outAt, columns);
      first = 1;
    }
    for (int r = first; r < rows; r++) {
      loops.add(out, outAt, x, at + r * stride, out, outAt, columns);
    }
  }

  /** {@link #add} on all threads, each with some of the columns. */
  public static void addParallel(
      WorkerPool pool, PointwiseLoops loops, float[] x, int at, int stride, int rows, int columns,
      float[] out, int outAt, boolean accumulate) {
    int width = Math.max(64, Chunks.ELEMENTS / Math.max(1, rows));
    Chunks.ranges(
        pool,
        columns,
        width,
        (from, to) -> add(loops, x, at + from, stride, rows, to - from, out, outAt + from, accumulate));
  }
}
