package org.swinengine.ops;

import org.swinengine.autograd.GradientFlow;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/** A factor for each channel, {@code y = x·row} over the last axis: LayerScale (Touvron et al. 2021). */
public final class MultiplyRowOp {
  private static final String NAME = "multiplyRow";

  private MultiplyRowOp() {}

  /**
   * Saves {@code x} where the row wants a gradient: {@code dx = dy·row}, {@code dRow = Σ_rows dy·x}.
   *
   * @param x {@code […, channels]}
   * @param row {@code [channels]}
   */
  public static Variable apply(Variable x, Variable row) {
    ShapeException.check(x.shape().rank() > 0, NAME, "x is a scalar, but must be […, channels]");
    int columns = x.dim(-1);
    Operands.checkShape(NAME, "the row", row, Shape.of(columns));
    int rows = x.shape().rows();
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value()));
      x.backend().pointwise().multiplyRow(rows, columns, x.value(), row.value(), y);
      if (!Tape.records(x, row)) {
        return Variable.constant(y);
      }
      return Tape.record(
          NAME,
          Operands.where(row, x),
          y,
          new Tensor[] {row.requiresGradient() ? Operands.saved(x) : null},
          flow -> {
            Tensor dy = flow.output();
            if (row.requiresGradient()) {
              Tensor products = Tensor.emptyLike(dy);
              x.backend().pointwise().multiply(dy.elements(), dy, x.value(), products);
              GradientFlow.Target dRow = flow.target(row);
              x.backend().reduce().sumRows(rows, columns, products, dRow.tensor(), dRow.accumulate());
            }
            flow.compute(
                x, dx -> x.backend().pointwise().multiplyRow(rows, columns, dy, row.value(), dx));
          });
    }
  }
}
