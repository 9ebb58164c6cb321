package org.swinengine.backend.cuda;

import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.AttentionKernels.FormGradients;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;

/**
 * Shifted-window attention on the GPU: {@code windowAttention.cuh}, {@code windowAttentionBackward.cuh}; in
 * the form that most Swins have {@code windowAttentionWhole.cuh}.
 */
final class CudaWindowAttention {
  private static final String FAMILY = "attention";

  /** Eight blocks on each of the 132 multiprocessors of an H200, four times over. */
  private static final int ENOUGH_FORWARD_BLOCKS = 4224;

  /** Four blocks on each of the 132 multiprocessors of an H200, twice over. */
  private static final int ENOUGH_BACKWARD_BLOCKS = 1056;

  /** Most bytes that the sums of logit gradients over runs of windows may take together. */
  private static final long MOST_BIAS_PARTS = 64L << 20;

  /** Heads for which there is a kernel that computes all gradients of a window at once. */
  private static final int WIDEST_HEAD_AT_ONCE = 64;

  private final CudaDevice device;
  private final CudaMemory memory;
  private final PartialSums partialSums;
  private final TableGradients tableGradients;

  CudaWindowAttention(CudaDevice device, CudaMemory memory) {
    this.device = device;
    this.memory = memory;
    this.partialSums = new PartialSums(device);
    this.tableGradients = new TableGradients(device);
  }

  void forward(WindowGeometry geometry, AttentionForm form, Span qkv, Span out, Span statistics) {
    WindowCall call = new WindowCall("windowForward", geometry, form, qkv);
    CudaBuffer.checkType("windowForward", "the result", out, qkv.buffer().dtype());
    CudaBuffer.checkType("windowForward", "the statistics", statistics, DType.FLOAT32);
    long blocksOfAWindow = (long) form.heads() * call.tiles();
    int windowsOfBlock = call.windowsOfBlock(Grids.blocks(ENOUGH_FORWARD_BLOCKS, (int) blocksOfAWindow));
    Launch launch =
        call.isWhole(qkv, out)
            ? launch(call, "windowForwardWhole", WindowCall.WHOLE_FORWARD, WindowCall.WHOLE_FORWARD)
            : launch(call, "windowForward", 3, call.isHalf() ? 0 : 1, 2);
    launch
        .grid(Grids.blocks(call.windows(), windowsOfBlock) * form.heads(), call.tiles(), 1)
        .span(qkv, 3 * call.elements())
        .span(out, call.elements())
        .span(statistics, call.statistics())
        .size("windows of a block", windowsOfBlock)
        .run();
  }

  void backward(
      WindowGeometry geometry,
      AttentionForm form,
      Span qkv,
      Span statistics,
      Span dOut,
      Span dQkv,
      FormGradients gradients) {
    WindowCall call = new WindowCall("windowBackward", geometry, form, qkv);
    String name = "windowBackward";
    CudaBuffer.checkType(name, "the statistics", statistics, DType.FLOAT32);
    CudaBuffer.checkType(name, "the result's gradient", dOut, qkv.buffer().dtype());
    CudaBuffer.checkType(name, "the gradient of qkv", dQkv, qkv.buffer().dtype());
    CudaBuffer.checkType(name, "the bias table's gradient", gradients.biasTable(), DType.FLOAT32);
    CudaBuffer.checkType(name, "the bias matrix' gradient", gradients.biasMatrix(), DType.FLOAT32);
    CudaBuffer.checkType(name, "the logit scale's gradient", gradients.logitScale(), DType.FLOAT32);
    CudaBuffer.checkType(name, "the padded row's gradient", gradients.paddedQkv(), DType.FLOAT32);

    boolean atOnce = call.tiles() == 1 && call.paddedHeadDim() <= WIDEST_HEAD_AT_ONCE;
    boolean wantsBias = gradients.biasTable() != null || gradients.biasMatrix() != null;
    int windowsOfBlock = windowsOfBackwardBlock(call);
    int runs = (int) Grids.blocks(call.windows(), windowsOfBlock);
    int parts = atOnce ? runs : Math.multiplyExact(call.windows(), call.tiles());
    long channels = form.channels();
    // The kernels need not look for padded tokens where there are none.
    boolean sumsPadded = gradients.paddedQkv() != null && geometry.isPadded();

    Buffer correlation = atOnce ? null : memory.scratch(call.rows());
    Buffer bias = wantsBias ? memory.scratch(runs * call.logits()) : null;
    Buffer scale = gradients.logitScale() == null ? null : memory.scratch((long) parts * form.heads());
    Buffer padded = sumsPadded ? memory.scratch(3L * parts * channels) : null;
    Operands operands =
        new Operands(qkv, statistics, dOut, dQkv, correlation, bias, scale, padded, windowsOfBlock);
    if (atOnce) {
      Launch launch =
          call.isWhole(qkv, dOut, dQkv)
              ? launch(call, "windowBackwardWhole", WindowCall.WHOLE_BACKWARD, WindowCall.WHOLE_BACKWARD)
              : launch(call, "windowBackward", 4, 2, 2);
      gradients(launch.grid((long) runs * form.heads()), call, operands);
    } else {
      long blocks = (long) call.windows() * form.heads();
      int tiles = call.tiles();
      gradients(launch(call, "windowBackwardQueries", 4, 1, 2).grid(blocks, tiles, 1), call, operands);
      gradients(launch(call, "windowBackwardKeys", 4, 2, 2).grid(blocks, tiles, 1), call, operands);
      if (wantsBias) {
        long runsOfHeads = (long) runs * form.heads();
        Launch launch = launch(call, "windowBackwardBias", 4, 0, 2).grid(runsOfHeads, tiles, tiles);
        gradients(launch, call, operands);
      }
    }

    if (wantsBias) {
      biasGradients(call, runs, bias, gradients);
    }
    if (scale != null) {
      partialSums.add(parts, form.heads(), scale, gradients.logitScale(), false);
    }
    if (sumsPadded) {
      partialSums.add(parts, 3 * channels, padded, gradients.paddedQkv(), false);
    } else if (gradients.paddedQkv() != null) {
      memory.fill(gradients.paddedQkv(), 3 * channels, 0);
    }
    for (Buffer buffer : new Buffer[] {correlation, bias, scale, padded}) {
      if (buffer != null) {
        buffer.release();
      }
    }
  }

  /** Elements of temporary memory that the backward pass takes, the matrix of a table's gradient included. */
  static long parts(WindowGeometry geometry, AttentionForm form, Span qkv, FormGradients gradients) {
    WindowCall call = new WindowCall("windowBackward", geometry, form, qkv);
    boolean atOnce = call.tiles() == 1 && call.paddedHeadDim() <= WIDEST_HEAD_AT_ONCE;
    long runs = Grids.blocks(call.windows(), windowsOfBackwardBlock(call));
    long parts = atOnce ? runs : (long) call.windows() * call.tiles();
    boolean wantsBias = gradients.biasTable() != null || gradients.biasMatrix() != null;
    return (atOnce ? 0 : call.rows())
        + (wantsBias ? (runs + (gradients.biasMatrix() == null ? 1 : 0)) * call.logits() : 0)
        + (gradients.logitScale() == null ? 0 : parts * form.heads())
        + (gradients.paddedQkv() != null && geometry.isPadded() ? 3 * parts * form.channels() : 0);
  }

  /**
   * Windows that a block goes over to sum what all windows share. A function of sizes alone, whatever
   * gradients are asked for: it decides the order of additions.
   */
  private static int windowsOfBackwardBlock(WindowCall call) {
    long tiles = call.tiles();
    long slices = Grids.blocks(ENOUGH_BACKWARD_BLOCKS, call.form().heads()) / (tiles * tiles);
    long room = MOST_BIAS_PARTS / (Float.BYTES * call.logits());
    return call.windowsOfBlock(Math.min(slices, room));
  }

  /** What {@code WindowGradients} in the kernels holds; temporary memory may be null. */
  private record Operands(
      Span qkv,
      Span statistics,
      Span dOut,
      Span dQkv,
      Buffer correlation,
      Buffer biasParts,
      Buffer scaleParts,
      Buffer paddedParts,
      int windowsOfBlock) {}

  private static void gradients(Launch launch, WindowCall call, Operands operands) {
    launch
        .span(operands.qkv, 3 * call.elements())
        .span(operands.statistics, call.statistics())
        .span(operands.dOut, call.elements())
        .span(operands.dQkv, 3 * call.elements())
        .span(operands.correlation)
        .span(operands.biasParts)
        .span(operands.scaleParts)
        .span(operands.paddedParts)
        .size("windows of a block", operands.windowsOfBlock)
        .run();
  }

  /** Adds the sums over runs of windows to the matrix' gradient, and gathers the table's from it. */
  private void biasGradients(WindowCall call, int runs, Buffer bias, FormGradients gradients) {
    Buffer ownMatrix = gradients.biasMatrix() == null ? memory.scratch(call.logits()) : null;
    Span matrix = ownMatrix == null ? gradients.biasMatrix() : ownMatrix;
    partialSums.add(runs, call.logits(), bias, matrix, false);
    if (gradients.biasTable() != null) {
      WindowGeometry geometry = call.geometry();
      tableGradients.gather(call.form().heads(), geometry.windowHeight(), geometry.windowWidth(), matrix,
          gradients.biasTable());
    }
    if (ownMatrix != null) {
      ownMatrix.release();
    }
  }

  /**
   * A launch that has the arguments that all kernels of window attention begin with.
   *
   * @param tiles of queries, keys or values in shared memory
   * @param scoreTiles of probabilities or of their gradients in shared memory
   * @param tokenTiles how many descriptions of tokens there are in shared memory
   */
  private Launch launch(WindowCall call, String kernel, int tiles, int scoreTiles, int tokenTiles) {
    int most = call.mostShared(tiles, scoreTiles, tokenTiles);
    return launch(call, kernel, call.shared(tiles, scoreTiles, tokenTiles), most);
  }

  /** The same, with the bytes of shared memory of this call and of any. */
  private Launch launch(WindowCall call, String kernel, int shared, int mostShared) {
    String name = kernel + call.paddedHeadDim() + "_" + Grids.suffix(call.type());
    WindowGeometry geometry = call.geometry();
    AttentionForm form = call.form();
    return device
        .launch(device.kernel(FAMILY, name, mostShared))
        .block(call.threads())
        .shared(shared)
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
