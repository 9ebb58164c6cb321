package org.swinengine.ops;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.LossKernels.BinaryCost;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * A yes or no for each class, of which a picture may have several (PyTorch's {@code
 * F.binary_cross_entropy_with_logits(pos_weight=)}), and the focal loss over sigmoids (Lin et al. 2017;
 * torchvision's {@code sigmoid_focal_loss}). The formulas stand at {@link
 * org.swinengine.backend.LossKernels#binaryCrossEntropy}.
 *
 * <p>Logits and targets are {@code [rows, classes]}; targets, of the master type, are in [0, 1].
 */
public final class BinaryCrossEntropyOp {
  private static final String NAME = "binaryCrossEntropy";

  private BinaryCrossEntropyOp() {}

  /**
   * The mean over all answers, {@code []}.
   *
   * @param positiveWeights of the master type, {@code [classes]}; null: 1 for each
   */
  public static Variable apply(Variable logits, Tensor targets, @Nullable Tensor positiveWeights) {
    Variable rows = rows(logits, targets, positiveWeights, BinaryCost.PLAIN);
    return SampleLosses.mean(rows, logits.shape().elements());
  }

  /** The sum over classes, of which the mean over rows: timm's {@code sum_classes}. */
  public static Variable sumOfClasses(Variable logits, Tensor targets, @Nullable Tensor positiveWeights) {
    return SampleLosses.mean(rows(logits, targets, positiveWeights, BinaryCost.PLAIN), logits.dim(0));
  }

  /**
   * The focal loss: the mean over all answers, {@code []}.
   *
   * @param alpha weight of a yes, 1 − alpha that of a no; below 0: neither is weighed. 0.25 in torchvision
   * @param gamma γ, at least 0. 2 in torchvision
   */
  public static Variable focal(Variable logits, Tensor targets, double alpha, double gamma) {
    Variable rows = rows(logits, targets, null, new BinaryCost(alpha, gamma));
    return SampleLosses.mean(rows, logits.shape().elements());
  }

  /** The sum over classes of each row, {@code [rows]}. Saves logits and targets. */
  public static Variable rows(
      Variable logits, Tensor targets, @Nullable Tensor positiveWeights, BinaryCost cost) {
    Operands.checkRank(NAME, "the logits", logits, 2, "[rows, classes]");
    Variable x = SampleLosses.rows(NAME, logits);
    int rows = x.dim(0);
    int classes = x.dim(1);
    SampleLosses.checkMaster(NAME, "the target", targets, x.shape());
    if (positiveWeights != null) {
      SampleLosses.checkMaster(NAME, "the positive weight", positiveWeights, Shape.of(classes));
    }
    if (!(cost.gamma() >= 0 && cost.gamma() < Double.POSITIVE_INFINITY && cost.alpha() <= 1)) {
      throw new IllegalArgumentException(
          NAME + ": gamma is " + cost.gamma() + " and alpha " + cost.alpha()
              + ", but must be at least 0 and at most 1");
    }
    Backend backend = x.backend();
    boolean records = Tape.records(x);
    try (Scope scope = Scope.open()) {
      Tensor losses = scope.keep(Tensor.emptyMaster(backend, Shape.of(rows)));
      backend.loss().binaryCrossEntropy(rows, classes, x.value(), targets, positiveWeights, cost, losses);
      if (!records) {
        return Variable.constant(losses);
      }
      return Tape.record(
          NAME,
          Operands.where(x),
          losses,
          new Tensor[] {Operands.saved(x), targets, positiveWeights},
          flow -> flow.compute(
              x,
              dx -> backend
                  .loss()
                  .binaryCrossEntropyBackward(
                      rows, classes, x.value(), targets, positiveWeights, cost, flow.output(), dx)));
    }
  }
}
