package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Tensor;

/** {@code y = a·b}, element by element; PyTorch's {@code torch.mul} without broadcasting. */
public final class MultiplyOp {
  private MultiplyOp() {}

  /**
   * Both of one shape. Saves the operand whose partner wants a gradient: {@code da = dy·b},
   * {@code db = dy·a}.
   */
  public static Variable apply(Variable a, Variable b) {
    Operands.checkShape("multiply", "the second operand", b, a.shape());
    long n = a.shape().elements();
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(a.value()));
      a.backend().pointwise().multiply(n, a.value(), b.value(), y);
      if (!Tape.records(a, b)) {
        return Variable.constant(y);
      }
      return Tape.record(
          "multiply",
          Operands.where(a, b),
          y,
          new Tensor[] {
            b.requiresGradient() ? Operands.saved(a) : null, a.requiresGradient() ? Operands.saved(b) : null
          },
          flow -> {
            flow.compute(a, da -> a.backend().pointwise().multiply(n, flow.output(), b.value(), da));
            flow.compute(b, db -> a.backend().pointwise().multiply(n, flow.output(), a.value(), db));
          });
    }
  }
}
