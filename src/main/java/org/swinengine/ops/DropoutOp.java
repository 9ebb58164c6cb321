package org.swinengine.ops;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.DropoutMask;
import org.swinengine.backend.RandomKey;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * Dropout (Srivastava et al. 2014; PyTorch's {@code F.dropout} in training): each element is zero with the
 * given probability, the others are divided by what is left of 1.
 */
public final class DropoutOp {
  private DropoutOp() {}

  /**
   * Saves nothing: the same key draws the same elements again for {@code dx}. With probability 0 the result
   * is {@code x} itself.
   *
   * @param x {@code [samples, …]}
   * @param probability of dropping, in [0, 1)
   * @param key stream and step of the draw
   * @param firstSample global index of the first sample, so that a draw does not depend on batching
   */
  public static Variable apply(Variable x, double probability, RandomKey key, long firstSample) {
    checkProbability("dropout", probability);
    ShapeException.check(x.shape().rank() > 0, "dropout", "x is a scalar, but must be [samples, …]");
    if (probability == 0 || x.shape().elements() == 0) {
      return x;
    }
    int samples = x.dim(0);
    long elements = x.shape().elements() / samples;
    double keep = 1 - probability;
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value()));
      x.backend().random().dropout(key, firstSample, samples, elements, keep, x.value(), y);
      if (!Tape.records(x)) {
        return Variable.constant(y);
      }
      return Tape.record(
          "dropout",
          Operands.where(x),
          y,
          new Tensor[0],
          flow -> {
            Tensor dy = flow.output();
            flow.compute(
                x, dx -> x.backend().random().dropout(key, firstSample, samples, elements, keep, dy, dx));
          });
    }
  }

  /**
   * What the same dropout keeps of a result that another operation drops where it finishes it: of
   * {@code [samples, …]} as of {@link #apply}. Null with probability 0.
   *
   * @param result shape of what is dropped
   */
  public static @Nullable DropoutMask mask(
      Shape result, double probability, RandomKey key, long firstSample) {
    checkProbability("dropout", probability);
    ShapeException.check(result.rank() > 0, "dropout", "x is a scalar, but must be [samples, …]");
    return probability == 0 || result.elements() == 0
        ? null
        : new DropoutMask(key, firstSample, result.rows() / result.dim(0), 1 - probability);
  }

  static void checkProbability(String operation, double probability) {
    if (!(probability >= 0 && probability < 1)) {
      throw new IllegalArgumentException(
          operation + ": the probability of dropping is " + probability
              + ", but must be at least 0 and below 1");
    }
  }
}
