package org.swinengine.backend.cpu.norm;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.ExpandedRows;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.backend.NormKernels;
import org.swinengine.backend.ReduceKernels;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.pointwise.PointwiseLoops;
import org.swinengine.backend.cpu.reduce.RowSums;
import org.swinengine.backend.cpu.runtime.Chunks;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.Scratch;
import org.swinengine.backend.cpu.runtime.WorkerPool;
import org.swinengine.backend.cpu.simd.LaneSums;

/** Norm family on the CPU. Rows are worked on while the nearest cache holds them: memory is read once. */
public final class CpuNorm implements NormKernels {
  /** Elements of the rows normalised at once: they stay in the nearest cache. */
  private static final int BLOCK = 4096;

  private final WorkerPool pool;
  private final LayerNormRows normRows;
  private final NormLoops loops;
  private final PointwiseLoops sums;
  private final MemoryKernels memory;

  /**
   * @param sums adds up what the blocks of rows give for the parameters
   */
  public CpuNorm(
      WorkerPool pool,
      LayerNormRows normRows,
      NormLoops loops,
      PointwiseLoops sums,
      MemoryKernels memory) {
    this.pool = pool;
    this.normRows = normRows;
    this.loops = loops;
    this.sums = sums;
    this.memory = memory;
  }

  @Override
  public void layerNorm(
      @Nullable ExpandedRows places, int rows, int columns, Span x, Span gamma, Span beta, double epsilon,
      Span y, Span mean, Span inverseDeviation) {
    float[] in = CpuBuffer.floats(x);
    float[] weight = CpuBuffer.floats(gamma);
    float[] bias = CpuBuffer.floats(beta);
    float[] out = CpuBuffer.floats(y);
    float[] means = mean == null ? null : CpuBuffer.floats(mean);
    float[] inverses = inverseDeviation == null ? null : CpuBuffer.floats(inverseDeviation);
    int inAt = CpuBuffer.start(x, (long) rows * columns);
    int weightAt = CpuBuffer.start(gamma, columns);
    int biasAt = CpuBuffer.start(beta, columns);
    int outAt = CpuBuffer.start(y, (long) rows * columns);
    int meansAt = mean == null ? 0 : CpuBuffer.start(mean, rows);
    int inversesAt = inverseDeviation == null ? 0 : CpuBuffer.start(inverseDeviation, rows);
    int blockRows = Math.max(1, BLOCK / Math.max(1, columns));
    Chunks.rows(
        pool,
        rows,
        columns,
        (from, to) -> {
          float[] scratch = Scratch.get().floats(2 * blockRows);
          int mu = Scratch.ALIGNED_START;
          int inverse = mu + blockRows;
          for (int r = from; r < to; r += blockRows) {
            int count = Math.min(to - r, blockRows);
            int row = r * columns;
            normRows.statistics(count, columns, in, inAt + row, epsilon, scratch, mu, scratch, inverse);
            for (int i = 0; i < count;) {
              // Rows that stay neighbours: all of them, or what is left of a cell's row.
              int together = places == null ? count : places.factor() - (r + i) % places.factor();
              int run = Math.min(count - i, together);
              int place = places == null ? r : places.placeOf(r + i);
              normRows.normalise(
                  run, columns, in, inAt + row + i * columns, columns, scratch, mu + i, scratch, inverse + i,
                  weight, weightAt, bias, biasAt, out, outAt + place * columns, columns);
              i += run;
            }
            if (means != null) {
              System.arraycopy(scratch, mu, means, meansAt + r, count);
            }
            if (inverses != null) {
              System.arraycopy(scratch, inverse, inverses, inversesAt + r, count);
            }
          }
        });
  }

  @Override
  public void layerNormBackward(
      @Nullable ExpandedRows places, int rows, int columns, Span dy, Span x, Span mean,
      Span inverseDeviation, Span gamma, Span dx, boolean accumulateInput, Span dGamma, Span dBeta,
      boolean accumulateParameters) {
    Backward backward =
        new Backward(places, rows, columns, dy, x, mean, inverseDeviation, gamma, dx, accumulateInput);
    if (rows == 0) {
      if (dGamma != null && !accumulateParameters) {
        memory.fill(dGamma, columns, 0);
        memory.fill(dBeta, columns, 0);
      }
      return;
    }
    int blockRows = ReduceKernels.rowsOfPart(rows);
    int blocks = Chunks.count(rows, blockRows);
    if (dGamma == null) {
      Chunks.ranges(pool, rows, blockRows, (from, to) -> backward.rows(from, to, null, 0));
      return;
    }
    // A row of partial sums for each block: dGamma's, then dBeta's.
    int width = 2 * columns;
    Buffer scratch = memory.allocate(DType.FLOAT32, (long) blocks * width);
    float[] partials = CpuBuffer.floats(scratch);
    int partialsAt = CpuBuffer.start(scratch);
    Chunks.ranges(
        pool,
        rows,
        blockRows,
        (from, to) -> {
          int partial = partialsAt + from / blockRows * width;
          Arrays.fill(partials, partial, partial + width, 0);
          backward.rows(from, to, partials, partial);
        });
    addPartials(partials, partialsAt, width, blocks, columns, dGamma, accumulateParameters);
    addPartials(partials, partialsAt + columns, width, blocks, columns, dBeta, accumulateParameters);
    scratch.release();
  }

  private void addPartials(
      float[] partials, int at, int stride, int blocks, int columns, Span sums, boolean accumulate) {
    RowSums.addParallel(
        pool,
        this.sums,
        partials,
        at,
        stride,
        blocks,
        columns,
        CpuBuffer.floats(sums),
        CpuBuffer.start(sums, columns),
        accumulate);
  }

  /** Operands of one backward call. */
  private final class Backward {
    private final @Nullable ExpandedRows places;
    private final int columns;
    private final float[] dy;
    private final int dyAt;
    private final float[] x;
    private final int xAt;
    private final float[] mean;
    private final int meanAt;
    private final float[] inverseDeviation;
    private final int inverseDeviationAt;
    private final float[] gamma;
    private final int gammaAt;
    private final float[] dx;
    private final int dxAt;
    private final boolean accumulateInput;

    /** @param places null: rows of dy and x have the same numbers */
    Backward(
        @Nullable ExpandedRows places,
        int rows,
        int columns,
        Span dy,
        Span x,
        Span mean,
        Span inverseDeviation,
        Span gamma,
        Span dx,
        boolean accumulateInput) {
      long elements = (long) rows * columns;
      this.places = places;
      this.columns = columns;
      this.dy = CpuBuffer.floats(dy);
      this.dyAt = CpuBuffer.start(dy, elements);
      this.x = CpuBuffer.floats(x);
      this.xAt = CpuBuffer.start(x, elements);
      this.mean = CpuBuffer.floats(mean);
      this.meanAt = CpuBuffer.start(mean, rows);
      this.inverseDeviation = CpuBuffer.floats(inverseDeviation);
      this.inverseDeviationAt = CpuBuffer.start(inverseDeviation, rows);
      this.gamma = CpuBuffer.floats(gamma);
      this.gammaAt = CpuBuffer.start(gamma, columns);
      this.dx = dx == null ? null : CpuBuffer.floats(dx);
      this.dxAt = dx == null ? 0 : CpuBuffer.start(dx, elements);
      this.accumulateInput = accumulateInput;
    }

    /** Rows {@code from} to before {@code to} of dy; adds to the parameters' partial sums unless null. */
    void rows(int from, int to, float[] partials, int partialAt) {
      float[] lanes = Scratch.get().floats(2 * LaneSums.COUNT);
      for (int r = from; r < to; r++) {
        int source = places == null ? r : places.sourceOf(r);
        float mu = mean[meanAt + source];
        float inverse = inverseDeviation[inverseDeviationAt + source];
        // The parameters first: dx may overlay dy.
        if (partials != null) {
          parameters(dyAt + r * columns, xAt + source * columns, mu, inverse, partials, partialAt);
        }
        if (dx != null) {
          input(dyAt + r * columns, xAt + source * columns, mu, inverse, dxAt + source * columns, lanes);
        }
      }
    }

    private void parameters(int dyRow, int xRow, float mu, float inverse, float[] partials, int partialAt) {
      loops.parameters(
          dy, dyRow, x, xRow, columns, mu, inverse, partials, partialAt, partialAt + columns);
    }

    private void input(int dyRow, int xRow, float mu, float inverse, int dxRow, float[] lanes) {
      int at = Scratch.ALIGNED_START;
      loops.sums(dy, dyRow, x, xRow, gamma, gammaAt, columns, mu, inverse, lanes, at);
      float meanG = lanes[at] / columns;
      float meanGx = lanes[at + LaneSums.COUNT] / columns;
      loops.input(
          dy, dyRow, x, xRow, gamma, gammaAt, columns, mu, inverse, meanG, meanGx, dx, dxRow,
          accumulateInput);
    }
  }
}
