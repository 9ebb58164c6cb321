package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Tensor;

/**
 * {@code y = tanh(x)} (PyTorch's {@code torch.tanh}), as σ(2x) − σ(−2x): ViT's representation layer is too
 * small to deserve a kernel of its own.
 */
public final class TanhOp {
  private TanhOp() {}

  /** Any shape. Saves s = σ(2x): {@code dx = 4·dy·s·(1 − s)}. */
  public static Variable apply(Variable x) {
    Backend backend = x.backend();
    long n = x.shape().elements();
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value()));
      Tensor s = Tensor.emptyLike(x.value());
      backend.pointwise().scale(n, 2, x.value(), s);
      backend.pointwise().scale(n, -1, s, y);
      backend.pointwise().unary(UnaryFunction.SIGMOID, n, s, s);
      backend.pointwise().unary(UnaryFunction.SIGMOID, n, y, y);
      backend.pointwise().scale(n, -1, y, y);
      backend.pointwise().add(n, s, y, y);
      if (!Tape.records(x)) {
        return Variable.constant(y);
      }
      return Tape.record(
          "tanh",
          Operands.where(x),
          y,
          new Tensor[] {s},
          flow -> flow.compute(
              x,
              dx -> {
                backend.pointwise().unaryBackward(UnaryFunction.SIGMOID, n, s, flow.output(), dx);
                backend.pointwise().scale(n, 4, dx, dx);
              }));
    }
  }
}
