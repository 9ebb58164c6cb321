package org.swinengine.backend.cuda;

import org.jspecify.annotations.Nullable;
import org.swinengine.backend.AttentionKernels;
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
  private final WindowSumsInOrder sumsInOrder;

  CudaWindowAttention(CudaDevice device, CudaMemory memory, CudaReduce reduce) {
    this.device = device;
    this.memory = memory;
    this.partialSums = new PartialSums(device);
    this.tableGradients = new TableGradients(device);
    this.sumsInOrder = new WindowSumsInOrder(device, memory, reduce);
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

    Room room = Room.of(call, gradients);
    boolean atOnce = room.atOnce();
    boolean inOrder = !call.isHalf();
    int windowsOfBlock = room.windowsOfBlock();
    int runs = room.runs();
    long channels = form.channels();
    Buffer correlation = taken(room.correlation());
    Buffer bias = taken(room.bias());
    Buffer scale = taken(room.scale());
    Buffer padded = taken(room.padded());
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
      int scoreTiles = inOrder ? 2 : 1;
      gradients(launch(call, "windowBackwardQueries", 4, scoreTiles, 2).grid(blocks, tiles, 1), call,
          operands);
      gradients(launch(call, "windowBackwardKeys", 4, 2, 2).grid(blocks, tiles, 1), call, operands);
      if (bias != null) {
        long runsOfHeads = (long) runs * form.heads();
        Launch launch = launch(call, "windowBackwardBias", 4, 0, 2).grid(runsOfHeads, tiles, tiles);
        gradients(launch, call, operands);
      }
    }

    if (inOrder) {
      sumsInOrder.bias(call, runs, bias, gradients);
      sumsInOrder.scale(call, windowsOfBlock, scale, gradients.logitScale());
    } else {
      if (bias != null) {
        biasGradients(call, runs, bias, gradients);
      }
      if (scale != null) {
        partialSums.add(room.parts(), form.heads(), scale, gradients.logitScale(), false);
      }
    }
    if (padded != null && inOrder) {
      sumsInOrder.padded(call, atOnce, windowsOfBlock, padded, gradients.paddedQkv(),
          () -> with(call, device.launch(device.kernel(FAMILY, "windowPaddedParts_f32"))));
    } else if (padded != null) {
      partialSums.add(room.parts(), 3 * channels, padded, gradients.paddedQkv(), false);
    } else if (gradients.paddedQkv() != null) {
      memory.fill(gradients.paddedQkv(), 3 * channels, 0);
    }
    for (Buffer buffer : new Buffer[] {correlation, bias, scale, padded}) {
      if (buffer != null) {
        buffer.release();
      }
    }
  }

  /**
   * Elements of the backward pass's temporary memory.
   *
   * @param atOnce whether one kernel computes all gradients of a window
   * @param windowsOfBlock windows that a block goes over to sum what all windows share
   * @param runs of so many windows
   * @param parts of the sums of the logit scale's and the padded row's gradients in bf16
   * @param bias of sums of logit gradients; 0: not wanted, as below
   * @param scale of what the logit scale's gradient is summed from
   * @param padded of what the padded row's gradient is summed from
   */
  private record Room(boolean atOnce, int windowsOfBlock, int runs, int parts, long correlation, long bias,
      long scale, long padded) {
    static Room of(WindowCall call, FormGradients gradients) {
      boolean atOnce = call.tiles() == 1 && call.paddedHeadDim() <= WIDEST_HEAD_AT_ONCE;
      boolean ofMatrix = gradients.biasMatrix() != null;
      boolean inOrder = !call.isHalf();
      int windowsOfBlock =
          inOrder
              ? AttentionKernels.windowsOfSum(call.windows(), ofMatrix ? call.logits() : 0)
              : windowsOfBackwardBlock(call);
      int runs = (int) Grids.blocks(call.windows(), windowsOfBlock);
      int parts = atOnce ? runs : Math.multiplyExact(call.windows(), call.tiles());
      boolean wantsBias = ofMatrix || gradients.biasTable() != null;
      long scales = inOrder ? call.rows() : (long) parts * call.form().heads();
      long rows = inOrder && !atOnce ? (long) call.windows() * call.geometry().windowTokens() : parts;
      // The kernels need not look for padded tokens where there are none.
      boolean sumsPadded = gradients.paddedQkv() != null && call.geometry().isPadded();
      return new Room(
          atOnce, windowsOfBlock, runs, parts, atOnce ? 0 : call.rows(), wantsBias ? runs * call.logits() : 0,
          gradients.logitScale() == null ? 0 : scales, sumsPadded ? 3 * rows * call.form().channels() : 0);
    }

    /** Of all temporary memory, that of the sums included. */
    long all(WindowCall call, FormGradients gradients) {
      boolean gathers = bias > 0 && gradients.biasTable() != null;
      long sums = call.isHalf() ? gathers && gradients.biasMatrix() == null ? call.logits() : 0
          : WindowSumsInOrder.room(call, runs, gathers, scale > 0, padded > 0 && !atOnce);
      return correlation + bias + scale + padded + sums;
    }
  }

  /** Elements of temporary memory that the backward pass takes. */
  static long elementsOfParts(
      WindowGeometry geometry, AttentionForm form, Span qkv, FormGradients gradients) {
    WindowCall call = new WindowCall("windowBackward", geometry, form, qkv);
    return Room.of(call, gradients).all(call, gradients);
  }

  private @Nullable Buffer taken(long elements) {
    return elements == 0 ? null : memory.scratch(elements);
  }

  /**
   * Windows that a block goes over to sum what all windows share, in bf16. A function of sizes alone,
   * whatever gradients are asked for: it decides the order of additions.
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
    Launch launch =
        device.launch(device.kernel(FAMILY, name, mostShared)).block(call.threads()).shared(shared);
    return with(call, launch);
  }

  /** Gives a launch the arguments that all kernels of window attention begin with. */
  private static Launch with(WindowCall call, Launch launch) {
    WindowGeometry geometry = call.geometry();
    AttentionForm form = call.form();
    return launch
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
