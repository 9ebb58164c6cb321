package org.swinengine.backend.cuda;

import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.DType;
import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;

/**
 * Sizes of a call of window attention, and of the blocks that compute it; {@code WindowBlock} in {@code
 * windowAttention.cuh} has the same numbers. Checks the operands that all calls have.
 */
final class WindowCall {
  private static final int WARP = 32;
  private static final int WARP_ROWS = 16;

  /** Channels of a head that there are kernels for, which take any smaller one too. */
  private static final int[] HEAD_DIMS = {32, 64, 128};

  /** The widest head that there is a kernel for. */
  static final int MOST_HEAD_CHANNELS = HEAD_DIMS[HEAD_DIMS.length - 1];

  /** The longest bias table of which a head's column is kept in shared memory: windows of up to 32×32. */
  private static final int LONGEST_SHARED_TABLE = 4096;

  /** Bytes of a tile of 64 tokens and 32 channels in bf16, of one of 64 × 64 probabilities, of 64 words. */
  private static final int WHOLE_TILE = 64 * 32 * Short.BYTES;
  private static final int WHOLE_SCORES = 64 * 64 * Short.BYTES;
  private static final int WHOLE_WORDS = 64 * Integer.BYTES;

  /** Bytes of shared memory of a block of the kernels for {@link #isWhole}. */
  static final int WHOLE_FORWARD = 2 * 3 * WHOLE_TILE + WHOLE_WORDS;

  static final int WHOLE_BACKWARD = 2 * 4 * WHOLE_TILE + 2 * WHOLE_SCORES + WHOLE_WORDS;

  private final WindowGeometry geometry;
  private final AttentionForm form;
  private final DType type;
  private final int windows;
  private final int paddedHeadDim;

  WindowCall(String operation, WindowGeometry geometry, AttentionForm form, Span qkv) {
    this.geometry = geometry;
    this.form = form;
    this.type = qkv.buffer().dtype();
    this.windows = sizeOf(operation, "windows", (long) geometry.batch() * geometry.windows());
    sizeOf(operation, "tokens", (long) geometry.batch() * geometry.height() * geometry.width());
    this.paddedHeadDim = paddedHeadDim(operation, form.headDim());
    CudaBuffer.checkType(operation, "the bias table", form.biasTable(), DType.FLOAT32);
    CudaBuffer.checkType(operation, "the bias matrix", form.biasMatrix(), DType.FLOAT32);
    CudaBuffer.checkType(operation, "the logit scale", form.logitScale(), DType.FLOAT32);
    CudaBuffer.checkType(operation, "the padded token's row", form.paddedQkv(), DType.FLOAT32);
  }

  private static int sizeOf(String operation, String what, long size) {
    if (size > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "cuda: " + operation + ": a batch of " + size + " " + what
              + " is more than the kernels can count (2^31 - 1); use a smaller batch");
    }
    return (int) size;
  }

  private static int paddedHeadDim(String operation, int headDim) {
    for (int padded : HEAD_DIMS) {
      if (headDim <= padded) {
        return padded;
      }
    }
    throw new IllegalArgumentException(
        "cuda: " + operation + ": heads have " + headDim + " channels, but there are kernels for up to "
            + MOST_HEAD_CHANNELS + "; use more heads, or `device` cpu");
  }

  WindowGeometry geometry() {
    return geometry;
  }

  AttentionForm form() {
    return form;
  }

  /** Type of the activations. */
  DType type() {
    return type;
  }

  boolean isHalf() {
    return type == DType.BF16;
  }

  /** Windows of all images. */
  int windows() {
    return windows;
  }

  /** Channels of a head for which the kernels are made that serve it. */
  int paddedHeadDim() {
    return paddedHeadDim;
  }

  /** Elements of an activation. */
  long elements() {
    return (long) geometry.batch() * geometry.height() * geometry.width() * form.channels();
  }

  /** Row maxima and sums of a call. */
  long statistics() {
    return 2 * rows();
  }

  /** Rows of logits: windows, heads and queries. */
  long rows() {
    return (long) windows * form.heads() * geometry.windowTokens();
  }

  /** Logits of one window. */
  long logits() {
    return (long) form.heads() * geometry.windowTokens() * geometry.windowTokens();
  }

  /** Tokens that a block takes at once. */
  int tile() {
    return paddedHeadDim <= (isHalf() ? 64 : 32) ? 64 : 32;
  }

  /** Tiles of a window. */
  int tiles() {
    return (int) Grids.blocks(geometry.windowTokens(), tile());
  }

  int threads() {
    return tile() / WARP_ROWS * WARP;
  }

  /** Windows that a block goes over, when there shall be {@code slices} runs of windows at most. */
  int windowsOfBlock(long slices) {
    return (int) Grids.blocks(windows, (int) Math.max(1, Math.min(windows, slices)));
  }

  /** Whether a head's column of the bias table is kept in shared memory and is all the bias that there is. */
  boolean isTableInShared() {
    return form.biasTable() != null
        && form.biasMatrix() == null
        && geometry.biasTableRows() <= LONGEST_SHARED_TABLE;
  }

  /**
   * Whether {@code windowAttentionWhole.cuh} computes this form: bf16, heads of 32 channels, windows of up to
   * 64 tokens, no padding, no cosines, no bias but a table, and activations that start on 16 bytes.
   */
  boolean isWhole(Span... activations) {
    long addresses = 0;
    for (Span activation : activations) {
      addresses |= CudaBuffer.address(activation);
    }
    return isHalf()
        && form.headDim() == 32
        && tiles() == 1
        && !geometry.isPadded()
        && form.logitScale() == null
        && form.biasMatrix() == null
        && addresses % 16 == 0;
  }

  /** Bytes of shared memory that a block takes. */
  int shared(int tiles, int scoreTiles, int tokenTiles) {
    return withTable(tiles, scoreTiles, tokenTiles, isTableInShared() ? geometry.biasTableRows() : 0);
  }

  /** Bytes of shared memory that a block of the same kernel can take in any call. */
  int mostShared(int tiles, int scoreTiles, int tokenTiles) {
    return withTable(tiles, scoreTiles, tokenTiles, LONGEST_SHARED_TABLE);
  }

  private int withTable(int tiles, int scoreTiles, int tokenTiles, int tableRows) {
    int rows = tiles * paddedRow(paddedHeadDim) + scoreTiles * paddedRow(tile());
    int perToken = rows + tokenTiles * 3 * Float.BYTES;
    return tile() * perToken + tableRows * Float.BYTES;
  }

  /** Bytes of a row in shared memory: 16 longer than what it holds, against bank conflicts. */
  private int paddedRow(int elements) {
    return elements * type.bytes() + 16;
  }
}
