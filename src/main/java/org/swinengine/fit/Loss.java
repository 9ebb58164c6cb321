package org.swinengine.fit;

import org.swinengine.autograd.Variable;
import org.swinengine.data.ClassWeights;
import org.swinengine.ops.AddOp;
import org.swinengine.ops.BinaryCrossEntropyOp;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.ops.MultiplyOp;
import org.swinengine.ops.ScaleOp;
import org.swinengine.ops.SoftCrossEntropyOp;
import org.swinengine.ops.SumOp;
import org.swinengine.ops.WeightedCrossEntropyOp;
import org.swinengine.tensor.Shape;
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
   * What the mean was divided by: the number of samples, unless they are weighted.
   *
   * @param target as for {@link #of}
   */
  default double weight(Tensor target) {
    return target.dim(0);
  }

  /**
   * Cross-entropy with a weight for each class, its weighted mean: PyTorch's {@code
   * F.cross_entropy(weight=)}.
   *
   * @param weights of the classes, {@link org.swinengine.data.ClassWeights} for instance
   * @param smoothing in [0, 1]
   */
  static Loss weightedCrossEntropy(double[] weights, double smoothing) {
    double[] ofClasses = weights.clone();
    return new Loss() {
      @Override
      public Variable of(Variable output, Tensor target) {
        Tensor factors = Tensor.ofMaster(output.backend(), Shape.of(ofClasses.length), ofClasses);
        return WeightedCrossEntropyOp.apply(output, target, factors, smoothing);
      }

      @Override
      public double weight(Tensor target) {
        int[] labels = target.toInts();
        return ClassWeights.sum(labels, labels.length, ofClasses);
      }
    };
  }

  /**
   * The focal loss over a softmax (Lin et al. 2017).
   *
   * @param gamma at least 0; 2 in the paper
   */
  static Loss focal(double gamma) {
    return (output, target) -> WeightedCrossEntropyOp.focal(output, target, null, gamma);
  }

  /**
   * The mean cross-entropy of a yes or no for each class, of outputs and numbers {@code [batch, classes]}:
   * PyTorch's {@code F.binary_cross_entropy_with_logits}.
   */
  Loss BINARY_CROSS_ENTROPY = (output, target) -> BinaryCrossEntropyOp.apply(output, master(target), null);

  /** The mean cross-entropy against distributions, numbers {@code [batch, classes]}. */
  Loss SOFT_CROSS_ENTROPY = (output, target) -> SoftCrossEntropyOp.apply(output, master(target));

  /**
   * {@link #CROSS_ENTROPY} with label smoothing.
   *
   * @param smoothing in [0, 1]
   */
  static Loss crossEntropy(double smoothing) {
    return (output, target) -> CrossEntropyOp.apply(output, target, smoothing);
  }

  /** Targets as losses take them, in the precision of losses. */
  private static Tensor master(Tensor target) {
    if (target.dtype() == target.backend().masterType()) {
      return target;
    }
    Tensor precise = Tensor.emptyMaster(target.backend(), target.shape());
    target.backend().memory().copy(target, precise, target.elements());
    return precise;
  }
}
