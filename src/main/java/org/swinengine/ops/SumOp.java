package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** The sum of all elements, PyTorch's {@code torch.sum(x)}. */
public final class SumOp {
  private SumOp() {}

  /** Any shape to a scalar {@code []}. Saves nothing: {@code dx = dy} at every element. */
  public static Variable apply(Variable x) {
    long n = x.shape().elements();
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyMaster(x.backend(), Shape.of()));
      x.backend().reduce().sum(n, x.value(), y);
      if (!Tape.records(x)) {
        return Variable.constant(y);
      }
      return Tape.record(
          "sum",
          Operands.where(x),
          y,
          new Tensor[0],
          flow -> {
            // The gradient stays on the device: one row of ones, scaled by it.
            flow.compute(
                x,
                dx -> {
                  x.backend().memory().fill(dx, n, 1);
                  x.backend().pointwise().scaleRows(1, n, dx, flow.output(), dx);
                });
          });
    }
  }
}
