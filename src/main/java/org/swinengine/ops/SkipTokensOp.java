package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * All tokens of every sample but the first few, PyTorch's {@code x[:, count:]}: patches without their prefix.
 */
public final class SkipTokensOp {
  private static final String NAME = "skipTokens";

  private SkipTokensOp() {}

  /**
   * Saves nothing: the gradient of the tokens left out is zero.
   *
   * @param x {@code [batch, tokens, channels]}
   * @param count tokens to leave out, in [0, tokens)
   * @return {@code [batch, tokens − count, channels]}
   */
  public static Variable apply(Variable x, int count) {
    Operands.checkRank(NAME, "x", x, 3, "[batch, tokens, channels]");
    int batch = x.dim(0);
    int tokens = x.dim(1);
    int channels = x.dim(2);
    ShapeException.check(
        count >= 0 && count < tokens, NAME, "%d tokens are to be left out, but x is %s with %d tokens", count,
        x.shape(), tokens);
    int whole = tokens * channels;
    int part = whole - count * channels;
    Shape rest = Shape.of(part);
    long start = (long) count * channels;
    MemoryKernels memory = x.backend().memory();
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value(), Shape.of(batch, tokens - count, channels)));
      if (batch > 0) {
        memory.copyRows(batch, part, x.value().slice(start, rest), whole, y, part);
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
                memory.fill(dx, dx.elements(), 0);
                memory.copyRows(batch, part, flow.output(), part, dx.slice(start, rest), whole);
              }));
    }
  }
}
