package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Tensor;

/**
 * The exact Gaussian error linear unit, {@code y = x·Φ(x)} (Hendrycks and Gimpel 2016; PyTorch's
 * {@code F.gelu(x)}).
 */
public final class GeluOp {
  private GeluOp() {}

  /** Any shape. Saves {@code x}: {@code dx = dy·(Φ(x) + x·φ(x))}. */
  public static Variable apply(Variable x) {
    long n = x.shape().elements();
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value()));
      x.backend().pointwise().gelu(n, x.value(), y);
      if (!Tape.records(x)) {
        return Variable.constant(y);
      }
      return Tape.record(
          "gelu",
          Operands.where(x),
          y,
          new Tensor[] {Operands.saved(x)},
          flow ->
              flow.compute(
                  x, dx -> x.backend().pointwise().geluBackward(n, x.value(), flow.output(), dx)));
    }
  }
}
