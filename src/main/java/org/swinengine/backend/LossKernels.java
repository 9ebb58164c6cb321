package org.swinengine.backend;

/**
 * Loss family. Logits and their gradients are activations; losses and their gradients are of the master type
 * ({@link Backend#masterType}).
 */
public interface LossKernels {
  /**
   * Cross-entropy of logits against class numbers with label smoothing ε (Szegedy et al. 2016): the target
   * has 1 − ε + ε/classes at the label and ε/classes elsewhere; PyTorch's {@code
   * cross_entropy(label_smoothing=ε)}.
   *
   * @param logits {@code [rows, classes]}
   * @param labels {@link DType#INT32} {@code [rows]}, each in [0, classes). Of another one says a device that
   *     works while it is called which it is and throws; one that works later makes its loss NaN
   * @param losses receives the loss of each row {@code [rows]}
   * @param logSumExp receives log Σ exp(logits) of each row {@code [rows]}
   */
  void crossEntropy(
      int rows, int classes, Span logits, Span labels, double smoothing, Span losses, Span logSumExp);

  /**
   * {@code dLogits[r, c] = factor·dLoss[0]·(softmax(logits)[r, c] − target[r, c])}; factor 1/rows for a mean.
   *
   * @param logSumExp what the forward call wrote
   * @param dLoss one element: the gradient of the reduced loss
   */
  void crossEntropyBackward(
      int rows,
      int classes,
      Span logits,
      Span labels,
      double smoothing,
      Span logSumExp,
      Span dLoss,
      double factor,
      Span dLogits);

  /** {@code y = softmax(x)} for each row. */
  void softmax(int rows, int classes, Span x, Span y);
}
