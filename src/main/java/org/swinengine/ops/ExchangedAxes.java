package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Two neighbouring axes of a tensor that change places, {@code [outer, rows, columns, run]} to
 * {@code [outer, columns, rows, run]}: what {@link PatchExpandOp} and {@link ChannelsFirstOp} are.
 */
record ExchangedAxes(int outer, int rows, int columns, int run) {
  /**
   * Saves nothing: the gradient goes the way back.
   *
   * @param name the operation's
   * @param shape of the result
   */
  Variable of(String name, Variable x, Shape shape) {
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value(), shape));
      x.backend().patch().exchange(outer, rows, columns, run, x.value(), y);
      if (!Tape.records(x)) {
        return Variable.constant(y);
      }
      return Tape.record(
          name,
          Operands.where(x),
          y,
          new Tensor[0],
          flow -> flow.compute(
              x, dx -> x.backend().patch().exchange(outer, columns, rows, run, flow.output(), dx)));
    }
  }
}
