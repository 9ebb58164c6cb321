package org.swinengine.backend.cuda;

import org.swinengine.backend.DType;
import org.swinengine.backend.LossKernels;
import org.swinengine.backend.Span;

/** Loss family on the GPU: {@code loss.cu}. */
final class CudaLoss implements LossKernels {
  private static final String FAMILY = "loss";

  /** Rows of a block, one for each warp. */
  private static final int WARPS = 8;

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
    CudaBuffer.checkType("crossEntropy", "labels", labels, DType.INT32);
    CudaBuffer.checkType("crossEntropy", "losses", losses, DType.FLOAT32);
    CudaBuffer.checkType("crossEntropy", "logSumExp", logSumExp, DType.FLOAT32);
    rows("crossEntropy", rows, classes, logits)
        .span(labels, rows)
        .real(1 - smoothing)
        .real(smoothing / classes)
        .span(losses, rows)
        .span(logSumExp, rows)
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
    CudaBuffer.checkType("crossEntropyBackward", "labels", labels, DType.INT32);
    CudaBuffer.checkType("crossEntropyBackward", "logSumExp", logSumExp, DType.FLOAT32);
    CudaBuffer.checkType("crossEntropyBackward", "dLoss", dLoss, DType.FLOAT32);
    CudaBuffer.checkType("crossEntropyBackward", "dLogits", dLogits, logits.buffer().dtype());
    rows("crossEntropyBackward", rows, classes, logits)
        .span(labels, rows)
        .real(1 - smoothing)
        .real(smoothing / classes)
        .span(logSumExp, rows)
        .span(dLoss, 1)
        .real(factor)
        .span(dLogits, (long) rows * classes)
        .run();
  }

  @Override
  public void softmax(int rows, int classes, Span x, Span y) {
    if (rows > 0) {
      CudaBuffer.checkType("softmax", "the result", y, x.buffer().dtype());
      rows("softmax", rows, classes, x).span(y, (long) rows * classes).run();
    }
  }

  /** A launch with a warp for each row, which has its sizes and its first operand already. */
  private Launch rows(String name, int rows, int classes, Span x) {
    return device
        .launch(device.kernel(FAMILY, Grids.named(name, x)))
        .grid(Grids.blocks(rows, WARPS))
        .block(32 * WARPS)
        .size("rows", rows)
        .size("classes", classes)
        .span(x, (long) rows * classes);
  }
}
