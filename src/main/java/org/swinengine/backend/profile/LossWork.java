package org.swinengine.backend.profile;

import java.util.function.Consumer;
import org.swinengine.backend.LossKernels;
import org.swinengine.backend.Span;

/** Work of the loss family. */
final class LossWork implements LossKernels {
  private final Consumer<Work> called;

  LossWork(Consumer<Work> called) {
    this.called = called;
  }

  /** Of a logit: the maximum, a difference, its exponential, a sum. */
  @Override
  public void crossEntropy(
      int rows, int classes, Span logits, Span labels, double smoothing, Span losses, Span logSumExp) {
    double n = (double) rows * classes;
    double bytes =
        Work.bytes(logits, n)
            + Work.bytes(labels, rows)
            + Work.bytes(losses, rows)
            + Work.bytes(logSumExp, rows);
    called.accept(new Work("crossEntropy " + rows + "x" + classes, 4 * n, bytes));
  }

  /** Of a logit: a difference, its exponential, the target's difference, the factor. */
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
    double n = (double) rows * classes;
    double bytes =
        Work.bytes(logits, n)
            + Work.bytes(labels, rows)
            + Work.bytes(logSumExp, rows)
            + Work.bytes(dLoss, 1)
            + Work.bytes(dLogits, n);
    called.accept(new Work("crossEntropyBackward " + rows + "x" + classes, 4 * n, bytes));
  }

  /** Of a value: the maximum, a difference, its exponential, a sum, a division. */
  @Override
  public void softmax(int rows, int classes, Span x, Span y) {
    double n = (double) rows * classes;
    called.accept(new Work("softmax " + rows + "x" + classes, 5 * n, Work.bytes(x, n) + Work.bytes(y, n)));
  }
}
