package org.swinengine.backend.cuda;

import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.Span;
import org.swinengine.backend.UnaryFunction;

/**
 * Matrix family on the GPU: {@code matrix.cu}. Epilogues are part of the products' kernels, and so is the
 * LayerNorm of an inference in bf16. Other prologues are kernels of their own before them, which cost one
 * trip of the rows through memory.
 */
final class CudaMatrix implements MatrixKernels {
  /** Blocks that a weight's gradient should have at least: two for each multiprocessor of a large GPU. */
  private static final int WANTED_BLOCKS = 264;

  private static final int TILE = 128;

  /** Rows below which another slice of a weight's gradient is not worth its trip through memory. */
  private static final int FEWEST_ROWS_OF_A_SLICE = 512;

  private static final int STRIP = 32;

  private final CudaMemory memory;
  private final CudaNorm norm;
  private final CudaPointwise pointwise;
  private final CudaReduce reduce;
  private final PartialSums partialSums;
  private final Product product;
  private final @Nullable CudaBlas blas;

  /** @param blas takes products from the kernels where it wants them; null: there is none */
  CudaMatrix(CudaDevice device, CudaMemory memory, CudaNorm norm, CudaPointwise pointwise,
      CudaReduce reduce, @Nullable CudaBlas blas) {
    this.memory = memory;
    this.norm = norm;
    this.pointwise = pointwise;
    this.reduce = reduce;
    this.partialSums = new PartialSums(device);
    this.product = new Product(device);
    this.blas = blas;
  }

  @Override
  public PreparedWeight prepare(Span weight, Span copy, int outFeatures, int inFeatures) {
    return new CudaPreparedWeight(memory, weight, copy, outFeatures, inFeatures);
  }

  @Override
  public void linear(int rows, Span x, PreparedWeight weight, Prologue prologue, Epilogue epilogue, Span y) {
    if (rows == 0) {
      return;
    }
    normalizeAndMultiply(rows, x, prepared(weight), prologue, epilogue, y);
  }

  /** Rows after their prologue times a weight, in as few passes over the rows as there is a kernel for. */
  private void normalizeAndMultiply(
      int rows, Span x, CudaPreparedWeight weight, Prologue prologue, Epilogue epilogue, Span y) {
    int in = weight.inFeatures();
    int size = norm.rowStatisticsSize(x.buffer().dtype(), in);
    boolean folds =
        prologue.kind() == Prologue.Kind.LAYER_NORM && prologue.version() != Prologue.CHANGING && size > 0
            && product.normalizes(layer(rows, weight, false, epilogue), x, y, epilogue);
    if (!folds) {
      Rows left = rows(rows, in, x, prologue, false);
      multiply(rows, left.span, weight, false, epilogue, y);
      left.release();
      return;
    }
    CudaBuffer.checkType("linear", "the result", y, DType.BF16);
    CudaPreparedWeight.Folded folded = weight.folded(norm, prologue, epilogue.bias());
    Buffer made = prologue.rowStatistics() == null ? memory.scratch((long) rows * size) : null;
    if (made != null) {
      norm.rowStatistics(rows, in, x, made);
    }
    Span statistics = made == null ? prologue.rowStatistics() : made;
    Epilogue shifted =
        new Epilogue(
            false, folded.shifts(), null, epilogue.gelu(), null, null, 1, null, epilogue.rowStatistics());
    Product.Normalization normalization =
        new Product.Normalization(folded.sums(), statistics, (long) rows * size, prologue.epsilon());
    boolean kept =
        product.runNormalizing(layer(rows, weight, false, shifted), x, folded.weight(), y, shifted,
            normalization);
    keepStatistics(rows, weight.outFeatures(), kept, epilogue, y);
    if (made != null) {
      made.release();
    }
  }

  /** Makes the statistics that an epilogue wants and a kernel has not kept. */
  private void keepStatistics(int rows, int columns, boolean kept, Epilogue epilogue, Span y) {
    if (epilogue.rowStatistics() != null && !kept) {
      norm.rowStatistics(rows, columns, y, epilogue.rowStatistics());
    }
  }

  @Override
  public void linearBackwardInput(int rows, Span dy, PreparedWeight weight, Epilogue epilogue, Span dx) {
    if (rows > 0) {
      multiply(rows, dy, prepared(weight), true, epilogue, dx);
    }
  }

  /** Rows times a weight, transposed as in a layer, or as it is for the gradient of the layer's input. */
  private void multiply(
      int rows, Span x, CudaPreparedWeight weight, boolean backward, Epilogue epilogue, Span y) {
    DType type = x.buffer().dtype();
    CudaBuffer.checkType("linear", "the result", y, type);
    Gemm sizes = layer(rows, weight, backward, epilogue);
    Span w = weight.in(type);
    boolean isForeign = blas != null && blas.product(sizes, x, w, y, epilogue);
    boolean kept = !isForeign && product.run(sizes, x, w, y, epilogue, 1, sizes.k());
    keepStatistics(rows, sizes.n(), kept, epilogue, y);
  }

  private static Gemm layer(int rows, PreparedWeight weight, boolean backward, Epilogue epilogue) {
    int out = weight.outFeatures();
    int in = weight.inFeatures();
    int n = backward ? in : out;
    int k = backward ? out : in;
    double beta = epilogue.accumulate() ? 1 : 0;
    return new Gemm(false, !backward, rows, n, k, 1, beta, k, in, n, 1, 0, 0, 0);
  }

  @Override
  public void linearBackwardWeight(
      int rows,
      Span x,
      Prologue prologue,
      Span dy,
      int outFeatures,
      int inFeatures,
      Span dWeight,
      Span dBias,
      boolean accumulate) {
    CudaBuffer.checkType("linearBackwardWeight", "the weight's gradient", dWeight, DType.FLOAT32);
    Rows left = rows(rows, inFeatures, x, prologue, true);
    long tiles = Math.max(1, Grids.blocks(outFeatures, TILE) * Grids.blocks(inFeatures, TILE));
    long wanted =
        Math.min(Grids.blocks(WANTED_BLOCKS, (int) tiles), Grids.blocks(rows, FEWEST_ROWS_OF_A_SLICE));
    int stretch = (int) (Grids.blocks(Grids.blocks(rows, (int) Math.max(1, wanted)), STRIP) * STRIP);
    int slices = (int) Math.max(1, Grids.blocks(rows, Math.max(1, stretch)));
    double beta = slices == 1 && accumulate ? 1 : 0;
    Gemm sizes =
        new Gemm(
            true, false, outFeatures, inFeatures, rows, 1, beta, outFeatures, inFeatures, inFeatures, 1, 0, 0,
            0);
    boolean done =
        blas != null
            && blas.product(
                new Gemm(
                    true, false, outFeatures, inFeatures, rows, 1, accumulate ? 1 : 0, outFeatures,
                    inFeatures, inFeatures, 1, 0, 0, 0),
                dy, left.span, dWeight, Epilogue.NONE);
    if (!done && slices == 1) {
      product.run(sizes, dy, left.span, dWeight, Epilogue.NONE, 1, Math.max(rows, 1));
    } else if (!done) {
      long n = (long) outFeatures * inFeatures;
      Buffer partials = memory.scratch(slices * n);
      product.run(sizes, dy, left.span, partials, Epilogue.NONE, slices, stretch);
      partialSums.add(slices, n, partials, dWeight, accumulate);
      partials.release();
    }
    left.release();
    if (dBias != null) {
      reduce.sumRows(rows, outFeatures, dy, dBias, accumulate);
    }
  }

  @Override
  public void mlp(
      int rows,
      Span x,
      Prologue prologue,
      PreparedWeight weight1,
      Span bias1,
      Span hidden,
      PreparedWeight weight2,
      Epilogue epilogue,
      Span y) {
    if (rows == 0) {
      return;
    }
    Buffer activated = memory.allocate(x.buffer().dtype(), (long) rows * weight1.outFeatures());
    normalizeAndMultiply(
        rows, x, prepared(weight1), prologue, Epilogue.biasGelu(bias1, hidden), activated);
    multiply(rows, activated, prepared(weight2), false, epilogue, y);
    activated.release();
  }

  @Override
  public void gemm(Gemm sizes, Span a, Span b, Span c) {
    CudaBuffer.checkType("gemm", "the result", c, a.buffer().dtype());
    if (blas == null || !blas.product(sizes, a, b, c, Epilogue.NONE)) {
      product.run(sizes, a, b, c, Epilogue.NONE, 1, Math.max(1, sizes.k()));
    }
  }

  /** The weight as this backend prepared it. */
  static CudaPreparedWeight prepared(PreparedWeight weight) {
    if (!(weight instanceof CudaPreparedWeight prepared)) {
      throw new IllegalArgumentException("cuda: the weight was prepared by another backend");
    }
    return prepared;
  }

  /** The left operand after its prologue. */
  private record Rows(Span span, Buffer temporaryOrNull) {
    void release() {
      if (temporaryOrNull != null) {
        temporaryOrNull.release();
      }
    }
  }

  /**
   * @param again whether a prologue's statistics were kept by a forward call and are to be read
   */
  private Rows rows(int rows, int columns, Span x, Prologue prologue, boolean again) {
    if (prologue.kind() == Prologue.Kind.NONE) {
      return new Rows(x, null);
    }
    long n = (long) rows * columns;
    Buffer y = memory.allocate(x.buffer().dtype(), n);
    if (prologue.kind() == Prologue.Kind.GELU) {
      pointwise.unary(UnaryFunction.GELU, n, x, y);
    } else if (again) {
      norm.layerNormApply(
          rows, columns, x, prologue.gamma(), prologue.beta(), prologue.mean(), prologue.inverseDeviation(),
          y);
    } else {
      norm.layerNorm(
          rows,
          columns,
          x,
          prologue.gamma(),
          prologue.beta(),
          prologue.epsilon(),
          y,
          prologue.mean(),
          prologue.inverseDeviation());
    }
    return new Rows(y, y);
  }
}
