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
    run(parts, 1, columns, partials, out, null, accumulate);
  }

  /**
   * Two results at once: {@code first[j] = Σ_p partials[p, 0, j]} and {@code second[j] = Σ_p partials[p, 1,
   * j]}, or added to them.
   *
   * @param partials float32 {@code [parts, 2, columns]}
   */
  void addTwo(int parts, long columns, Span partials, Span first, Span second, boolean accumulate) {
    run(parts, 2, columns, partials, first, second, accumulate);
  }

  private void run(
      int parts, int outputs, long columns, Span partials, Span first, Span secondOrNull,
      boolean accumulate) {
    boolean few = parts <= FEW;
    device
        .launch(device.kernel("reduce", few ? "sumFewParts_f32" : "sumParts_f32"))
        .grid(Grids.blocks(columns, few ? FEW_PARTS_COLUMNS : MANY_PARTS_COLUMNS), outputs, 1)
        .block(few ? FEW_PARTS_THREADS : MANY_PARTS_THREADS)
        .span(partials, (long) parts * outputs * columns)
        .span(first, columns)
        .span(secondOrNull, columns)
        .size("parts", parts)
        .longSize("columns", columns)
        .flag(accumulate)
        .run();
  }
}
