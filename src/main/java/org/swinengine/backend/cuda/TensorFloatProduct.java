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
    Launch launch = device
        .launch(device.kernel(FAMILY, name))
        .grid(Product.blocks(sizes, tile), 1, (long) batches * slices)
        .block(THREADS)
        .shared(3 * 2 * tile * STRIP * Float.BYTES);
    Product.matrices(launch, sizes, a, b, c, first, batches, slices, stretch, epilogue).run();
  }
}
