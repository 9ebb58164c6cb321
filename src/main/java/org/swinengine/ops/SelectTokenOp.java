package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/** One token of every sample, {@code x[:, index]}: ViT's class token, DeiT's distillation token. */
public final class SelectTokenOp {
  private static final String NAME = "selectToken";

  private SelectTokenOp() {}

  /**
   * Saves nothing: the other tokens' gradient is zero.
   *
   * @param x {@code [batch, tokens, channels]}
   * @param index in [0, tokens)
   * @return {@code [batch, channels]}
   */
  public static Variable apply(Variable x, int index) {
    Operands.checkRank(NAME, "x", x, 3, "[batch, tokens, channels]");
    int batch = x.dim(0);
    int tokens = x.dim(1);
    int channels = x.dim(2);
    ShapeException.check(
        index >= 0 && index < tokens, NAME, "token %d is asked for, but x is %s with %d tokens", index,
        x.shape(), tokens);
    long stride = (long) tokens * channels;
    Shape token = Shape.of(channels);
    long start = (long) index * channels;
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value(), Shape.of(batch, channels)));
      if (batch > 0) {
        x.backend().memory().copyRows(batch, channels, x.value().slice(start, token), stride, y, channels);
      }
      if (!Tape.records(x)) {
        return Variable.constant(y);
      }
      return Tape.record(
          NAME,
          Operands.where(x),
          y,
          new Tensor[0],
          flow -> flow.compute(
              x,
              dx -> {
                x.backend().memory().fill(dx, dx.elements(), 0);
                x.backend()
                    .memory()
                    .copyRows(batch, channels, flow.output(), channels, dx.slice(start, token), stride);
              }));
    }
  }
}
