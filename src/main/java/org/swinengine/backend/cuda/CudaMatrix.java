package org.swinengine.backend.cuda;

import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.RowFactors;
import org.swinengine.backend.Span;
import org.swinengine.backend.UnaryFunction;

/**
 * Matrix family on the GPU: {@code matrix.cu}. Epilogues are part of the products' kernels, and so is the
 * LayerNorm of an inference in bf16. Other prologues are kernels of their own before them, which cost one
 * trip of the rows through memory.
 */
final class CudaMatrix implements MatrixKernels {
  private final CudaMemory memory;
  private final CudaNorm norm;
  private final CudaPointwise pointwise;
  private final Product product;
  private final CudaWeightGradient weightGradient;
  private final PairProducts pairs;
  private final @Nullable CudaBlas blas;

  /**
   * @param blas takes products from the kernels where it wants them; null: there is none
   * @param tensorFloat whether float32 operands are rounded to TF32
   */
  CudaMatrix(CudaDevice device, CudaMemory memory, CudaNorm norm, CudaPointwise pointwise,
      CudaReduce reduce, @Nullable CudaBlas blas, boolean tensorFloat) {
    this.memory = memory;
    this.norm = norm;
    this.pointwise = pointwise;
    this.product = new Product(device, tensorFloat);
    this.weightGradient = new CudaWeightGradient(device, memory, pointwise, reduce, product, blas);
    this.pairs = new PairProducts(device, memory, product, weightGradient);
    this.blas = blas;
  }

  CudaWeightGradient weightGradient() {
    return weightGradient;
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
            false, folded.shifts(), null, epilogue.gelu(), null, null, 1, null,
            epilogue.rowStatistics(), null);
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
      RowFactors factors,
      int outFeatures,
      int inFeatures,
      Span dWeight,
      Span dBias,
      boolean accumulate) {
    Rows left = rows(rows, inFeatures, x, prologue, true);
    weightGradient.run(
        rows, left.span, dy, factors, outFeatures, inFeatures, dWeight, dBias, accumulate);
    left.release();
  }

  @Override
  public void linearOfPair(
      int rows, int columns, Span first, Span second, PreparedWeight weight, Span bias, Span y) {
    if (rows > 0) {
      pairs.linear(rows, columns, first, second, prepared(weight), bias, y);
    }
  }

  @Override
  public void linearOfPairBackwardInput(
      int rows, int columns, Span dy, PreparedWeight weight, Span dFirst, boolean addsToFirst, Span dSecond,
      boolean addsToSecond) {
    if (rows > 0) {
      pairs.backwardInput(rows, columns, dy, prepared(weight), dFirst, addsToFirst, dSecond, addsToSecond);
    }
  }

  @Override
  public void linearOfPairBackwardWeight(
      int rows, int columns, Span first, Span second, Span dy, int outFeatures, Span dWeight, Span dBias,
      boolean accumulate) {
    pairs.backwardWeight(rows, columns, first, second, dy, outFeatures, dWeight, dBias, accumulate);
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
