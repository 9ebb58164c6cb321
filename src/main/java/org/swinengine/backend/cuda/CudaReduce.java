package org.swinengine.backend.cuda;

import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.ReduceKernels;
import org.swinengine.backend.Span;

/** Reduce family on the GPU: {@code reduce.cu}. Large sums take two kernels, whose parts depend on the sizes alone. */
final class CudaReduce implements ReduceKernels {
  private static final String FAMILY = "reduce";
  private static final int THREADS = 256;

  /** Columns that a block of {@link #THREADS} threads adds up side by side. */
  private static final int COLUMNS = 32;

  /** Elements that make another part of a sum worthwhile, and the most parts. */
  private static final int STRETCH = 16 * THREADS;

  private static final int MOST_PARTS = 1024;

  /** Rows that make another part of a column sum worthwhile, and the most parts. */
  private static final int ROW_STRETCH = 128;

  private static final int MOST_ROW_PARTS = 64;

  private final CudaDevice device;
  private final CudaMemory memory;

  CudaReduce(CudaDevice device, CudaMemory memory) {
    this.device = device;
    this.memory = memory;
  }

  @Override
  public void sum(long n, Span x, Span out) {
    sum("sumParts", n, x, out);
  }

  @Override
  public void sumOfSquares(long n, Span x, Span out) {
    sum("sumOfSquaresParts", n, x, out);
  }

  private void sum(String name, long n, Span x, Span out) {
    CudaBuffer.checkType(name, "the sum", out, DType.FLOAT32);
    int parts = (int) Math.max(1, Math.min(MOST_PARTS, Grids.blocks(n, STRETCH)));
    Buffer sums = memory.scratch(2L * parts); // float64
    device
        .launch(device.kernel(FAMILY, Grids.named(name, x)))
        .grid(parts)
        .block(THREADS)
        .span(x, n)
        .longSize("n", n)
        .longSize("stretch", Grids.blocks(n, parts))
        .span(sums)
        .run();
    device
        .launch(device.kernel(FAMILY, "sumOfParts"))
        .block(THREADS)
        .span(sums)
        .size("parts", parts)
        .span(out, 1)
        .run();
    sums.release();
  }

  @Override
  public void sumRows(int rows, long columns, Span x, Span out, boolean accumulate) {
    if (columns == 0) {
      return;
    }
    CudaBuffer.checkType("sumRows", "the sums", out, DType.FLOAT32);
    int parts = (int) Math.max(1, Math.min(MOST_ROW_PARTS, Grids.blocks(rows, ROW_STRETCH)));
    Buffer sums = memory.scratch(parts * columns);
    device
        .launch(device.kernel(FAMILY, Grids.named("sumRowsParts", x)))
        .grid(Grids.blocks(columns, COLUMNS), parts, 1)
        .block(THREADS)
        .span(x, rows * columns)
        .longSize("rows", rows)
        .longSize("columns", columns)
        .longSize("stretch", Grids.blocks(rows, parts))
        .span(sums)
        .run();
    device
        .launch(device.kernel(FAMILY, "sumRowsOfParts"))
        .grid(Grids.blocks(columns, THREADS))
        .block(THREADS)
        .span(sums)
        .size("parts", parts)
        .longSize("columns", columns)
        .span(out, columns)
        .flag(accumulate)
        .run();
    sums.release();
  }

  @Override
  public void meanTokens(int batch, int tokens, int channels, Span x, Span y) {
    if (batch == 0 || channels == 0) {
      return;
    }
    CudaBuffer.checkType("meanTokens", "the means", y, x.buffer().dtype());
    device
        .launch(device.kernel(FAMILY, Grids.named("meanTokens", x)))
        .grid(batch * Grids.blocks(channels, COLUMNS))
        .block(THREADS)
        .span(x, (long) batch * tokens * channels)
        .size("tokens", tokens)
        .size("channels", channels)
        .span(y, (long) batch * channels)
        .run();
  }

  @Override
  public void meanTokensBackward(int batch, int tokens, int channels, Span dy, Span dx) {
    long n = (long) batch * tokens * channels;
    if (n == 0) {
      return;
    }
    CudaBuffer.checkType("meanTokensBackward", "the gradient", dx, dy.buffer().dtype());
    device
        .launch(device.kernel(FAMILY, Grids.named("meanTokensBackward", dy)))
        .grid(Grids.elements(n))
        .span(dy, (long) batch * channels)
        .longSize("n", n)
        .size("tokens", tokens)
        .size("channels", channels)
        .span(dx, n)
        .run();
  }
}
