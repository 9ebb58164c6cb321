package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Cross-entropy of logits against a distribution for each row: {@code loss = Σ_c target[c]·(log Σ exp(x) −
 * x[c])} (PyTorch's {@code F.cross_entropy} with probabilities, timm's {@code SoftTargetCrossEntropy}); what
 * mixed pictures and teachers need.
 */
public final class SoftCrossEntropyOp {
  private static final String NAME = "softCrossEntropy";

  private SoftCrossEntropyOp() {}

  /**
   * The mean over rows, {@code []}.
   *
   * @param logits {@code [rows, classes]}
   * @param targets of the master type, {@code [rows, classes]}; a row need not add up to 1
   */
  public static Variable apply(Variable logits, Tensor targets) {
    return SampleLosses.mean(rows(logits, targets), logits.dim(0));
  }

  /**
   * The loss of each row, {@code [rows]}. Saves the logits, the targets and each row's log Σ exp: {@code
   * dLogits = dLoss·(softmax(logits)·Σ target − target)}.
   */
  public static Variable rows(Variable logits, Tensor targets) {
    Operands.checkRank(NAME, "the logits", logits, 2, "[rows, classes]");
    Variable x = SampleLosses.rows(NAME, logits);
    SampleLosses.checkMaster(NAME, "the target", targets, x.shape());
    int rows = x.dim(0);
    int classes = x.dim(1);
    Backend backend = x.backend();
    boolean records = Tape.records(x);
    try (Scope scope = Scope.open()) {
      Tensor losses = scope.keep(Tensor.emptyMaster(backend, Shape.of(rows)));
      Tensor logSumExp = Tensor.emptyMaster(backend, Shape.of(rows));
      backend.loss().softCrossEntropy(rows, classes, x.value(), targets, losses, logSumExp);
      if (!records) {
        return Variable.constant(losses);
      }
      return Tape.record(
          NAME,
          Operands.where(x),
          losses,
          new Tensor[] {Operands.saved(x), targets, logSumExp},
          flow -> flow.compute(
              x,
              dx -> backend
                  .loss()
                  .softCrossEntropyBackward(
                      rows, classes, x.value(), targets, logSumExp, flow.output(), dx)));
    }
  }
}
