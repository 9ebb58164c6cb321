package org.swinengine.backend.cuda;

import org.jspecify.annotations.Nullable;
import org.swinengine.backend.DType;
import org.swinengine.backend.DropoutMask;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.Span;

/**
 * One launch of a product of {@code matrix.cu}: chooses the kernel and the grid. Kernels differ in speed
 * alone: each adds an element's terms in the same order, and finishes it by the same steps.
 */
final class Product {
  private static final String FAMILY = "matrix";

  /** The same products with dropout behind them. */
  private static final String DROPOUT_FAMILY = "matrixDropout";

  /** Elements of bf16 that are copied at once. */
  private static final int CHUNK = 8;

  private static final int THREADS_FLOAT32 = 256;

  /** Terms of a float32 sum that are added up by themselves, as on the processor. */
  private static final int DEPTH_BLOCK = 768;

  /** Columns of a row that two numbers stand for: {@code rowStatistics.cuh}. */
  private static final int STATISTICS_COLUMNS = 32;

  // Kinds of epilogues.
  private static final String BIAS = "bias_";
  private static final String GELU = "gelu_";
  private static final String RESIDUAL = "residual_";
  private static final String GELU_GRADIENT = "geluGradient_";
  private static final String ANY_DROPOUT = "dropout_any";

  private final CudaDevice device;
  private final @Nullable TensorFloatProduct tensorFloat;

  /** @param tensorFloat whether the tensor cores multiply float32 operands, which they round to TF32 */
  Product(CudaDevice device, boolean tensorFloat) {
    this.device = device;
    this.tensorFloat = tensorFloat ? new TensorFloatProduct(device) : null;
  }

  /** Whether products of operands of a type have the processor's order of additions, and so its bits. */
  boolean addsInOrder(DType type) {
    return type == DType.FLOAT32 && tensorFloat == null;
  }

  /**
   * {@code C = epilogue(alpha·op(A)·op(B) + beta·C)}.
   *
   * @param epilogue its {@code accumulate} is not looked at: there is beta for it. {@link
   *     Epilogue#ACCUMULATE} itself is what a layer passes, whose result is dense
   * @param slices parts of the inner dimension, whose products are written one after the other to C {@code
   *     [slices, m, n]}; 1 as a rule
   * @param stretch length of a part, a multiple of 32 where there are several
   * @return whether the kernel keeps the epilogue's statistics of rows
   */
  boolean run(Gemm sizes, Span a, Span b, Span c, Epilogue epilogue, int slices, int stretch) {
    if (sizes.m() == 0 || sizes.n() == 0 || sizes.batches() == 0) {
      return true;
    }
    DType type = a.buffer().dtype();
    String name = "product";
    CudaBuffer.checkType(name, "the right operand", b, type);
    CudaBuffer.checkType(name, "the bias", epilogue.bias(), DType.FLOAT32);
    CudaBuffer.checkType(name, "the factors of rows", epilogue.rowScale(), DType.FLOAT32);
    CudaBuffer.checkType(name, "the pre-activation", epilogue.preActivation(), type);
    CudaBuffer.checkType(name, "the pre-activation", epilogue.geluGradientOf(), type);
    CudaBuffer.checkType(name, "the residual", epilogue.residual(), type);
    if (type == DType.FLOAT32 && tensorFloat != null) {
      tensorFloat.run(sizes, a, b, c, epilogue, slices, stretch);
      return false;
    }
    if (sizes.beta() == 1 && epilogue.equals(Epilogue.ACCUMULATE) && type == DType.BF16) {
      // The same sum; a residual is brought while the product goes on.
      sizes = new Gemm(
          sizes.transposeA(), sizes.transposeB(), sizes.m(), sizes.n(), sizes.k(), sizes.alpha(), 0,
          sizes.strideA(), sizes.strideB(), sizes.strideC(), 1, 0, 0, 0);
      epilogue = Epilogue.biasResidual(null, null, 1, c);
    }
    boolean kept = false;
    for (int first = 0; first < sizes.batches(); first += ProductTiles.MOST_RESULTS / slices) {
      int batches = Math.min(ProductTiles.MOST_RESULTS / slices, sizes.batches() - first);
      kept = launch(sizes, first, batches, a, b, c, epilogue, null, slices, stretch);
    }
    return kept;
  }

  /**
   * What a product takes its left operand's rows to be normalised with, whose weight and bias have the norm's
   * parameters folded in.
   *
   * @param weightSums {@code [n]}: sums of the right operand's rows
   * @param statistics of A's rows: {@code rowStatistics.cuh}
   * @param size elements of these
   * @param epsilon of the LayerNorm
   */
  record Normalization(Span weightSums, Span statistics, long size, double epsilon) {}

  /** Whether there is a kernel that normalises the rows of a layer; its weight is aligned in any case. */
  boolean normalizes(Gemm sizes, Span a, Span c, Epilogue epilogue) {
    String kind = consistsOfChunks(sizes, a, a) ? finish(sizes, c, epilogue, 1) : "";
    return a.buffer().dtype() == DType.BF16 && epilogue.preActivation() == null && epilogue.dropout() == null
        && (kind.equals(BIAS) || kind.equals(GELU) && epilogue.rowStatistics() == null);
  }

  /** {@link #run} of a layer for which {@link #normalizes} holds. */
  boolean runNormalizing(
      Gemm sizes, Span a, Span b, Span c, Epilogue epilogue, Normalization normalization) {
    CudaNorm.checkRowStatistics(normalization.statistics);
    return launch(sizes, 0, 1, a, b, c, epilogue, normalization, 1, sizes.k());
  }

  private boolean launch(
      Gemm sizes, int first, int batches, Span a, Span b, Span c, Epilogue epilogue,
      Normalization normalization, int slices, int stretch) {
    CudaNorm.checkRowStatistics(epilogue.rowStatistics());
    boolean half = a.buffer().dtype() == DType.BF16;
    boolean large = ProductTiles.areLarge(sizes.m(), sizes.n(), (long) batches * slices);
    boolean whole = !half || consistsOfChunks(sizes, a, b);
    int tile = large && whole ? ProductTiles.LARGE : ProductTiles.SMALL;
    String layout = (sizes.transposeA() ? "t" : "n") + (sizes.transposeB() ? "t" : "n");
    String finish = whole ? finish(sizes, c, epilogue, slices) : "any";
    Span statistics = epilogue.rowStatistics();
    DropoutMask dropout = epilogue.dropout();
    boolean keeps =
        statistics != null && dropout == null && (finish.equals(RESIDUAL) || normalization != null);
    if (dropout != null) {
      finish = dropping(finish, sizes.transposeB(), half);
      whole &= !finish.equals(ANY_DROPOUT);
      tile = large && whole ? ProductTiles.LARGE : ProductTiles.SMALL;
    } else if (normalization != null) {
      finish = finish.equals(GELU) ? "normGelu_" : "normBias_";
    } else if (keeps) {
      finish = "residualStatistics_";
    }
    String kind = whole ? finish + tile : finish;
    int ring = half ? 3 * 2 * tile * 32 * Short.BYTES : earlierBlocks(Math.min(sizes.k(), stretch), tile);
    int shared = ring + (normalization == null ? 0 : tile * 2 * Float.BYTES);
    // Of any launch of the kernel. Beside a large float32 tile's static memory it is more than 48 KiB.
    int most = half ? shared : tile * tile * Float.BYTES;
    String types = half ? "bf16" : "f32";
    String name = "product_" + layout + "_" + kind + "_" + types;
    int n = sizes.n();
    long dense = (long) sizes.m() * n;
    String family = dropout == null ? FAMILY : DROPOUT_FAMILY;
    Launch launch = device
        .launch(
            half && normalization == null
                ? device.kernel(family, name)
                : device.kernel(family, name, most))
        .grid(ProductTiles.blocks(sizes.m(), n, tile), 1, (long) batches * slices)
        .block(half ? 2 * tile : THREADS_FLOAT32)
        .shared(shared);
    matrices(launch, sizes, a, b, c, first, batches, slices, stretch, epilogue)
        .span(normalization == null ? null : normalization.weightSums, n)
        .span(normalization == null ? null : normalization.statistics,
            normalization == null ? 0 : normalization.size)
        .real(normalization == null ? 0 : normalization.epsilon)
        .span(keeps ? statistics : null, dense / STATISTICS_COLUMNS * 2);
    if (dropout != null) {
      mask(launch, dropout);
    }
    launch.run();
    return keeps;
  }

  /** Gives a launch the sizes, the matrices and the epilogue: productOperands.cuh. */
  static Launch matrices(
      Launch launch, Gemm sizes, Span a, Span b, Span c, int first, int batches, int slices, int stretch,
      Epilogue epilogue) {
    int m = sizes.m();
    int n = sizes.n();
    int k = sizes.k();
    long dense = (long) m * n;
    long rows = epilogue.rowScale() == null ? 0 : (m - 1) / epilogue.rowsPerScale() + 1;
    return launch
        .size("m", m)
        .size("n", n)
        .size("k", k)
        .address(a, operand(a, sizes.transposeA() ? k : m, sizes.transposeA() ? m : k, sizes.strideA(), first,
            batches,
            sizes.batchStrideA()))
        .longSize("stride of A", sizes.strideA())
        .longSize("batch stride of A", sizes.batchStrideA())
        .address(b, operand(b, sizes.transposeB() ? n : k, sizes.transposeB() ? k : n, sizes.strideB(), first,
            batches,
            sizes.batchStrideB()))
        .longSize("stride of B", sizes.strideB())
        .longSize("batch stride of B", sizes.batchStrideB())
        .address(c, operand(c, m * (long) slices, n, sizes.strideC(), first, batches, sizes.batchStrideC()))
        .longSize("stride of C", sizes.strideC())
        .longSize("batch stride of C", sizes.batchStrideC())
        .size("slices", slices)
        .size("stretch", stretch)
        .real(sizes.alpha())
        .real(sizes.beta())
        .span(epilogue.bias(), n)
        .span(epilogue.preActivation(), dense)
        .flag(epilogue.gelu())
        .span(epilogue.geluGradientOf(), dense)
        .span(epilogue.rowScale(), rows)
        .size("rows per scale", epilogue.rowsPerScale())
        .span(epilogue.residual(), dense);
  }

  /** Gives a launch, behind all else, which elements dropout keeps: productOperands.cuh. */
  static void mask(Launch launch, DropoutMask dropout) {
    CudaRandom.key(launch, dropout.key(), dropout.firstSample())
        .size("rows per sample", dropout.rowsPerSample())
        .word(RandomKey.threshold(dropout.keepProbability()))
        .real(1 / dropout.keepProbability())
        .whereNumbersAre();
  }

  /** Of the name of the kernel with dropout, from that of the one without. */
  private static String dropping(String finish, boolean forward, boolean half) {
    if (!half) {
      return "dropout_";
    }
    if (forward && (finish.equals(BIAS) || finish.equals(RESIDUAL))) {
      return "residualDropout_";
    }
    return finish.equals(GELU) || finish.equals(GELU_GRADIENT)
        ? finish.replace("_", "Dropout_")
        : ANY_DROPOUT;
  }

  /** Bytes for what earlier blocks of a float32 tile's inner dimension have added up to. */
  private static int earlierBlocks(int depth, int tile) {
    return depth > DEPTH_BLOCK ? tile * tile * Float.BYTES : 0;
  }

  /** Address of the first matrix of a launch; checks that the last one's last element is there. */
  static long operand(
      Span x, long rows, long columns, long stride, int first, int batches, long batchStride) {
    if (rows == 0 || columns == 0) {
      return CudaBuffer.address(x);
    }
    long last = (first + batches - 1) * batchStride + (rows - 1) * stride + columns;
    return CudaBuffer.address(x, last) + first * batchStride * x.buffer().dtype().bytes();
  }

  /**
   * Of the name of the kernel for a large or small tile: the kind of epilogue that a kernel is made for, or
   * nothing for the kernel that does every epilogue.
   */
  private static String finish(Gemm sizes, Span c, Epilogue epilogue, int slices) {
    boolean layer = !sizes.transposeA() && slices == 1 && sizes.batches() == 1 && sizes.alpha() == 1;
    boolean forward = sizes.transposeB();
    if (!layer || c.buffer().dtype() != DType.BF16 || sizes.strideC() != sizes.n()
        || !consistsOfChunks(sizes.n(), c, epilogue)) {
      return "";
    }
    boolean fresh = sizes.beta() == 0;
    boolean pure = fresh && epilogue.rowScale() == null;
    Span residual = epilogue.residual();
    if (epilogue.gelu()) {
      return forward && pure && epilogue.geluGradientOf() == null && residual == null ? GELU : "";
    }
    if (epilogue.preActivation() != null) {
      return "";
    }
    if (epilogue.geluGradientOf() != null) {
      return !forward && fresh && epilogue.bias() == null && residual == null ? GELU_GRADIENT : "";
    }
    if (residual != null || epilogue.rowScale() != null) {
      return fresh ? RESIDUAL : "";
    }
    return fresh ? BIAS : "";
  }

  /** Whether rows of the result and of the epilogue's operands consist of 16-byte chunks. */
  private static boolean consistsOfChunks(int columns, Span c, Epilogue epilogue) {
    long addresses = CudaBuffer.place(c);
    for (Span operand : new Span[] {epilogue.bias(), epilogue.preActivation(), epilogue.geluGradientOf(),
      epilogue.residual()}) {
      addresses |= operand == null ? 0 : CudaBuffer.place(operand);
    }
    return consistsOfChunks(columns) && addresses % (CHUNK * Short.BYTES) == 0;
  }

  /** Whether aligned rows of so many columns do. */
  static boolean consistsOfChunks(int columns) {
    return columns % CHUNK == 0;
  }

  private static boolean consistsOfChunks(Gemm sizes, Span a, Span b) {
    return consistsOfChunks(sizes, a, b, CHUNK);
  }

  /** Whether copies of 16 bytes, {@code chunk} elements, bring exactly what belongs to the operands. */
  static boolean consistsOfChunks(Gemm sizes, Span a, Span b, int chunk) {
    long addresses = CudaBuffer.place(a) | CudaBuffer.place(b);
    long lengths =
        sizes.strideA()
            | sizes.strideB()
            | (sizes.transposeA() ? sizes.m() : sizes.k())
            | (sizes.transposeB() ? sizes.k() : sizes.n())
            | sizes.batchStrideA()
            | sizes.batchStrideB();
    return addresses % (CHUNK * Short.BYTES) == 0 && lengths % chunk == 0;
  }
}
