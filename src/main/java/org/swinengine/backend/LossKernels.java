package org.swinengine.backend;

import org.jspecify.annotations.Nullable;

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

  /**
   * Cross-entropy of logits against a distribution for each row, or any weights: {@code losses[r] = Σ_c
   * targets[r, c]·(logSumExp[r] − logits[r, c])}; PyTorch's {@code cross_entropy} with probabilities, timm's
   * {@code SoftTargetCrossEntropy}. A class whose target is 0 adds nothing, whatever its logit.
   *
   * @param targets of the master type, {@code [rows, classes]}; a row need not add up to 1
   * @param losses receives the loss of each row {@code [rows]}
   * @param logSumExp receives log Σ exp(logits) of each row {@code [rows]}
   */
  void softCrossEntropy(int rows, int classes, Span logits, Span targets, Span losses, Span logSumExp);

  /**
   * {@code dLogits[r, c] = dLosses[r]·(softmax(logits)[r, c]·Σ_k targets[r, k] − targets[r, c])}.
   *
   * @param logSumExp what the forward call wrote
   * @param dLosses the gradient of each row's loss, {@code [rows]}
   */
  void softCrossEntropyBackward(
      int rows, int classes, Span logits, Span targets, Span logSumExp, Span dLosses, Span dLogits);

  /**
   * What a class number costs in {@link #weightedCrossEntropy}.
   *
   * @param smoothing ε of label smoothing in [0, 1]
   * @param gamma γ of the focal loss, at least 0; 0: plain cross-entropy
   */
  record ClassCost(double smoothing, double gamma) {}

  /**
   * Cross-entropy against class numbers with a weight for each class and the focal factor: with q the
   * probability of the label y, {@code losses[r] = w[y]·(1 − ε)·(1 − q)^γ·(−log q) + ε/classes·Σ_c w[c]·(−log
   * softmax(logits)[r, c])}. With γ = 0 PyTorch's {@code cross_entropy(weight=w, label_smoothing=ε,
   * reduction="none")}; with ε = 0 the focal loss of Lin et al. 2017 over a softmax.
   *
   * @param labels as in {@link #crossEntropy}
   * @param weights of the master type, {@code [classes]}; null: 1 for each
   * @param losses receives the loss of each row {@code [rows]}
   * @param logSumExp receives log Σ exp(logits) of each row {@code [rows]}
   * @param rowWeights receives w[y] of each row {@code [rows]}, which PyTorch's mean divides by; may be null
   */
  void weightedCrossEntropy(
      int rows,
      int classes,
      Span logits,
      Span labels,
      @Nullable Span weights,
      ClassCost cost,
      Span losses,
      Span logSumExp,
      @Nullable Span rowWeights);

  /**
   * The gradient of {@link #weightedCrossEntropy}: with p the softmax of row r, q = p[y], and {@code k =
   * w[y]·(1 − ε)·((1 − q)^γ − γ·(1 − q)^(γ−1)·q·log q)}, {@code dLogits[r, c] = dLosses[r]·(k·(p[c] − [c =
   * y]) + ε/classes·(p[c]·Σ_j w[j] − w[c]))}.
   *
   * @param logSumExp what the forward call wrote
   * @param dLosses the gradient of each row's loss, {@code [rows]}
   */
  void weightedCrossEntropyBackward(
      int rows,
      int classes,
      Span logits,
      Span labels,
      @Nullable Span weights,
      ClassCost cost,
      Span logSumExp,
      Span dLosses,
      Span dLogits);

  /**
   * What an answer costs in {@link #binaryCrossEntropy}.
   *
   * @param alpha weight of what belongs, 1 − alpha that of what does not; below 0: neither is weighed
   * @param gamma γ of the focal loss, at least 0; 0: plain cross-entropy
   */
  record BinaryCost(double alpha, double gamma) {
    /** Plain cross-entropy. */
    public static final BinaryCost PLAIN = new BinaryCost(-1, 0);
  }

  /**
   * Cross-entropy of a yes or no for each class. With t the target, w the positive weight and {@code σ}
   * the sigmoid, an element costs {@code b = (1 − t)·x + (1 + (w − 1)·t)·log(1 + exp(−x))} (PyTorch's
   * {@code binary_cross_entropy_with_logits(pos_weight=w)}), times {@code α·t + (1 − α)·(1 − t)} where α
   * is given, times {@code m^γ} with {@code m = σ(x) + t − 2·σ(x)·t} (torchvision's {@code
   * sigmoid_focal_loss}). A row's loss is the sum over its classes.
   *
   * @param targets of the master type, {@code [rows, classes]}, in [0, 1]
   * @param positiveWeights of the master type, {@code [classes]}; null: 1 for each
   * @param losses receives the loss of each row {@code [rows]}
   */
  void binaryCrossEntropy(
      int rows,
      int classes,
      Span logits,
      Span targets,
      @Nullable Span positiveWeights,
      BinaryCost cost,
      Span losses);

  /**
   * The gradient of {@link #binaryCrossEntropy}: with {@code b′ = (1 − t) − (1 + (w − 1)·t)·σ(−x)} and {@code
   * m′ = σ(x)·σ(−x)·(1 − 2t)}, {@code dLogits = dLosses[r]·α_t·(m^γ·b′ + γ·m^(γ−1)·m′·b)}.
   *
   * @param dLosses the gradient of each row's loss, {@code [rows]}
   */
  void binaryCrossEntropyBackward(
      int rows,
      int classes,
      Span logits,
      Span targets,
      @Nullable Span positiveWeights,
      BinaryCost cost,
      Span dLosses,
      Span dLogits);

  /** {@code y = softmax(x)} for each row. */
  void softmax(int rows, int classes, Span x, Span y);
}
