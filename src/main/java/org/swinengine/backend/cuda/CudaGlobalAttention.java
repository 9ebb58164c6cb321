package org.swinengine.backend.cuda;

import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Span;

/** The global half of the attention family on the GPU: {@code globalAttention.cuh}. */
final class CudaGlobalAttention {
  private static final String FAMILY = "attention";
  private static final int[] HEADS = {32, 64, 128};

  /** The widest head that there is a kernel for. */
  static final int MOST_HEAD_CHANNELS = HEADS[HEADS.length - 1];
  private static final int WARP_ROWS = 16;

  /** That share a row in bf16. */
  private static final int DELTA_LANES = 8;

  private static final int DELTA_THREADS = 256;

  private final CudaDevice device;
  private final CudaMemory memory;

  CudaGlobalAttention(CudaDevice device, CudaMemory memory) {
    this.device = device;
    this.memory = memory;
  }

  /**
   * Sizes of a block, as {@code GlobalBlock} has them.
   *
   * @param head channels that its tiles have room for
   * @param tile tokens of a tile
   * @param row elements from token to token in a tile
   * @param bytes size of an element
   */
  private record Block(int head, int tile, int row, int bytes) {
    static Block of(int headDim, DType type) {
      for (int head : HEADS) {
        if (headDim <= head) {
          int tile = head <= (type == DType.BF16 ? 64 : 32) ? 64 : 32;
          return new Block(head, tile, head + 16 / type.bytes(), type.bytes());
        }
      }
      throw new IllegalArgumentException(
          "cuda: globalAttention: heads have " + headDim + " channels, but there are kernels for up to "
              + MOST_HEAD_CHANNELS + "; use more heads, or `device` cpu");
    }

    int threads() {
      return tile / WARP_ROWS * 32;
    }

    /** Bytes of so many tiles of tokens, and of the room through which float32 probabilities go. */
    int tiles(int count) {
      int room = bytes == Float.BYTES ? tile * (tile + 16 / Float.BYTES) * Float.BYTES : 0;
      return count * tile * row * bytes + room;
    }
  }

  void forward(int batch, int tokens, AttentionForm form, Span qkv, Span out, Span statistics) {
    checkForm(form);
    if (batch == 0 || tokens == 0) {
      return;
    }
    CudaBuffer.checkType("globalAttention", "the result", out, qkv.buffer().dtype());
    CudaBuffer.checkType("globalAttention", "the statistics", statistics, DType.FLOAT32);
    Block block = Block.of(form.headDim(), qkv.buffer().dtype());
    long n = (long) batch * tokens * form.channels();
    launch("globalForward", block, block.tiles(3), batch, tokens, form, qkv)
        .span(qkv, 3 * n)
        .span(out, n)
        .span(statistics, 2L * batch * form.heads() * tokens)
        .run();
  }

  void backward(
      int batch, int tokens, AttentionForm form, Span qkv, Span out, Span statistics, Span dOut, Span dQkv) {
    checkForm(form);
    if (batch == 0 || tokens == 0) {
      return;
    }
    DType type = qkv.buffer().dtype();
    CudaBuffer.checkType("globalAttention", "out", out, type);
    CudaBuffer.checkType("globalAttention", "dOut", dOut, type);
    CudaBuffer.checkType("globalAttention", "dQkv", dQkv, type);
    CudaBuffer.checkType("globalAttention", "the statistics", statistics, DType.FLOAT32);
    Block block = Block.of(form.headDim(), type);
    long n = (long) batch * tokens * form.channels();
    long rows = (long) batch * form.heads() * tokens;
    if (rows > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "cuda: globalAttention: " + batch + " sequences of " + tokens + " tokens with " + form.heads()
              + " heads are more rows than the kernels can count (2^31 - 1); use a smaller batch");
    }
    Buffer delta = memory.scratch(rows);
    device
        .launch(device.kernel(FAMILY, Grids.named("globalDelta", qkv)))
        .grid(Grids.blocks(rows, type == DType.BF16 ? DELTA_THREADS / DELTA_LANES : DELTA_THREADS))
        .block(DELTA_THREADS)
        .size("tokens", tokens)
        .size("heads", form.heads())
        .size("head dim", form.headDim())
        .size("rows", (int) rows)
        .span(out, n)
        .span(dOut, n)
        .span(delta)
        .run();
    for (String kernel : new String[] {"globalQueryGradient", "globalKeyGradient"}) {
      int statisticsOfTile = kernel.equals("globalKeyGradient") ? 3 * block.tile * Float.BYTES : 0;
      launch(kernel, block, block.tiles(4) + statisticsOfTile, batch, tokens, form, qkv)
          .span(qkv, 3 * n)
          .span(statistics, 2 * rows)
          .span(delta)
          .span(dOut, n)
          .span(dQkv, 3 * n)
          .run();
    }
    delta.release();
  }

  /** A launch with a block for each tile of each head, which has its sizes already. */
  private Launch launch(
      String kernel, Block block, int sharedBytes, int batch, int tokens, AttentionForm form, Span qkv) {
    return device
        .launch(device.kernel(FAMILY, Grids.named(kernel + block.head, qkv), sharedBytes))
        .grid((long) batch * form.heads(), Grids.blocks(tokens, block.tile), 1)
        .block(block.threads())
        .shared(sharedBytes)
        .size("tokens", tokens)
        .size("heads", form.heads())
        .size("head dim", form.headDim())
        .real(form.scale());
  }

  private static void checkForm(AttentionForm form) {
    if (form.biasTable() != null || form.biasMatrix() != null || form.logitScale() != null) {
      throw new IllegalArgumentException(
          "globalAttention: it takes dot products alone, without bias and without logit scales");
    }
  }
}
