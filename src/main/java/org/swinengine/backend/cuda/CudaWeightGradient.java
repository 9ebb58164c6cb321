package org.swinengine.backend.cuda;

import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.KernelMemory;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.RowFactors;
import org.swinengine.backend.Span;

/**
 * Gradients of a layer's weight and bias: a product with a small result and a long inner dimension, all rows
 * of a batch, which is cut into slices whose sums are added in order. In bf16 the bias's sums come from the
 * same kernel and DropPath's factors go into it ({@code weightGradient.cuh}). In float32 both are kernels of
 * their own, slices have 256 rows, and their sums are added in ascending order: the processor's order, so its
 * bits. In TF32 slices are as in bf16, biases and factors as in float32.
 */
final class CudaWeightGradient {
  /** Blocks that a product should have at least: two for each multiprocessor of a large GPU. */
  private static final int WANTED_BLOCKS = 264;

  private static final String FAMILY = "matrix";

  /** Rows below which another slice is not worth its trip through memory. */
  private static final int FEWEST_ROWS_OF_A_SLICE = 512;

  private static final int STRIP = 32;

  /** Rows of a slice at most where the kernel holds a bit of each: two blocks have the shared memory. */
  private static final int MOST_ROWS_WITH_BITS = 8192;

  /** Slices that are made for that where fewer would do. */
  private static final int MOST_SLICES_FOR_ONE = 4;

  /** Elements of bf16 that are copied at once. */
  private static final int CHUNK = 8;

  /** Rows of a slice in float32; the processor's. */
  private static final int ROWS_IN_ORDER = 256;

  /** As many as a grid can have, and more. */
  private static final int MOST_SLICES = 65535;

  /** Elements that slices' results in float32 have at most at a time, 64 MiB, where one has no more. */
  private static final long MOST_IN_ORDER = 1 << 24;

  private final CudaDevice device;
  private final CudaMemory memory;
  private final CudaPointwise pointwise;
  private final CudaReduce reduce;
  private final PartialSums partialSums;
  private final Product product;
  private final @Nullable CudaBlas blas;

  CudaWeightGradient(
      CudaDevice device, CudaMemory memory, CudaPointwise pointwise, CudaReduce reduce, Product product,
      @Nullable CudaBlas blas) {
    this.device = device;
    this.memory = memory;
    this.pointwise = pointwise;
    this.reduce = reduce;
    this.partialSums = new PartialSums(device);
    this.product = product;
    this.blas = blas;
  }

  /** Rows, and how they are cut into slices of {@code stretch}. */
  private record Slices(int rows, int count, int stretch) {
    static Slices of(int rows, int out, int in, boolean withBits) {
      long tiles = Math.max(1, ProductTiles.blocks(out, in, ProductTiles.LARGE));
      long wanted =
          Math.min(Grids.blocks(WANTED_BLOCKS, (int) tiles), Grids.blocks(rows, FEWEST_ROWS_OF_A_SLICE));
      int stretch = (int) (Grids.blocks(Grids.blocks(rows, (int) Math.max(1, wanted)), STRIP) * STRIP);
      if (withBits && stretch <= MOST_SLICES_FOR_ONE * MOST_ROWS_WITH_BITS) {
        stretch = Math.min(stretch, MOST_ROWS_WITH_BITS);
      }
      return new Slices(
          rows, (int) Math.max(1, Grids.blocks(rows, Math.max(1, stretch))), Math.max(1, stretch));
    }
  }

  /**
   * {@code dWeight = (s·dy)ᵀ·x} and {@code dBias = Σ_rows s·dy}.
   *
   * @param x {@code [rows, in]}, behind its prologue
   * @param factors s of each row, or null
   * @param dBias null: not wanted
   * @param dy {@code [rows, out]}
   */
  void run(
      int rows, Span x, Span dy, RowFactors factors, int out, int in, Span dWeight,
      Span dBias, boolean accumulate) {
    run(rows, x, null, dy, factors, out, in, dWeight, dBias, accumulate);
  }

  /**
   * The same in bf16 of a layer that reads {@code [first | second]}, without DropPath.
   *
   * @param in columns of both together, which {@link PairProducts#take}
   * @return false, and nothing is done, where operands do not begin on 16 bytes
   */
  boolean runPair(
      int rows, Span first, Span second, Span dy, int out, int in, Span dWeight, Span dBias,
      boolean accumulate) {
    if (!consistsOfChunks(first, dy, out, in) || !consistsOfChunks(second, dy, out, in)) {
      return false;
    }
    run(rows, first, second, dy, null, out, in, dWeight, dBias, accumulate);
    return true;
  }

  private void run(
      int rows, Span x, @Nullable Span second, Span dy, RowFactors factors, int out, int in, Span dWeight,
      Span dBias, boolean accumulate) {
    DType type = dy.buffer().dtype();
    CudaBuffer.checkType("linearBackwardWeight", "the rows", x, type);
    CudaBuffer.checkType("linearBackwardWeight", "the weight's gradient", dWeight, DType.FLOAT32);
    CudaBuffer.checkType("linearBackwardWeight", "the bias's gradient", dBias, DType.FLOAT32);
    if (rows == 0) {
      factors = null;
    }
    if (factors == null && second == null && blas != null
        && blas.product(dense(rows, out, in, accumulate), dy, x, dWeight, Epilogue.NONE)) {
      if (dBias != null) {
        reduce.sumRows(rows, out, dy, dBias, accumulate);
      }
      return;
    }
    if (type == DType.FLOAT32 && factors == null) {
      if (product.addsInOrder(type)) {
        productInOrder(rows, x, dy, out, in, dWeight, accumulate);
      } else {
        productInSlices(rows, x, dy, out, in, dWeight, accumulate);
      }
      if (dBias != null && rows > 0 && out > 0) {
        reduce.sumInOrder(rows, out, dy, ROWS_IN_ORDER, true, dBias, accumulate);
      } else if (dBias != null) {
        reduce.sumRows(rows, out, dy, dBias, accumulate);
      }
      return;
    }
    Slices slices = Slices.of(rows, out, in, factors != null);
    boolean joins = out > 0 && in > 0;
    boolean whole = joins && type == DType.BF16 && consistsOfChunks(x, dy, out, in);
    if (factors != null && !takesFactors(slices, whole)) {
      Buffer scaled = scaled(rows, out, dy, factors);
      run(rows, x, scaled, null, out, in, dWeight, dBias, accumulate);
      scaled.release();
      return;
    }
    long n = (long) out * in;
    long biases = joins && dBias != null ? out : 0;
    boolean isCut = slices.count > 1;
    Buffer partials = isCut ? memory.scratch(slices.count * (n + biases)) : null;
    boolean adds = accumulate && !isCut;
    if (joins) {
      Span biasSums = biases == 0 ? null : isCut ? Part.of(partials, n) : dBias;
      launch(slices, x, second, dy, factors, out, in, isCut ? partials : dWeight, biasSums, adds, whole);
    } else {
      product.run(dense(rows, out, in, adds), dy, x, isCut ? partials : dWeight, Epilogue.NONE, slices.count,
          isCut ? slices.stretch : Math.max(rows, 1));
    }
    if (isCut) {
      partialSums.addTwo(
          slices.count, partials, n, dWeight, biases, biases == 0 ? null : dBias, accumulate);
      partials.release();
    }
    if (dBias != null && !joins) {
      reduce.sumRows(rows, out, dy, dBias, accumulate);
    }
  }

  /** Whether the kernel takes DropPath's factors into itself. */
  private static boolean takesFactors(Slices slices, boolean whole) {
    return whole && slices.stretch <= MOST_ROWS_WITH_BITS;
  }

  /** The same by sizes alone, as if all operands began on 16 bytes. */
  private static boolean takesFactors(DType type, int rows, int out, int in) {
    boolean whole = type == DType.BF16 && consistsOfChunks(out, in);
    return takesFactors(Slices.of(rows, out, in, true), whole);
  }

  /** What {@link #run} takes for slices' results of a layer of these sizes, at a time. */
  KernelMemory.Parts parts(
      DType type, int rows, int out, int in, boolean hasFactors, boolean wantsBias) {
    long n = (long) out * in;
    if (product.addsInOrder(type)) {
      return new KernelMemory.Parts((long) Float.BYTES * n * slicesInOrder(rows, n), false);
    }
    boolean withBits = hasFactors && takesFactors(type, rows, out, in);
    int count = Slices.of(rows, out, in, withBits).count;
    boolean withBiases = wantsBias && type == DType.BF16;
    return count <= 1 || n == 0 ? KernelMemory.Parts.NONE
        : new KernelMemory.Parts((long) Float.BYTES * count * (n + (withBiases ? out : 0)), true);
  }

  /** Bytes that it takes for a copy of dy with DropPath's factors in it. */
  long scaledRows(DType type, int rows, int out, int in) {
    return takesFactors(type, rows, out, in) ? 0 : (long) rows * out * type.bytes();
  }

  /** Slices of a product in float32 of {@code n} elements at a time; 0: it is not cut. */
  private static int slicesInOrder(int rows, long n) {
    long count = Grids.blocks(rows, ROWS_IN_ORDER);
    return count <= 1 || n == 0 ? 0
        : (int) Math.max(1, Math.min(Math.min(count, MOST_SLICES), MOST_IN_ORDER / n));
  }

  /** The product in float32: slices' results, some at a time, added to it in ascending order. */
  private void productInOrder(
      int rows, Span x, Span dy, int out, int in, Span dWeight, boolean accumulate) {
    long n = (long) out * in;
    int count = (int) Grids.blocks(rows, ROWS_IN_ORDER);
    int atOnce = slicesInOrder(rows, n);
    if (atOnce == 0) {
      product.run(
          dense(rows, out, in, accumulate), dy, x, dWeight, Epilogue.NONE, 1, Math.max(rows, 1));
      return;
    }
    Buffer partials = memory.scratch(atOnce * n);
    for (int first = 0; first < count; first += atOnce) {
      int slices = Math.min(atOnce, count - first);
      int row = first * ROWS_IN_ORDER;
      int some = Math.min(rows - row, slices * ROWS_IN_ORDER);
      product.run(
          dense(some, out, in, false), Part.of(dy, (long) row * out), Part.of(x, (long) row * in), partials,
          Epilogue.NONE, slices, ROWS_IN_ORDER);
      reduce.sumInOrder(slices, n, partials, slices, false, dWeight, accumulate || first > 0);
    }
    partials.release();
  }

  /** The product in TF32, in few slices: the tensor cores would wait for the memory of many. */
  private void productInSlices(
      int rows, Span x, Span dy, int out, int in, Span dWeight, boolean accumulate) {
    Slices slices = Slices.of(rows, out, in, false);
    if (slices.count == 1) {
      product.run(
          dense(rows, out, in, accumulate), dy, x, dWeight, Epilogue.NONE, 1, Math.max(rows, 1));
      return;
    }
    long n = (long) out * in;
    Buffer partials = memory.scratch(slices.count * n);
    product.run(
        dense(rows, out, in, false), dy, x, partials, Epilogue.NONE, slices.count, slices.stretch);
    partialSums.addTwo(slices.count, partials, n, dWeight, 0, null, accumulate);
    partials.release();
  }

  private static Gemm dense(int rows, int out, int in, boolean adds) {
    return new Gemm(true, false, out, in, rows, 1, adds ? 1 : 0, out, in, in, 1, 0, 0, 0);
  }

  private Buffer scaled(int rows, int columns, Span dy, RowFactors factors) {
    Buffer scaled = memory.allocate(dy.buffer().dtype(), (long) rows * columns);
    int each = factors.rowsPerFactor();
    int samples = rows / each;
    if (samples > 0) {
      pointwise.scaleRows(samples, (long) each * columns, dy, factors.factors(), scaled);
    }
    int rest = rows - samples * each;
    if (rest > 0) {
      long at = (long) samples * each * columns;
      pointwise.scaleRows(
          1, (long) rest * columns, Part.of(dy, at), Part.of(factors.factors(), samples),
          Part.of(scaled, at));
    }
    return scaled;
  }

  private void launch(
      Slices slices, Span x, @Nullable Span second, Span dy, RowFactors factors, int out, int in,
      Span dWeight, Span dBias, boolean adds, boolean whole) {
    boolean large = ProductTiles.areLarge(out, in, slices.count);
    int tile = large && whole ? ProductTiles.LARGE : ProductTiles.SMALL;
    String kind = (second != null ? "pair_" : factors == null ? "" : "kept_") + (whole ? "" + tile : "any");
    int words = factors == null ? 0 : (int) Grids.blocks(slices.stretch, STRIP);
    long rows = slices.rows;
    long n = (long) out * in;
    long each = n + (dBias == null ? 0 : out);
    long all = slices.count == 1 ? 0 : (slices.count - 1) * each;
    String name = "product_tn_" + kind + "_bf16f32";
    int ring = 3 * 2 * tile * STRIP * Short.BYTES;
    int most = ring + MOST_ROWS_WITH_BITS / STRIP * Integer.BYTES;
    String family = second == null ? FAMILY : PairProducts.FAMILY;
    Launch launch = device
        .launch(words == 0 ? device.kernel(family, name) : device.kernel(family, name, most))
        .grid(ProductTiles.blocks(out, in, tile), 1, slices.count)
        .block(2 * tile)
        .shared(ring + words * Integer.BYTES)
        .size("m", out)
        .size("n", in)
        .size("k", slices.rows)
        .span(dy, rows * out)
        .span(x, second == null ? rows * in : rows * (in / 2))
        .span(dWeight, all + n)
        .span(dBias, all + out)
        .longSize("stride of slices", each)
        .size("slices", slices.count)
        .size("stretch", slices.stretch)
        .real(adds ? 1 : 0);
    if (second != null) {
      launch.span(second, rows * (in / 2)).run();
      return;
    }
    launch
        .span(factors == null ? null : factors.factors(),
            factors == null ? 0 : (rows - 1) / factors.rowsPerFactor() + 1)
        .size("rows per scale", factors == null ? 1 : factors.rowsPerFactor())
        .run();
  }

  /** Whether asynchronous copies of 16 bytes bring exactly what belongs to the operands. */
  private static boolean consistsOfChunks(Span x, Span dy, int out, int in) {
    long addresses = CudaBuffer.address(x) | CudaBuffer.address(dy);
    return addresses % (CHUNK * Short.BYTES) == 0 && consistsOfChunks(out, in);
  }

  private static boolean consistsOfChunks(int out, int in) {
    return (out | in) % CHUNK == 0;
  }
}
