package org.swinengine.backend.cuda;

import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.Span;

/**
 * Layers of two tensors side by side in bf16, {@code pair.cu}: nothing puts the two together, and nothing
 * takes their gradients apart. Operands that do not begin on 16 bytes, which no tensor of a model does, go
 * through a copy that holds both.
 */
final class PairProducts {
  static final String FAMILY = "pair";

  /** Terms that are brought at a time, which lie in one of the two; a warp's columns too. */
  private static final int STRIP = 32;

  /** Elements of bf16 that are copied at once. */
  private static final int CHUNK = 8;

  private final CudaDevice device;
  private final CudaMemory memory;
  private final Product product;
  private final CudaWeightGradient weightGradient;

  PairProducts(
      CudaDevice device, CudaMemory memory, Product product, CudaWeightGradient weightGradient) {
    this.device = device;
    this.memory = memory;
    this.product = product;
    this.weightGradient = weightGradient;
  }

  /**
   * Whether the kernels take rows of this type and these lengths.
   *
   * @param columns of each of the two
   */
  static boolean take(DType type, int columns, int out) {
    return type == DType.BF16 && columns > 0 && columns % STRIP == 0 && out > 0 && out % CHUNK == 0;
  }

  private static void check(String name, int columns, int out, Span first, Span second) {
    if (!take(first.buffer().dtype(), columns, out)) {
      throw new IllegalArgumentException(
          name + ": no kernel takes pairs of " + columns + " columns of " + first.buffer().dtype() + " and "
              + out + " features");
    }
    CudaBuffer.checkType(name, "the second tensor", second, DType.BF16);
  }

  /** {@code y = [first | second]·Wᵀ + bias}; rows are at least one. */
  void linear(
      int rows, int columns, Span first, Span second, CudaPreparedWeight weight, @Nullable Span bias,
      Span y) {
    int out = weight.outFeatures();
    check("linearOfPair", columns, out, first, second);
    CudaBuffer.checkType("linearOfPair", "the bias", bias, DType.FLOAT32);
    CudaBuffer.checkType("linearOfPair", "the result", y, DType.BF16);
    Gemm sizes = Gemm.dense(false, true, rows, out, 2 * columns);
    Span w = weight.in(DType.BF16);
    if (!beginOnChunks(first, second, w, bias, y)) {
      Buffer both = sideBySide(rows, columns, first, second);
      product.run(sizes, both, w, y, Epilogue.bias(bias), 1, sizes.k());
      both.release();
      return;
    }
    long n = (long) rows * columns;
    launch(sizes, "nt")
        .span(first, n)
        .span(second, n)
        .span(w, (long) out * sizes.k())
        .span(y, (long) rows * out)
        .span(bias, out)
        .run();
  }

  /** {@code [dFirst | dSecond] = dy·W}, each replaced or added to; rows are at least one. */
  void backwardInput(
      int rows, int columns, Span dy, CudaPreparedWeight weight, @Nullable Span dFirst, boolean addsToFirst,
      @Nullable Span dSecond, boolean addsToSecond) {
    int out = weight.outFeatures();
    Span w = weight.in(DType.BF16);
    check("linearOfPairBackwardInput", columns, out, dy, dSecond);
    CudaBuffer.checkType("linearOfPairBackwardInput", "the first gradient", dFirst, DType.BF16);
    boolean together = dFirst != null && dSecond != null && !addsToFirst && !addsToSecond;
    if (!together || !beginOnChunks(dy, w, dFirst, dSecond)) {
      if (dFirst != null) {
        backwardInput(rows, columns, dy, out, w, addsToFirst, dFirst);
      }
      if (dSecond != null) {
        backwardInput(rows, columns, dy, out, Part.of(w, columns), addsToSecond, dSecond);
      }
      return;
    }
    Gemm sizes = Gemm.dense(false, false, rows, 2 * columns, out);
    long n = (long) rows * columns;
    launch(sizes, "nn")
        .span(dy, (long) rows * out)
        .span(w, (long) out * sizes.n())
        .span(dFirst, n)
        .span(dSecond, n)
        .run();
  }

  /** The gradient of one of the two, whose columns of the weight begin at {@code w}. */
  private void backwardInput(int rows, int columns, Span dy, int out, Span w, boolean adds, Span dx) {
    Gemm sizes =
        new Gemm(
            false, false, rows, columns, out, 1, adds ? 1 : 0, out, 2 * columns, columns, 1, 0, 0, 0);
    product.run(sizes, dy, w, dx, adds ? Epilogue.ACCUMULATE : Epilogue.NONE, 1, out);
  }

  /** {@code dWeight = dyᵀ·[first | second]} and {@code dBias = Σ_rows dy}. */
  void backwardWeight(
      int rows, int columns, Span first, Span second, Span dy, int out, Span dWeight, @Nullable Span dBias,
      boolean accumulate) {
    check("linearOfPairBackwardWeight", columns, out, first, second);
    int in = 2 * columns;
    if (!weightGradient.runPair(rows, first, second, dy, out, in, dWeight, dBias, accumulate)) {
      Buffer both = sideBySide(rows, columns, first, second);
      weightGradient.run(rows, both, dy, null, out, in, dWeight, dBias, accumulate);
      both.release();
    }
  }

  private Launch launch(Gemm sizes, String layout) {
    boolean large = ProductTiles.areLarge(sizes.m(), sizes.n(), 1);
    int tile = large ? ProductTiles.LARGE : ProductTiles.SMALL;
    return device
        .launch(device.kernel(FAMILY, "product_" + layout + "_pair_" + tile + "_bf16"))
        .grid(ProductTiles.blocks(sizes.m(), sizes.n(), tile))
        .block(2 * tile)
        .shared(3 * 2 * tile * STRIP * Short.BYTES)
        .size("m", sizes.m())
        .size("n", sizes.n())
        .size("k", sizes.k());
  }

  /** The two in memory of their own. */
  private Buffer sideBySide(int rows, int columns, Span first, Span second) {
    Buffer both = memory.allocate(DType.BF16, 2L * rows * columns);
    if (rows > 0) {
      memory.copyRows(rows, columns, first, columns, both, 2L * columns);
      memory.copyRows(rows, columns, second, columns, Part.of(both, columns), 2L * columns);
    }
    return both;
  }

  /** Whether all of them, any of which may be null, begin on 16 bytes. */
  private static boolean beginOnChunks(@Nullable Span... operands) {
    long places = 0;
    for (Span operand : operands) {
      places |= operand == null ? 0 : CudaBuffer.place(operand);
    }
    return places % (CHUNK * Short.BYTES) == 0;
  }
}
