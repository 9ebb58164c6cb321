package org.swinengine.backend.cuda;

import org.swinengine.backend.DType;
import org.swinengine.backend.LossKernels;
import org.swinengine.backend.Span;

/**
 * Loss family on the GPU: {@code loss.cu}. Labels are read on the GPU, where nothing can be thrown: one that
 * is not a class makes its row's loss NaN.
 */
final class CudaLoss implements LossKernels {
  private static final String FAMILY = "loss";
  private static final int THREADS = 128;
  private static final int WARP = 32;

  private final CudaDevice device;

  CudaLoss(CudaDevice device) {
    this.device = device;
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
    int lanes = lanes(classes);
    rows(name, rows, classes, lanes, logits)
        .span(labels, rows)
        .span(losses, rows)
        .span(logSumExp, rows)
        .size("rows", rows)
        .size("classes", classes)
        .real(smoothing)
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
    int lanes = lanes(classes);
    rows(name, rows, classes, lanes, logits)
        .span(labels, rows)
        .span(logSumExp, rows)
        .span(dLoss, 1)
        .span(dLogits, (long) rows * classes)
        .size("rows", rows)
        .size("classes", classes)
        .real(smoothing)
        .real(factor)
        .word(lanes)
        .run();
  }

  @Override
  public void softmax(int rows, int classes, Span x, Span y) {
    if (rows == 0 || classes == 0) {
      return;
    }
    CudaBuffer.checkType("softmax", "the result", y, x.buffer().dtype());
    int lanes = lanes(classes);
    rows("softmax", rows, classes, lanes, x)
        .span(y, (long) rows * classes)
        .size("rows", rows)
        .size("classes", classes)
        .word(lanes)
        .run();
  }

  /** Lanes that share a row: a power of two, enough for four classes each or a warp. */
  private static int lanes(int classes) {
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
