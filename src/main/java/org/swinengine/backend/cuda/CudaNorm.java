package org.swinengine.backend.cuda;

import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.ExpandedRows;
import org.swinengine.backend.NormKernels;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.ReduceKernels;
import org.swinengine.backend.Span;

/** Norm family on the GPU: {@code norm.cu}. */
final class CudaNorm implements NormKernels {
  private static final String FAMILY = "norm";

  private static final int FORWARD_WARPS = 8;
  private static final int BACKWARD_WARPS = 4;
  private static final int WARP = 32;

  /** Parts of a row's sum in float32: half a warp has a row. */
  private static final int SUMS_OF_A_ROW = 16;

  /**
   * Blocks go through the rows in steps of the whole grid; more of them would only start and end more often.
   */
  private static final int MOST_FORWARD_BLOCKS = 4096;

  /** Rows of a block below which its partial sums would be worth more memory traffic than its rows. */
  private static final int FEWEST_ROWS_OF_A_PART = 32;

  /** Two waves of three blocks on each of the 132 multiprocessors of an H200. */
  private static final int MOST_PARTS = 792;

  /** Columns that a warp keeps in registers in the backward pass. */
  private static final int LONGEST_IN_REGISTERS = 1024;

  private static final int TILE = 128;

  /** Columns of a row that two numbers stand for: {@code rowStatistics.cuh}. */
  private static final int STATISTICS_COLUMNS = 32;

  private static final int ROW_ALIGNMENT = 16;

  private final CudaDevice device;
  private final CudaMemory memory;
  private final CudaReduce reduce;
  private final PartialSums partialSums;

  CudaNorm(CudaDevice device, CudaMemory memory, CudaReduce reduce) {
    this.device = device;
    this.memory = memory;
    this.reduce = reduce;
    this.partialSums = new PartialSums(device);
  }

  @Override
  public void layerNorm(
      @Nullable ExpandedRows places, int rows, int columns, Span x, Span gamma, Span beta, double epsilon,
      Span y, Span mean, Span inverseDeviation) {
    forward(places, rows, columns, x, gamma, beta, epsilon, y, mean, inverseDeviation, false);
  }

  /**
   * {@code y = (x − mean)·inverseDeviation·gamma + beta} with statistics that were kept: the normalised rows
   * once more.
   */
  void layerNormApply(
      int rows, int columns, Span x, Span gamma, Span beta, Span mean, Span inverseDeviation, Span y) {
    forward(null, rows, columns, x, gamma, beta, 0, y, mean, inverseDeviation, true);
  }

  /**
   * @param places null: rows stay where they are
   * @param given whether statistics are read; not of rows that move
   */
  private void forward(
      @Nullable ExpandedRows places,
      int rows,
      int columns,
      Span x,
      Span gamma,
      Span beta,
      double epsilon,
      Span y,
      Span mean,
      Span inverseDeviation,
      boolean given) {
    if (rows == 0 || columns == 0) {
      return;
    }
    String name = places == null ? "layerNorm" : "layerNormExpand";
    CudaBuffer.checkType(name, "the result", y, x.buffer().dtype());
    CudaBuffer.checkType(name, "gamma", gamma, DType.FLOAT32);
    CudaBuffer.checkType(name, "beta", beta, DType.FLOAT32);
    checkStatistics(name, mean, inverseDeviation);
    long n = (long) rows * columns;
    Launch launch = device
        .launch(device.kernel(FAMILY, Grids.named(name, x)))
        .grid(Math.min(MOST_FORWARD_BLOCKS, Grids.blocks(rows, FORWARD_WARPS)))
        .block(FORWARD_WARPS * WARP)
        .span(x, n)
        .span(gamma, columns)
        .span(beta, columns)
        .span(y, n)
        .span(mean, rows)
        .span(inverseDeviation, rows)
        .size("rows", rows)
        .size("columns", columns)
        .real64(epsilon);
    (places == null ? launch.flag(given) : moving(launch, places)).run();
  }

  private static Launch moving(Launch launch, @Nullable ExpandedRows places) {
    return places == null ? launch : launch.size("width", places.width()).size("factor", places.factor());
  }

  @Override
  public int rowStatisticsSize(DType type, int columns) {
    return type == DType.BF16 && columns % STATISTICS_COLUMNS == 0 ? columns / STATISTICS_COLUMNS * 2 : 0;
  }

  /** Makes of rows in memory what an epilogue that writes them would have kept. */
  void rowStatistics(int rows, int columns, Span x, Span statistics) {
    int size = rowStatisticsSize(x.buffer().dtype(), columns);
    if (size == 0) {
      throw new IllegalArgumentException(
          "rowStatistics: rows of " + columns + " " + x.buffer().dtype()
              + " have none; they must be bf16 and a multiple of 32 long");
    }
    CudaBuffer.checkAlignment("rowStatistics", "the rows", x, ROW_ALIGNMENT);
    checkRowStatistics(statistics);
    long parts = (long) rows * size / 2;
    if (parts > 0) {
      device
          .launch(device.kernel(FAMILY, "rowStatistics_bf16"))
          .grid(Grids.elements(4 * parts))
          .block(Grids.THREADS)
          .span(x, (long) rows * columns)
          .span(statistics, 2 * parts)
          .longSize("parts", parts)
          .run();
    }
  }

  /** Throws unless a place for statistics of rows, which may be null, is one. */
  static void checkRowStatistics(Span statistics) {
    CudaBuffer.checkType("rowStatistics", "the statistics", statistics, DType.FLOAT32);
    CudaBuffer.checkAlignment("rowStatistics", "the statistics", statistics, 2 * Float.BYTES);
  }

  /** Folds a LayerNorm and a bias into a weight {@code [out, in]}: {@code normFold.cuh}. */
  void fold(
      int out, int in, Span weight, Prologue prologue, Span biasOrNull, Span folded, Span sums,
      Span shifts) {
    CudaBuffer.checkType("foldNorm", "gamma", prologue.gamma(), DType.FLOAT32);
    CudaBuffer.checkType("foldNorm", "beta", prologue.beta(), DType.FLOAT32);
    CudaBuffer.checkType("foldNorm", "the bias", biasOrNull, DType.FLOAT32);
    device
        .launch(device.kernel(FAMILY, "foldNorm_bf16"))
        .grid(Grids.blocks(out, FORWARD_WARPS))
        .block(FORWARD_WARPS * WARP)
        .span(weight, (long) out * in)
        .span(prologue.gamma(), in)
        .span(prologue.beta(), in)
        .span(biasOrNull, out)
        .span(folded, (long) out * in)
        .span(sums, out)
        .span(shifts, out)
        .size("rows", out)
        .size("columns", in)
        .run();
  }

  private static void checkStatistics(String name, Span mean, Span inverseDeviation) {
    CudaBuffer.checkType(name, "the mean", mean, DType.FLOAT32);
    CudaBuffer.checkType(name, "the inverse deviation", inverseDeviation, DType.FLOAT32);
  }

  @Override
  public void layerNormBackward(
      @Nullable ExpandedRows places, int rows, int columns, Span dy, Span x, Span mean,
      Span inverseDeviation, Span gamma, Span dx, boolean accumulateInput, Span dGamma, Span dBeta,
      boolean accumulateParameters) {
    if (columns == 0) {
      return;
    }
    if (rows == 0) {
      if (dGamma != null && !accumulateParameters) {
        memory.fill(dGamma, columns, 0);
        memory.fill(dBeta, columns, 0);
      }
      return;
    }
    String family = places == null ? "layerNorm" : "layerNormExpand";
    String name = family + "Backward";
    CudaBuffer.checkType(name, "x", x, dy.buffer().dtype());
    CudaBuffer.checkType(name, "dx", dx, dy.buffer().dtype());
    checkStatistics(name, mean, inverseDeviation);
    CudaBuffer.checkType(name, "gamma", gamma, DType.FLOAT32);
    CudaBuffer.checkType(name, "dGamma", dGamma, DType.FLOAT32);
    CudaBuffer.checkType(name, "dBeta", dBeta, DType.FLOAT32);

    if (dy.buffer().dtype() == DType.FLOAT32) {
      backwardInOrder(
          family, places, rows, columns, dy, x, mean, inverseDeviation, gamma, dx, accumulateInput, dGamma,
          dBeta, accumulateParameters);
      return;
    }
    int parts = parts(rows);
    Buffer partials = dGamma == null ? null : memory.scratch(2L * parts * columns);
    boolean inRegisters =
        columns <= LONGEST_IN_REGISTERS
            && columns % 4 == 0
            && startsOnFour(dy)
            && startsOnFour(x)
            && startsOnFour(gamma)
            && startsOnFour(dx);
    long n = (long) rows * columns;
    // The parameters' share first: dx may be dy's own memory.
    if (partials != null && !inRegisters) {
      Launch launch = device
          .launch(device.kernel(FAMILY, Grids.named(family + "Parameters", x)))
          .grid(Grids.blocks(columns, TILE), parts, 1)
          .block(BACKWARD_WARPS * WARP)
          .span(dy, n)
          .span(x, n)
          .span(mean, rows)
          .span(inverseDeviation, rows)
          .span(partials)
          .size("rows", rows)
          .size("columns", columns);
      moving(launch, places).run();
    }
    if (dx != null || inRegisters) {
      Launch launch = device
          .launch(device.kernel(FAMILY, Grids.named(name, x)))
          .grid(parts)
          .block(BACKWARD_WARPS * WARP)
          .span(dy, n)
          .span(x, n)
          .span(mean, rows)
          .span(inverseDeviation, rows)
          .span(gamma, columns)
          .span(dx, n)
          .flag(accumulateInput)
          .span(inRegisters ? partials : null)
          .size("rows", rows)
          .size("columns", columns)
          .flag(inRegisters);
      moving(launch, places).run();
    }
    if (partials != null) {
      partialSums.addTwo(parts, partials, columns, dGamma, columns, dBeta, accumulateParameters);
      partials.release();
    }
  }

  /** In float32: to the processor's bits. */
  private void backwardInOrder(
      String family, @Nullable ExpandedRows places, int rows, int columns, Span dy, Span x, Span mean,
      Span inverseDeviation, Span gamma, Span dx, boolean accumulateInput, Span dGamma, Span dBeta,
      boolean accumulateParameters) {
    long n = (long) rows * columns;
    // The parameters first: dx may be dy's own memory.
    if (dGamma != null) {
      int rowsOfPart = ReduceKernels.rowsOfPart(rows);
      int parts = (int) Grids.blocks(rows, rowsOfPart);
      long each = (long) parts * columns;
      Buffer ofGamma = memory.scratch(2 * each);
      Launch launch = device
          .launch(device.kernel(FAMILY, family + "Parameters_f32"))
          .grid(Grids.blocks(each, Grids.THREADS))
          .span(dy, n)
          .span(x, n)
          .span(mean, rows)
          .span(inverseDeviation, rows)
          .span(ofGamma, 2 * each)
          .size("rows", rows)
          .size("columns", columns)
          .size("rows of a part", rowsOfPart);
      moving(launch, places).run();
      Span ofBeta = Part.of(ofGamma, each);
      reduce.sumInOrder(parts, columns, ofGamma, parts, false, dGamma, accumulateParameters);
      reduce.sumInOrder(parts, columns, ofBeta, parts, false, dBeta, accumulateParameters);
      ofGamma.release();
    }
    if (dx != null) {
      int rowsOfBlock = BACKWARD_WARPS * WARP / SUMS_OF_A_ROW;
      Launch launch = device
          .launch(device.kernel(FAMILY, family + "Backward_f32"))
          .grid(Math.min(MOST_FORWARD_BLOCKS, Grids.blocks(rows, rowsOfBlock)))
          .block(BACKWARD_WARPS * WARP)
          .span(dy, n)
          .span(x, n)
          .span(mean, rows)
          .span(inverseDeviation, rows)
          .span(gamma, columns)
          .span(dx, n)
          .flag(accumulateInput)
          .size("rows", rows)
          .size("columns", columns);
      moving(launch, places).run();
    }
  }

  /** Number of partial sums, and of blocks: a function of the number of rows alone. */
  private static int parts(int rows) {
    return (int) Math.min(MOST_PARTS, Grids.blocks(rows, FEWEST_ROWS_OF_A_PART));
  }

  /** Elements of parts that the parameters' gradients take. */
  static long elementsOfParts(DType type, int rows, int columns) {
    long parts =
        type == DType.FLOAT32 ? Grids.blocks(rows, ReduceKernels.rowsOfPart(rows)) : parts(rows);
    return 2 * parts * columns;
  }

  private static boolean startsOnFour(Span spanOrNull) {
    return spanOrNull == null
        || CudaBuffer.address(spanOrNull) % (4L * spanOrNull.buffer().dtype().bytes()) == 0;
  }
}
