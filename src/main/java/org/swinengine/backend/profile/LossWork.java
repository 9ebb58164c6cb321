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

  /** Of a logit: the maximum, a difference, its exponential, a sum; a product with the target, a sum. */
  @Override
  public void softCrossEntropy(
      int rows, int classes, Span logits, Span targets, Span losses, Span logSumExp) {
    double n = (double) rows * classes;
    double bytes =
        Work.bytes(logits, n)
            + Work.bytes(targets, n)
            + Work.bytes(losses, rows)
            + Work.bytes(logSumExp, rows);
    called.accept(new Work("softCrossEntropy " + rows + "x" + classes, 6 * n, bytes));
  }

  /** Of a logit: a difference, its exponential, the targets' sum, a product, a difference, the factor. */
  @Override
  public void softCrossEntropyBackward(
      int rows, int classes, Span logits, Span targets, Span logSumExp, Span dLosses, Span dLogits) {
    double n = (double) rows * classes;
    double bytes =
        Work.bytes(logits, n)
            + Work.bytes(targets, n)
            + Work.bytes(logSumExp, rows)
            + Work.bytes(dLosses, rows)
            + Work.bytes(dLogits, n);
    called.accept(new Work("softCrossEntropyBackward " + rows + "x" + classes, 6 * n, bytes));
  }

  /** As {@link #crossEntropy}. */
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
    double n = (double) rows * classes;
    double bytes =
        Work.bytes(logits, n)
            + Work.bytes(labels, rows)
            + Work.bytes(weights, classes)
            + Work.bytes(losses, rows)
            + Work.bytes(logSumExp, rows)
            + Work.bytes(rowWeights, rows);
    called.accept(new Work("weightedCrossEntropy " + rows + "x" + classes, 4 * n, bytes));
  }

  /** As {@link #crossEntropyBackward}, and a product more. */
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
    double n = (double) rows * classes;
    double bytes =
        Work.bytes(logits, n)
            + Work.bytes(labels, rows)
            + Work.bytes(weights, classes)
            + Work.bytes(logSumExp, rows)
            + Work.bytes(dLosses, rows)
            + Work.bytes(dLogits, n);
    called.accept(new Work("weightedCrossEntropyBackward " + rows + "x" + classes, 5 * n, bytes));
  }

  /** Of a logit: an exponential, a logarithm, two products, a difference, a sum. */
  @Override
  public void binaryCrossEntropy(
      int rows,
      int classes,
      Span logits,
      Span targets,
      Span positiveWeights,
      BinaryCost cost,
      Span losses) {
    double n = (double) rows * classes;
    double bytes =
        Work.bytes(logits, n)
            + Work.bytes(targets, n)
            + Work.bytes(positiveWeights, classes)
            + Work.bytes(losses, rows);
    called.accept(new Work("binaryCrossEntropy " + rows + "x" + classes, 6 * n, bytes));
  }

  /** Of a logit: an exponential, a quotient, a product, two differences, the factor. */
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
    double n = (double) rows * classes;
    double bytes =
        Work.bytes(logits, n)
            + Work.bytes(targets, n)
            + Work.bytes(positiveWeights, classes)
            + Work.bytes(dLosses, rows)
            + Work.bytes(dLogits, n);
    called.accept(new Work("binaryCrossEntropyBackward " + rows + "x" + classes, 6 * n, bytes));
  }

  /** Of a value: the maximum, a difference, its exponential, a sum, a division. */
  @Override
  public void softmax(int rows, int classes, Span x, Span y) {
    double n = (double) rows * classes;
    called.accept(new Work("softmax " + rows + "x" + classes, 5 * n, Work.bytes(x, n) + Work.bytes(y, n)));
  }
}
