package org.swinengine.fit;

import org.swinengine.autograd.Variable;
import org.swinengine.ops.AddOp;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.ops.MultiplyOp;
import org.swinengine.ops.ScaleOp;
import org.swinengine.ops.SumOp;
import org.swinengine.tensor.Tensor;

/** How wrong a net's output is: one number, made of differentiable operations. */
@FunctionalInterface
public interface Loss {
  /**
   * The mean cross-entropy of logits {@code [batch, classes]} against classes: PyTorch's
   * {@code F.cross_entropy}.
   */
  Loss CROSS_ENTROPY = crossEntropy(0);

  /** The mean of squared differences, of output and numbers of one shape: PyTorch's {@code F.mse_loss}. */
  Loss MEAN_SQUARED_ERROR =
      (output, target) -> {
        Variable negated = ScaleOp.apply(Variable.constant(target.reshape(output.shape())), -1);
        Variable difference = AddOp.apply(output, negated);
        Variable sum = SumOp.apply(MultiplyOp.apply(difference, difference));
        return ScaleOp.apply(sum, 1.0 / output.shape().elements());
      };

  /**
   * The loss of a batch, {@code []}.
   *
   * @param output of the net, {@code [batch, …]}
   * @param target classes, INT32 {@code [batch]}, or numbers {@code [batch, n]}
   */
  Variable of(Variable output, Tensor target);

  /**
   * {@link #CROSS_ENTROPY} with label smoothing.
   *
   * @param smoothing in [0, 1]
   */
  static Loss crossEntropy(double smoothing) {
    return (output, target) -> CrossEntropyOp.apply(output, target, smoothing);
  }
}
