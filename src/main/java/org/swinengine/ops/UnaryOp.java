package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Tensor;

/**
 * {@code y = f(x)} for each element; {@link UnaryFunction} has the functions' formulas and PyTorch's names of
 * them.
 */
public final class UnaryOp {
  private UnaryOp() {}

  /** Any shape. Saves {@code x}, or {@code y} where {@link UnaryFunction#backwardFromResult} says so. */
  public static Variable apply(UnaryFunction f, Variable x) {
    Backend backend = x.backend();
    long n = x.shape().elements();
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value()));
      backend.pointwise().unary(f, n, x.value(), y);
      if (!Tape.records(x)) {
        return Variable.constant(y);
      }
      boolean result = f.backwardFromResult();
      return Tape.record(
          f.label(),
          Operands.where(x),
          y,
          new Tensor[] {result ? y : Operands.saved(x)},
          flow -> flow.compute(
              x,
              dx -> backend
                  .pointwise()
                  .unaryBackward(f, n, result ? y : x.value(), flow.output(), dx)));
    }
  }
}
