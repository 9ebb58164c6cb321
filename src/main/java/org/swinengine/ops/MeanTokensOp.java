package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * The mean over all tokens of a sample: Swin's pooling, PyTorch's {@code AdaptiveAvgPool1d(1)} over tokens.
 */
public final class MeanTokensOp {
  private static final String NAME = "meanTokens";

  private MeanTokensOp() {}

  /**
   * Saves nothing: {@code dx = dy/tokens} at every token.
   *
   * @param x {@code [batch, …tokens, channels]}, tokens on one axis or more
   * @return {@code [batch, channels]}
   */
  public static Variable apply(Variable x) {
    ShapeException.check(
        x.shape().rank() >= 3 && x.shape().elements() > 0, NAME,
        "x is %s, but must be [batch, tokens, channels] or [batch, height, width, channels], not empty",
        x.shape());
    int batch = x.dim(0);
    int channels = x.dim(-1);
    int tokens = x.shape().rows() / batch;
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value(), Shape.of(batch, channels)));
      x.backend().reduce().meanTokens(batch, tokens, channels, x.value(), y);
      if (!Tape.records(x)) {
        return Variable.constant(y);
      }
      return Tape.record(
          NAME,
          Operands.where(x),
          y,
          new Tensor[0],
          flow -> {
            Tensor dy = flow.output();
            flow.compute(x, dx -> x.backend().reduce().meanTokensBackward(batch, tokens, channels, dy, dx));
          });
    }
  }
}
