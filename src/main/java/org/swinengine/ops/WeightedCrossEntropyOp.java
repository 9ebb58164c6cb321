package org.swinengine.ops;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.LossKernels.ClassCost;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Cross-entropy against class numbers with a weight for each class (PyTorch's {@code
 * F.cross_entropy(weight=, label_smoothing=)}), and the focal loss over a softmax (Lin et al. 2017): with
 * q the probability of the label y, a row costs {@code w[y]·(1 − ε)·(1 − q)^γ·(−log q) + ε/classes·Σ_c
 * w[c]·(−log softmax(x)[c])}.
 *
 * <p>Logits are {@code [rows, classes]} or, of pixels, {@code [batch, classes, height, width]}; labels INT32
 * {@code [rows]} or {@code [batch, height, width]}.
 */
public final class WeightedCrossEntropyOp {
  private static final String NAME = "weightedCrossEntropy";

  private WeightedCrossEntropyOp() {}

  /**
   * The weighted mean, {@code []}: the sum of the losses over that of the labels' weights, as PyTorch has it.
   * Where a step has several parts, that of each counts for its share of these weights
   * ({@link #apply(Variable, Tensor, Tensor, double, double)}, with the sum over all of them).
   *
   * @param weights of the master type, {@code [classes]}
   * @param smoothing ε in [0, 1]
   * @throws IllegalArgumentException if ε is out of range or a label is no class; on a GPU such a label makes
   *     the loss NaN
   */
  public static Variable apply(Variable logits, Tensor labels, Tensor weights, double smoothing) {
    Rows rows = rows(logits, labels, weights, new ClassCost(smoothing, 0), true);
    return SampleLosses.mean(rows.losses, rows.weight);
  }

  /**
   * The same over another denominator.
   *
   * @param denominator what the sum of the losses is divided by: the sum of the labels' weights of all parts
   */
  public static Variable apply(
      Variable logits, Tensor labels, Tensor weights, double smoothing, double denominator) {
    Rows rows = rows(logits, labels, weights, new ClassCost(smoothing, 0), false);
    return SampleLosses.mean(rows.losses, denominator);
  }

  /**
   * The focal loss: the mean over rows or pixels, {@code []}.
   *
   * @param alpha weights of the classes, of the master type {@code [classes]}; null: 1 for each
   * @param gamma γ, at least 0
   */
  public static Variable focal(Variable logits, Tensor labels, @Nullable Tensor alpha, double gamma) {
    Variable losses = rows(logits, labels, alpha, 0, gamma);
    return SampleLosses.mean(losses, losses.shape().elements());
  }

  /**
   * The loss of each row or pixel, {@code [rows]}: what reports show of each picture. Saves the logits, the
   * labels and each row's log Σ exp; the gradient stands at {@link
   * org.swinengine.backend.LossKernels#weightedCrossEntropyBackward}.
   *
   * @param weights null: 1 for each class
   */
  public static Variable rows(
      Variable logits, Tensor labels, @Nullable Tensor weights, double smoothing, double gamma) {
    return rows(logits, labels, weights, new ClassCost(smoothing, gamma), false).losses;
  }

  /**
   * @param weight sum of the labels' weights; 0 where nobody asked
   */
  private record Rows(Variable losses, double weight) {}

  private static Rows rows(
      Variable logits, Tensor labels, @Nullable Tensor weights, ClassCost cost, boolean sums) {
    if (!(cost.smoothing() >= 0 && cost.smoothing() <= 1)) {
      throw new IllegalArgumentException(
          NAME + ": the label smoothing is " + cost.smoothing() + ", but must be between 0 and 1");
    }
    if (!(cost.gamma() >= 0 && cost.gamma() < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(NAME + ": gamma is " + cost.gamma() + ", but must be at least 0");
    }
    Variable x = SampleLosses.rows(NAME, logits);
    Tensor label = SampleLosses.labels(NAME, logits, labels);
    int rows = x.dim(0);
    int classes = x.dim(1);
    if (weights != null) {
      SampleLosses.checkMaster(NAME, "the classes' weight", weights, Shape.of(classes));
    }
    Backend backend = x.backend();
    boolean records = Tape.records(x);
    try (Scope scope = Scope.open()) {
      Tensor losses = scope.keep(Tensor.emptyMaster(backend, Shape.of(rows)));
      Tensor logSumExp = Tensor.emptyMaster(backend, Shape.of(rows));
      Tensor rowWeights = sums ? Tensor.emptyMaster(backend, Shape.of(rows)) : null;
      backend
          .loss()
          .weightedCrossEntropy(
              rows, classes, x.value(), label, weights, cost, losses, logSumExp, rowWeights);
      double weight = 0;
      if (rowWeights != null) {
        Tensor sum = Tensor.emptyMaster(backend, Shape.of());
        backend.reduce().sum(rows, rowWeights, sum);
        weight = sum.item();
      }
      if (!records) {
        return new Rows(Variable.constant(losses), weight);
      }
      Variable recorded =
          Tape.record(
              NAME,
              Operands.where(x),
              losses,
              new Tensor[] {Operands.saved(x), label, weights, logSumExp},
              flow -> flow.compute(
                  x,
                  dx -> backend
                      .loss()
                      .weightedCrossEntropyBackward(
                          rows, classes, x.value(), label, weights, cost, logSumExp, flow.output(), dx)));
      return new Rows(recorded, weight);
    }
  }
}
