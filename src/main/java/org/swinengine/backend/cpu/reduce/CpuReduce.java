package org.swinengine.backend.cpu.reduce;

import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.backend.ReduceKernels;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.pointwise.PointwiseLoops;
import org.swinengine.backend.cpu.runtime.Chunks;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.WorkerPool;
import org.swinengine.backend.cpu.simd.LaneSums;

/** Reduce family on the CPU. Sums to one number are made in double. */
public final class CpuReduce implements ReduceKernels {
  private final WorkerPool pool;
  private final PointwiseLoops loops;
  private final MemoryKernels memory;

  public CpuReduce(WorkerPool pool, PointwiseLoops loops, MemoryKernels memory) {
    this.pool = pool;
    this.loops = loops;
    this.memory = memory;
  }

  /** A sum over part of an array in double; {@code lanes} is working memory. */
  @FunctionalInterface
  private interface PartialSum {
    double of(float[] x, int at, int n, double[] lanes);
  }

  @Override
  public void sum(long n, Span x, Span out) {
    total(n, x, out, DoubleSums::sumInDouble);
  }

  @Override
  public void sumOfSquares(long n, Span x, Span out) {
    total(n, x, out, DoubleSums::squaresOfChunk);
  }

  private void total(long n, Span x, Span out, PartialSum partialSum) {
    float[] values = CpuBuffer.floats(x);
    int at = CpuBuffer.start(x, n);
    double[] partials = new double[Chunks.count((int) n, DoubleSums.CHUNK)];
    Chunks.elements(
        pool,
        (int) n,
        (from, to) -> {
          double[] lanes = new double[LaneSums.COUNT];
          for (int first = from; first < to; first += DoubleSums.CHUNK) {
            int count = Math.min(DoubleSums.CHUNK, to - first);
            partials[first / DoubleSums.CHUNK] = partialSum.of(values, at + first, count, lanes);
          }
        });
    CpuBuffer.floats(out)[CpuBuffer.start(out, 1)] = (float) DoubleSums.sumOfChunks(partials);
  }

  @Override
  public void sumRows(int rows, long columns, Span x, Span out, boolean accumulate) {
    float[] values = CpuBuffer.floats(x);
    int at = CpuBuffer.start(x, rows * columns);
    float[] sums = CpuBuffer.floats(out);
    int sumsAt = CpuBuffer.start(out, columns);
    int width = (int) columns;
    if (rows == 0) {
      if (!accumulate) {
        memory.fill(out, columns, 0);
      }
      return;
    }
    int blockRows = ReduceKernels.rowsOfPart(rows);
    int blocks = Chunks.count(rows, blockRows);
    if (blocks == 1) {
      RowSums.addParallel(pool, loops, values, at, width, rows, width, sums, sumsAt, accumulate);
      return;
    }
    Buffer scratch = memory.allocate(DType.FLOAT32, blocks * columns);
    float[] partials = CpuBuffer.floats(scratch);
    int partialsAt = CpuBuffer.start(scratch);
    Chunks.rectangles(
        pool,
        blocks,
        width,
        blockRows,
        (fromBlock, toBlock, fromColumn, toColumn) -> {
          for (int b = fromBlock; b < toBlock; b++) {
            int first = b * blockRows;
            RowSums.add(
                loops,
                values,
                at + first * width + fromColumn,
                width,
                Math.min(blockRows, rows - first),
                toColumn - fromColumn,
                partials,
                partialsAt + b * width + fromColumn,
                false);
          }
        });
    RowSums.addParallel(pool, loops, partials, partialsAt, width, blocks, width, sums, sumsAt, accumulate);
    scratch.release();
  }

  @Override
  public void meanTokens(int batch, int tokens, int channels, Span x, Span y) {
    float[] values = CpuBuffer.floats(x);
    int at = CpuBuffer.start(x, (long) batch * tokens * channels);
    float[] means = CpuBuffer.floats(y);
    int meansAt = CpuBuffer.start(y, (long) batch * channels);
    float factor = (float) (1.0 / tokens);
    Chunks.rectangles(
        pool,
        batch,
        channels,
        tokens,
        (fromSample, toSample, fromChannel, toChannel) -> {
          int width = toChannel - fromChannel;
          for (int b = fromSample; b < toSample; b++) {
            int out = meansAt + b * channels + fromChannel;
            int in = at + b * tokens * channels + fromChannel;
            RowSums.add(loops, values, in, channels, tokens, width, means, out, false);
            loops.scale(means, out, factor, means, out, width);
          }
        });
  }

  @Override
  public void meanTokensBackward(int batch, int tokens, int channels, Span dy, Span dx) {
    float[] gradients = CpuBuffer.floats(dy);
    int at = CpuBuffer.start(dy, (long) batch * channels);
    float[] results = CpuBuffer.floats(dx);
    int resultsAt = CpuBuffer.start(dx, (long) batch * tokens * channels);
    float factor = (float) (1.0 / tokens);
    Chunks.rows(
        pool,
        batch * tokens,
        channels,
        (from, to) -> {
          for (int r = from; r < to; r++) {
            loops.scale(
                gradients, at + r / tokens * channels, factor, results, resultsAt + r * channels, channels);
          }
        });
  }
}
