package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * The same elements under another shape, PyTorch's {@code Tensor.view}: no copy is made, neither of the
 * gradient.
 */
public final class ReshapeOp {
  private ReshapeOp() {}

  /** Saves nothing. */
  public static Variable apply(Variable x, Shape shape) {
    Tensor y = x.value().reshape(shape);
    if (!Tape.records(x)) {
      return Variable.constant(y);
    }
    return Tape.record("reshape", Operands.where(x), y, new Tensor[0], flow -> flow.pass(x));
  }
}
