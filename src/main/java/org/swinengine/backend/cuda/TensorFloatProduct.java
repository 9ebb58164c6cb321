package org.swinengine.backend.cuda;

import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.Span;

/**
 * One launch of a product of {@code tf32.cu}: float32 operands, which the tensor cores round to TF32. Kernels
 * differ in speed alone: each adds an element's terms in the same order, and finishes it by the same steps.
 */
final class TensorFloatProduct {
  private static final String FAMILY = "tf32";
  private static final int LARGE = 128;
  private static final int SMALL = 64;
  private static final int THREADS = 128;

  /** Large tiles keep a large GPU busy from so many blocks on. */
  private static final int BUSY = 132;

  private static final int MOST_BATCHES = 65535;

  /** Floats that are copied at once. */
  private static final int CHUNK = 4;

  /** Terms of a strip, of which three of each operand are in shared memory. */
  private static final int STRIP = 16;

  private final CudaDevice device;

  TensorFloatProduct(CudaDevice device) {
    this.device = device;
  }

  /** Whether the kernels have all steps of an epilogue; one that has others is for float32's own kernels. */
  static boolean does(Epilogue epilogue) {
    Epilogue known =
        new Epilogue(
            epilogue.accumulate(), epilogue.bias(), epilogue.preActivation(), epilogue.gelu(),
            epilogue.geluGradientOf(), epilogue.rowScale(), epilogue.rowsPerScale(), epilogue.residual());
    return epilogue.equals(known.keeping(epilogue.rowStatistics()));
  }

  /** {@link Product#run}; no kernel keeps statistics of rows. Types of operands have been looked at. */
  void run(Gemm sizes, Span a, Span b, Span c, Epilogue epilogue, int slices, int stretch) {
    for (int first = 0; first < sizes.batches(); first += MOST_BATCHES / slices) {
      int batches = Math.min(MOST_BATCHES / slices, sizes.batches() - first);
      launch(sizes, first, batches, a, b, c, epilogue, slices, stretch);
    }
  }

  private void launch(
      Gemm sizes, int first, int batches, Span a, Span b, Span c, Epilogue epilogue, int slices,
      int stretch) {
    boolean whole = Product.consistsOfChunks(sizes, a, b, CHUNK);
    boolean large = Product.blocks(sizes, LARGE) * batches * slices >= BUSY;
    int tile = large && whole ? LARGE : SMALL;
    String layout = (sizes.transposeA() ? "t" : "n") + (sizes.transposeB() ? "t" : "n");
    String name = "product_" + layout + "_" + (whole ? "" + tile : "any") + "_tf32";
    int m = sizes.m();
    int n = sizes.n();
    int k = sizes.k();
    long dense = (long) m * n;
    long rows = epilogue.rowScale() == null ? 0 : (m - 1) / epilogue.rowsPerScale() + 1;
    device
        .launch(device.kernel(FAMILY, name))
        .grid(Product.blocks(sizes, tile), 1, (long) batches * slices)
        .block(THREADS)
        .shared(3 * 2 * tile * STRIP * Float.BYTES)
        .size("m", m)
        .size("n", n)
        .size("k", k)
        .address(a,
            Product.operand(a, sizes.transposeA() ? k : m, sizes.transposeA() ? m : k, sizes.strideA(),
                first, batches, sizes.batchStrideA()))
        .longSize("stride of A", sizes.strideA())
        .longSize("batch stride of A", sizes.batchStrideA())
        .address(b,
            Product.operand(b, sizes.transposeB() ? n : k, sizes.transposeB() ? k : n, sizes.strideB(),
                first, batches, sizes.batchStrideB()))
        .longSize("stride of B", sizes.strideB())
        .longSize("batch stride of B", sizes.batchStrideB())
        .address(c, Product.operand(c, m * (long) slices, n, sizes.strideC(), first, batches,
            sizes.batchStrideC()))
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
        .span(epilogue.residual(), dense)
        .run();
  }
}
