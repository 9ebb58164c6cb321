package org.swinengine.backend.cuda;

import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.ReduceKernels;
import org.swinengine.backend.Span;

/** Reduce family on the GPU: {@code reduce.cu}. */
final class CudaReduce implements ReduceKernels {
  private static final String FAMILY = "reduce";

  /** Columns of a block. */
  private static final int TILE = 128;

  /** Rows below which a further part would not be worth its partial sums. */
  private static final int FEWEST_ROWS_OF_A_PART = 64;

  /** Eight blocks on each of the 132 multiprocessors of an H200. */
  private static final int MOST_BLOCKS = 1056;

  /** Elements of a chunk of a sum in float64, and chunks of a block: half a warp each. */
  private static final int SUM_CHUNK = 8192;

  private static final int CHUNKS_OF_A_BLOCK = 16;

  private static final int WARP = 32;

  /** What sums of float32 rows begin with, as reduce.cu numbers it. */
  private static final int WITH_FIRST = 0;

  private static final int FROM_ZERO = 1;
  private static final int FROM_RESULT = 2;

  private final CudaDevice device;
  private final CudaMemory memory;
  private final PartialSums partialSums;

  CudaReduce(CudaDevice device, CudaMemory memory) {
    this.device = device;
    this.memory = memory;
    this.partialSums = new PartialSums(device);
  }

  @Override
  public void sum(long n, Span x, Span out) {
    total("sum", n, x, out);
  }

  @Override
  public void sumOfSquares(long n, Span x, Span out) {
    total("sumOfSquares", n, x, out);
  }

  private void total(String name, long n, Span x, Span out) {
    CudaBuffer.checkType(name, "the result", out, DType.FLOAT32);
    if (n == 0) {
      memory.fill(out, 1, 0);
      return;
    }
    int parts = (int) Grids.blocks(n, SUM_CHUNK);
    Buffer partials = memory.scratch(2L * parts); // float64
    device
        .launch(device.kernel(FAMILY, Grids.named(name, x)))
        .grid(Grids.blocks(parts, CHUNKS_OF_A_BLOCK))
        .span(x, n)
        .span(partials)
        .longSize("n", n)
        .run();
    device
        .launch(device.kernel(FAMILY, "finishSum"))
        .block(WARP)
        .span(partials)
        .span(out, 1)
        .size("parts", parts)
        .run();
    partials.release();
  }

  @Override
  public void sumRows(int rows, long columns, Span x, Span out, boolean accumulate) {
    CudaBuffer.checkType("sumRows", "the result", out, DType.FLOAT32);
    if (columns == 0) {
      return;
    }
    if (rows == 0) {
      if (!accumulate) {
        memory.fill(out, columns, 0);
      }
      return;
    }
    if (x.buffer().dtype() == DType.FLOAT32) {
      sumInOrder(rows, columns, x, ReduceKernels.rowsOfPart(rows), false, out, accumulate);
      return;
    }
    long tiles = Grids.blocks(columns, TILE);
    int parts = parts(rows, columns);
    Buffer partials = parts == 1 ? null : memory.scratch(parts * columns);
    device
        .launch(device.kernel(FAMILY, "sumRows_bf16"))
        .grid(tiles, parts, 1)
        .span(x, rows * columns)
        .span(parts == 1 ? out : partials, parts * columns)
        .longSize("rows", rows)
        .longSize("columns", columns)
        .flag(accumulate && parts == 1)
        .run();
    if (partials != null) {
      partialSums.add(parts, columns, partials, out, accumulate);
      partials.release();
    }
  }

  private static int parts(int rows, long columns) {
    long tiles = Grids.blocks(columns, TILE);
    return (int) Math.max(1, Math.min(MOST_BLOCKS / tiles, Grids.blocks(rows, FEWEST_ROWS_OF_A_PART)));
  }

  /** Elements of parts that a sum over rows takes. */
  static long elementsOfParts(DType type, int rows, long columns) {
    if (rows == 0 || columns == 0) {
      return 0;
    }
    long parts =
        type == DType.FLOAT32 ? Grids.blocks(rows, ReduceKernels.rowsOfPart(rows)) : parts(rows, columns);
    return parts == 1 ? 0 : parts * columns;
  }

  /**
   * Sums of float32 rows to the processor's bits: those of each part row after row, then the parts' in
   * ascending order.
   *
   * @param rows at least 1
   * @param fromZero whether a part's sum begins with 0 and not with its first row
   */
  void sumInOrder(
      int rows, long columns, Span x, int rowsOfPart, boolean fromZero, Span out, boolean accumulate) {
    int parts = (int) Grids.blocks(rows, rowsOfPart);
    if (parts == 1 && !(fromZero && accumulate)) {
      int start = fromZero ? FROM_ZERO : WITH_FIRST;
      addInOrder(rows, columns, x, out, rowsOfPart, accumulate ? FROM_RESULT : start);
      return;
    }
    Buffer partials = memory.scratch(parts * columns);
    addInOrder(rows, columns, x, partials, rowsOfPart, fromZero ? FROM_ZERO : WITH_FIRST);
    addInOrder(parts, columns, partials, out, parts, accumulate ? FROM_RESULT : WITH_FIRST);
    partials.release();
  }

  private void addInOrder(
      int rows, long columns, Span x, Span out, int rowsOfPart, int beginning) {
    long sums = Grids.blocks(rows, rowsOfPart) * columns;
    device
        .launch(device.kernel(FAMILY, "sumRows_f32"))
        .grid(Grids.blocks(sums, Grids.THREADS))
        .span(x, rows * columns)
        .span(out, sums)
        .longSize("rows", rows)
        .longSize("columns", columns)
        .size("rows of a part", rowsOfPart)
        .size("beginning", beginning)
        .run();
  }

  @Override
  public void meanTokens(int batch, int tokens, int channels, Span x, Span y) {
    tokens("meanTokens", batch, tokens, channels, x, (long) batch * tokens * channels, y,
        (long) batch * channels);
  }

  @Override
  public void meanTokensBackward(int batch, int tokens, int channels, Span dy, Span dx) {
    tokens(
        "meanTokensBackward", batch, tokens, channels, dy, (long) batch * channels, dx,
        (long) batch * tokens * channels);
  }

  private void tokens(
      String name, int batch, int tokens, int channels, Span from, long fromSize, Span to, long toSize) {
    CudaBuffer.checkType(name, "the result", to, from.buffer().dtype());
    if (toSize > 0) {
      device
          .launch(device.kernel(FAMILY, Grids.named(name, from)))
          .grid(batch * Grids.blocks(channels, TILE))
          .span(from, fromSize)
          .span(to, toSize)
          .size("tokens", tokens)
          .size("channels", channels)
          .real(1.0 / tokens)
          .run();
    }
  }
}
