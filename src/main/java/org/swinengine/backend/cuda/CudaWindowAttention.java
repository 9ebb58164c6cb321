package org.swinengine.backend.cuda;

import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.DType;
import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;

/** Shifted-window attention on the GPU: {@code windowAttention.cuh}. */
final class CudaWindowAttention {
  private static final String FAMILY = "attention";

  /** Eight blocks on each of the 132 multiprocessors of an H200, four times over. */
  private static final int ENOUGH_FORWARD_BLOCKS = 4224;

  private final CudaDevice device;

  CudaWindowAttention(CudaDevice device) {
    this.device = device;
  }

  void forward(WindowGeometry geometry, AttentionForm form, Span qkv, Span out, Span statistics) {
    WindowCall call = new WindowCall("windowForward", geometry, form, qkv);
    CudaBuffer.checkType("windowForward", "the result", out, qkv.buffer().dtype());
    CudaBuffer.checkType("windowForward", "the statistics", statistics, DType.FLOAT32);
    long blocksOfAWindow = (long) form.heads() * call.tiles();
    int windowsOfBlock = call.windowsOfBlock(Grids.blocks(ENOUGH_FORWARD_BLOCKS, (int) blocksOfAWindow));
    launch(call, "windowForward", 3, call.isHalf() ? 0 : 1, 2)
        .grid(Grids.blocks(call.windows(), windowsOfBlock) * form.heads(), call.tiles(), 1)
        .span(qkv, 3 * call.elements())
        .span(out, call.elements())
        .span(statistics, call.statistics())
        .size("windows of a block", windowsOfBlock)
        .run();
  }

  /**
   * A launch that has the arguments that all kernels of window attention begin with.
   *
   * @param tiles of queries, keys or values in shared memory
   * @param scoreTiles of probabilities or of their gradients in shared memory
   * @param tokenTiles how many descriptions of tokens there are in shared memory
   */
  private Launch launch(WindowCall call, String kernel, int tiles, int scoreTiles, int tokenTiles) {
    String name = kernel + call.paddedHeadDim() + "_" + Grids.suffix(call.type());
    WindowGeometry geometry = call.geometry();
    AttentionForm form = call.form();
    return device
        .launch(device.kernel(FAMILY, name, call.mostShared(tiles, scoreTiles, tokenTiles)))
        .block(call.threads())
        .shared(call.shared(tiles, scoreTiles, tokenTiles))
        .size("height", geometry.height())
        .size("window height", geometry.windowHeight())
        .size("shift height", geometry.shiftHeight())
        .size("width", geometry.width())
        .size("window width", geometry.windowWidth())
        .size("shift width", geometry.shiftWidth())
        .flag(geometry.order() == PaddingOrder.PAD_THEN_SHIFT)
        .size("windows", call.windows())
        .size("heads", form.heads())
        .size("head dim", form.headDim())
        .real(form.scale())
        .span(form.biasTable(), (long) geometry.biasTableRows() * form.heads())
        .span(form.biasMatrix(), call.logits())
        .span(form.logitScale(), form.heads())
        .span(form.paddedQkv(), 3L * form.channels())
        .flag(call.isTableInShared());
  }
}
