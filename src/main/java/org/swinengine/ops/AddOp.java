package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Tensor;

/** {@code y = a + b}, element by element; PyTorch's {@code torch.add} without broadcasting. */
public final class AddOp {
  private AddOp() {}

  /** Both of one shape. Saves nothing: {@code da = db = dy}, which one of the two takes over as it is. */
  public static Variable apply(Variable a, Variable b) {
    Operands.checkShape("add", "the second operand", b, a.shape());
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(a.value()));
      a.backend().pointwise().add(a.shape().elements(), a.value(), b.value(), y);
      if (!Tape.records(a, b)) {
        return Variable.constant(y);
      }
      return Tape.record(
          "add",
          Operands.where(a, b),
          y,
          new Tensor[0],
          flow -> {
            flow.pass(a);
            flow.pass(b);
          });
    }
  }
}
