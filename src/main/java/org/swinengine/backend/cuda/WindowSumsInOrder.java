package org.swinengine.backend.cuda;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.AttentionKernels.FormGradients;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;

/**
 * Gradients of what all windows share, in float32: sums over windows to the processor's bits. See
 * {@code windowAttentionSums.cuh}.
 */
final class WindowSumsInOrder {
  private static final String FAMILY = "attention";

  private final CudaDevice device;
  private final CudaMemory memory;
  private final CudaReduce reduce;

  WindowSumsInOrder(CudaDevice device, CudaMemory memory, CudaReduce reduce) {
    this.device = device;
    this.memory = memory;
    this.reduce = reduce;
  }

  /**
   * Elements of the memory that the sums take.
   *
   * @param gathers whether the bias table has a gradient
   * @param ofScale whether the logit scale has
   * @param ofRows whether {@link #padded} has rows to sum
   */
  static long room(WindowCall call, long parts, boolean gathers, boolean ofScale, boolean ofRows) {
    long heads = call.form().heads();
    return (ofScale ? call.windows() * heads : 0)
        + parts
            * ((gathers ? call.geometry().biasTableRows() * heads : 0) + (ofScale ? heads : 0)
                + (ofRows ? 3 * heads * call.form().headDim() : 0));
  }

  /**
   * Of the bias, as table and as matrix.
   *
   * @param bias of the logits of each part, {@code [parts, heads, tokens, tokens]}; null: neither is wanted
   */
  void bias(WindowCall call, int parts, @Nullable Buffer bias, FormGradients gradients) {
    if (bias == null) {
      return;
    }
    if (gradients.biasMatrix() != null) {
      add(parts, call.logits(), bias, gradients.biasMatrix());
    }
    if (gradients.biasTable() != null) {
      WindowGeometry geometry = call.geometry();
      long size = (long) geometry.biasTableRows() * call.form().heads();
      Buffer tables = memory.scratch(parts * size);
      device
          .launch(device.kernel(FAMILY, "windowTableParts_f32"))
          .grid(Grids.blocks(parts * size, Grids.THREADS))
          .size("parts", parts)
          .size("heads", call.form().heads())
          .size("window height", geometry.windowHeight())
          .size("window width", geometry.windowWidth())
          .span(bias, parts * call.logits())
          .span(tables, parts * size)
          .run();
      add(parts, size, tables, gradients.biasTable());
      tables.release();
    }
  }

  /**
   * Of the logit scale.
   *
   * @param dots of rows with their gradients, {@code [windows, heads, tokens]}; null: not wanted
   */
  void scale(WindowCall call, int windowsOfSum, @Nullable Buffer dots, @Nullable Span logitScale) {
    if (dots == null || logitScale == null) {
      return;
    }
    int heads = call.form().heads();
    int parts = (int) Grids.blocks(call.windows(), windowsOfSum);
    long ofWindows = (long) call.windows() * heads;
    long ofParts = (long) parts * heads;
    Buffer sums = memory.scratch(ofWindows + ofParts);
    device
        .launch(device.kernel(FAMILY, "windowScaleSums_f32"))
        .grid(Grids.blocks(ofWindows, Grids.THREADS))
        .longSize("sums", ofWindows)
        .size("tokens", call.geometry().windowTokens())
        .span(dots, call.rows())
        .span(sums, ofWindows)
        .run();
    device
        .launch(device.kernel(FAMILY, "windowScaleParts_f32"))
        .grid(Grids.blocks(ofParts, Grids.THREADS))
        .size("windows", call.windows())
        .size("heads", heads)
        .size("windows of a sum", windowsOfSum)
        .span(sums, ofWindows)
        .span(Part.of(sums, ofWindows), ofParts)
        .run();
    add(parts, heads, Part.of(sums, ofWindows), logitScale);
    sums.release();
  }

  /**
   * Of the padded tokens' row.
   *
   * @param ofParts whether {@code padded} has a row for each part; else for each token,
   *     {@code [windows, tokens, 3·channels]}
   * @param ofRows begins the launch that adds those; it has the arguments that all kernels of window
   *     attention begin with, and no more
   */
  void padded(
      WindowCall call, boolean ofParts, int windowsOfSum, Buffer padded, Span paddedQkv,
      Supplier<Launch> ofRows) {
    int parts = (int) Grids.blocks(call.windows(), windowsOfSum);
    long columns = 3L * call.form().channels();
    if (ofParts) {
      add(parts, columns, padded, paddedQkv);
      return;
    }
    Buffer sums = memory.scratch(parts * columns);
    ofRows
        .get()
        .grid(Grids.blocks(parts * columns, Grids.THREADS))
        .span(padded, (long) call.windows() * call.geometry().windowTokens() * columns)
        .span(sums, parts * columns)
        .size("windows of a sum", windowsOfSum)
        .run();
    add(parts, columns, sums, paddedQkv);
    sums.release();
  }

  private void add(int parts, long columns, Span partials, Span sums) {
    reduce.sumInOrder(parts, columns, partials, parts, false, sums, false);
  }
}
