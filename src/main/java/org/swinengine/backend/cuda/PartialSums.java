package org.swinengine.backend.cuda;

import org.swinengine.backend.Span;

/**
 * The second half of sums that are split into parts: adds float32 partial sums in a fixed order. Parts are
 * the blocks of a kernel, and their number is a function of the sizes alone, never of the GPU: it decides the
 * order of additions.
 */
final class PartialSums {
  /**
   * Up to so many parts are added by one thread for each four columns; more are shared by the warps of a
   * block.
   */
  private static final int FEW = 32;

  private static final int FEW_PARTS_THREADS = 256;
  private static final int FEW_PARTS_COLUMNS = 4 * FEW_PARTS_THREADS;

  private static final int MANY_PARTS_THREADS = 16 * 32;
  private static final int MANY_PARTS_COLUMNS = 32;

  private final CudaDevice device;

  PartialSums(CudaDevice device) {
    this.device = device;
  }

  /**
   * {@code out[j] = Σ_p partials[p, j]}, or added to {@code out}.
   *
   * @param partials float32 {@code [parts, columns]}
   */
  void add(int parts, long columns, Span partials, Span out, boolean accumulate) {
    addTwo(parts, partials, columns, out, 0, null, accumulate);
  }

  /**
   * Two results at once: {@code first[j] = Σ_p partials[p, j]} and {@code second[j] = Σ_p partials[p,
   * firstColumns + j]}, or added to them.
   *
   * @param partials float32 {@code [parts, firstColumns + secondColumns]}
   * @param secondOrNull null where there are no second columns
   */
  void addTwo(
      int parts, Span partials, long firstColumns, Span first, long secondColumns, Span secondOrNull,
      boolean accumulate) {
    boolean few = parts <= FEW;
    long columns = firstColumns + secondColumns;
    device
        .launch(device.kernel("reduce", few ? "sumFewParts_f32" : "sumParts_f32"))
        .grid(Grids.blocks(columns, few ? FEW_PARTS_COLUMNS : MANY_PARTS_COLUMNS))
        .block(few ? FEW_PARTS_THREADS : MANY_PARTS_THREADS)
        .span(partials, parts * columns)
        .span(first, firstColumns)
        .span(secondOrNull, secondColumns)
        .size("parts", parts)
        .longSize("first columns", firstColumns)
        .longSize("columns", columns)
        .flag(accumulate)
        .run();
  }
}
