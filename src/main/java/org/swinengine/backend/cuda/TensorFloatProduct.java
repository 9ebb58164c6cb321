package org.swinengine.backend.cuda;

import org.swinengine.backend.DropoutMask;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.Span;

/**
 * One launch of a product of {@code tf32.cu}, or with dropout of {@code tf32Dropout.cu}: float32 operands,
 * which the tensor cores round to TF32. Kernels differ in speed alone: each adds an element's terms in the
 * same order, and finishes it by the same steps.
 */
final class TensorFloatProduct {
  private static final String FAMILY = "tf32";

  /** The same products with dropout behind them. */
  private static final String DROPOUT_FAMILY = "tf32Dropout";
  private static final int THREADS = 128;

  /** Floats that are copied at once. */
  private static final int CHUNK = 4;

  /** Terms of a strip, of which three of each operand are in shared memory. */
  private static final int STRIP = 16;

  private final CudaDevice device;

  TensorFloatProduct(CudaDevice device) {
    this.device = device;
  }

  /** {@link Product#run}; no kernel keeps statistics of rows. Types of operands have been looked at. */
  void run(Gemm sizes, Span a, Span b, Span c, Epilogue epilogue, int slices, int stretch) {
    for (int first = 0; first < sizes.batches(); first += ProductTiles.MOST_RESULTS / slices) {
      int batches = Math.min(ProductTiles.MOST_RESULTS / slices, sizes.batches() - first);
      launch(sizes, first, batches, a, b, c, epilogue, slices, stretch);
    }
  }

  private void launch(
      Gemm sizes, int first, int batches, Span a, Span b, Span c, Epilogue epilogue, int slices,
      int stretch) {
    boolean whole = Product.consistsOfChunks(sizes, a, b, CHUNK);
    boolean large = ProductTiles.areLarge(sizes.m(), sizes.n(), (long) batches * slices);
    int tile = large && whole ? ProductTiles.LARGE : ProductTiles.SMALL;
    DropoutMask dropout = epilogue.dropout();
    String layout = (sizes.transposeA() ? "t" : "n") + (sizes.transposeB() ? "t" : "n");
    String kind = (dropout == null ? "" : "dropout_") + (whole ? "" + tile : "any");
    String family = dropout == null ? FAMILY : DROPOUT_FAMILY;
    Launch launch = device
        .launch(device.kernel(family, "product_" + layout + "_" + kind + "_tf32"))
        .grid(ProductTiles.blocks(sizes.m(), sizes.n(), tile), 1, (long) batches * slices)
        .block(THREADS)
        .shared(3 * 2 * tile * STRIP * Float.BYTES);
    Product.matrices(launch, sizes, a, b, c, first, batches, slices, stretch, epilogue);
    if (dropout != null) {
      Product.mask(launch, dropout);
    }
    launch.run();
  }
}
