package org.swinengine.backend.cuda;

import org.jspecify.annotations.Nullable;
import org.swinengine.backend.DType;
import org.swinengine.backend.LossKernels;
import org.swinengine.backend.Span;

/**
 * Loss family on the GPU: {@code loss.cu}. Labels are read on the GPU, where nothing can be thrown: one that
 * is not a class makes its row's loss NaN.
 */
final class CudaLoss implements LossKernels {
  /** Parts of a row's sum in float32, on the processor too. */
  private static final int SUMS_OF_A_ROW = 16;

  private static final String FAMILY = "loss";
  private static final int THREADS = 128;
  private static final int WARP = 32;

  private final CudaDevice device;
  private final @Nullable CudaDnn library;

  /** @param library computes softmax; null: there is none */
  CudaLoss(CudaDevice device, @Nullable CudaDnn library) {
    this.device = device;
    this.library = library;
  }

  @Override
  public void crossEntropy(
      int rows, int classes, Span logits, Span labels, double smoothing, Span losses, Span logSumExp) {
    if (rows == 0) {
      return;
    }
    String name = "crossEntropy";
    CudaBuffer.checkType(name, "the labels", labels, DType.INT32);
    CudaBuffer.checkType(name, "the losses", losses, DType.FLOAT32);
    CudaBuffer.checkType(name, "logSumExp", logSumExp, DType.FLOAT32);
    int lanes = lanes(classes, logits);
    rows(name, rows, classes, lanes, logits)
        .span(labels, rows)
        .span(losses, rows)
        .span(logSumExp, rows)
        .size("rows", rows)
        .size("classes", classes)
        .real64(smoothing)
        .word(lanes)
        .run();
  }

  @Override
  public void crossEntropyBackward(
      int rows,
      int classes,
      Span logits,
      Span labels,
      double smoothing,
      Span logSumExp,
      Span dLoss,
      double factor,
      Span dLogits) {
    if (rows == 0) {
      return;
    }
    String name = "crossEntropyBackward";
    CudaBuffer.checkType(name, "the labels", labels, DType.INT32);
    CudaBuffer.checkType(name, "logSumExp", logSumExp, DType.FLOAT32);
    CudaBuffer.checkType(name, "the loss's gradient", dLoss, DType.FLOAT32);
    CudaBuffer.checkType(name, "the result", dLogits, logits.buffer().dtype());
    int lanes = lanes(classes, logits);
    rows(name, rows, classes, lanes, logits)
        .span(labels, rows)
        .span(logSumExp, rows)
        .span(dLoss, 1)
        .span(dLogits, (long) rows * classes)
        .size("rows", rows)
        .size("classes", classes)
        .real64(smoothing)
        .real64(factor)
        .word(lanes)
        .run();
  }

  @Override
  public void softCrossEntropy(
      int rows, int classes, Span logits, Span targets, Span losses, Span logSumExp) {
    if (rows == 0) {
      return;
    }
    String name = "softCrossEntropy";
    checkMaster(name, "the targets", targets);
    checkMaster(name, "the losses", losses);
    checkMaster(name, "logSumExp", logSumExp);
    int lanes = lanes(classes, logits);
    rows(name, rows, classes, lanes, logits)
        .span(targets, (long) rows * classes)
        .span(losses, rows)
        .span(logSumExp, rows)
        .size("rows", rows)
        .size("classes", classes)
        .word(lanes)
        .run();
  }

  @Override
  public void softCrossEntropyBackward(
      int rows, int classes, Span logits, Span targets, Span logSumExp, Span dLosses, Span dLogits) {
    if (rows == 0) {
      return;
    }
    String name = "softCrossEntropyBackward";
    checkMaster(name, "the targets", targets);
    checkMaster(name, "logSumExp", logSumExp);
    checkMaster(name, "the losses' gradients", dLosses);
    CudaBuffer.checkType(name, "the result", dLogits, logits.buffer().dtype());
    int lanes = lanes(classes, logits);
    rows(name, rows, classes, lanes, logits)
        .span(targets, (long) rows * classes)
        .span(logSumExp, rows)
        .span(dLosses, rows)
        .span(dLogits, (long) rows * classes)
        .size("rows", rows)
        .size("classes", classes)
        .word(lanes)
        .run();
  }

  @Override
  public void weightedCrossEntropy(
      int rows,
      int classes,
      Span logits,
      Span labels,
      Span weights,
      ClassCost cost,
      Span losses,
      Span logSumExp,
      Span rowWeights) {
    if (rows == 0) {
      return;
    }
    String name = "weightedCrossEntropy";
    CudaBuffer.checkType(name, "the labels", labels, DType.INT32);
    checkMaster(name, "the weights", weights);
    checkMaster(name, "the losses", losses);
    checkMaster(name, "logSumExp", logSumExp);
    checkMaster(name, "the rows' weights", rowWeights);
    int lanes = lanes(classes, logits);
    rows(name, rows, classes, lanes, logits)
        .span(labels, rows)
        .span(weights, classes)
        .span(losses, rows)
        .span(logSumExp, rows)
        .span(rowWeights, rows)
        .size("rows", rows)
        .size("classes", classes)
        .real64(cost.smoothing())
        .real64(cost.gamma())
        .word(lanes)
        .run();
  }

  @Override
  public void weightedCrossEntropyBackward(
      int rows,
      int classes,
      Span logits,
      Span labels,
      Span weights,
      ClassCost cost,
      Span logSumExp,
      Span dLosses,
      Span dLogits) {
    if (rows == 0) {
      return;
    }
    String name = "weightedCrossEntropyBackward";
    CudaBuffer.checkType(name, "the labels", labels, DType.INT32);
    checkMaster(name, "the weights", weights);
    checkMaster(name, "logSumExp", logSumExp);
    checkMaster(name, "the losses' gradients", dLosses);
    CudaBuffer.checkType(name, "the result", dLogits, logits.buffer().dtype());
    int lanes = lanes(classes, logits);
    rows(name, rows, classes, lanes, logits)
        .span(labels, rows)
        .span(weights, classes)
        .span(logSumExp, rows)
        .span(dLosses, rows)
        .span(dLogits, (long) rows * classes)
        .size("rows", rows)
        .size("classes", classes)
        .real64(cost.smoothing())
        .real64(cost.gamma())
        .word(lanes)
        .run();
  }

  @Override
  public void binaryCrossEntropy(
      int rows,
      int classes,
      Span logits,
      Span targets,
      Span positiveWeights,
      BinaryCost cost,
      Span losses) {
    if (rows == 0) {
      return;
    }
    String name = "binaryCrossEntropy";
    checkMaster(name, "the targets", targets);
    checkMaster(name, "the positive weights", positiveWeights);
    checkMaster(name, "the losses", losses);
    int lanes = lanes(classes, logits);
    rows(name, rows, classes, lanes, logits)
        .span(targets, (long) rows * classes)
        .span(positiveWeights, classes)
        .span(losses, rows)
        .size("rows", rows)
        .size("classes", classes)
        .real64(cost.alpha())
        .real64(cost.gamma())
        .word(lanes)
        .run();
  }

  @Override
  public void binaryCrossEntropyBackward(
      int rows,
      int classes,
      Span logits,
      Span targets,
      Span positiveWeights,
      BinaryCost cost,
      Span dLosses,
      Span dLogits) {
    if (rows == 0) {
      return;
    }
    String name = "binaryCrossEntropyBackward";
    checkMaster(name, "the targets", targets);
    checkMaster(name, "the positive weights", positiveWeights);
    checkMaster(name, "the losses' gradients", dLosses);
    CudaBuffer.checkType(name, "the result", dLogits, logits.buffer().dtype());
    int lanes = lanes(classes, logits);
    rows(name, rows, classes, lanes, logits)
        .span(targets, (long) rows * classes)
        .span(positiveWeights, classes)
        .span(dLosses, rows)
        .span(dLogits, (long) rows * classes)
        .size("rows", rows)
        .size("classes", classes)
        .real64(cost.alpha())
        .real64(cost.gamma())
        .word(lanes)
        .run();
  }

  /** Throws unless an operand, which may be missing, is of the master type. */
  private static void checkMaster(String kernel, String what, Span operand) {
    if (operand != null) {
      CudaBuffer.checkType(kernel, what, operand, DType.FLOAT32);
    }
  }

  @Override
  public void softmax(int rows, int classes, Span x, Span y) {
    if (rows == 0 || classes == 0) {
      return;
    }
    DType type = x.buffer().dtype();
    CudaBuffer.checkType("softmax", "the result", y, type);
    if (library != null) {
      library.softmax(rows, classes, x, y);
      return;
    }
    int lanes = lanes(classes, x);
    rows("softmax", rows, classes, lanes, x)
        .span(y, (long) rows * classes)
        .size("rows", rows)
        .size("classes", classes)
        .word(lanes)
        .run();
  }

  /** Lanes that share a row: in float32 sixteen; a power of two, enough for four classes each or a warp. */
  private static int lanes(int classes, Span logits) {
    if (logits.buffer().dtype() == DType.FLOAT32) {
      return SUMS_OF_A_ROW;
    }
    int lanes = 1;
    while (lanes < WARP && 4 * lanes < classes) {
      lanes *= 2;
    }
    return lanes;
  }

  /** A launch over rows that has its first operand already. */
  private Launch rows(String name, int rows, int classes, int lanes, Span x) {
    return device
        .launch(device.kernel(FAMILY, Grids.named(name, x)))
        .grid(Grids.blocks(rows, THREADS / lanes))
        .block(THREADS)
        .span(x, (long) rows * classes);
  }
}
