package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Tensor;

/** {@code y = factor·x} for a constant factor. */
public final class ScaleOp {
  private ScaleOp() {}

  /** Any shape. Saves nothing: {@code dx = factor·dy}. */
  public static Variable apply(Variable x, double factor) {
    long n = x.shape().elements();
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value()));
      x.backend().pointwise().scale(n, factor, x.value(), y);
      if (!Tape.records(x)) {
        return Variable.constant(y);
      }
      return Tape.record(
          "scale",
          Operands.where(x),
          y,
          new Tensor[0],
          flow -> flow.compute(x, dx -> x.backend().pointwise().scale(n, factor, flow.output(), dx)));
    }
  }
}
