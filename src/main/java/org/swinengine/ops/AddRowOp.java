package org.swinengine.ops;

import org.swinengine.autograd.GradientFlow;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * One row added to every sample, {@code y[s, …] = x[s, …] + row[0, …]}: the absolute position embedding (ViT,
 * equation 1); PyTorch's {@code x + row} broadcast over the batch.
 */
public final class AddRowOp {
  private static final String NAME = "addRow";

  private AddRowOp() {}

  /**
   * Saves nothing: {@code dx = dy}, {@code dRow = Σ_samples dy}.
   *
   * @param x {@code [batch, …rest]}
   * @param row {@code [1, …rest]}
   */
  public static Variable apply(Variable x, Variable row) {
    ShapeException.check(x.shape().rank() > 0, NAME, "x is a scalar, but must be [batch, …]");
    int[] dims = x.shape().dims();
    int batch = dims[0];
    dims[0] = 1;
    Operands.checkShape(NAME, "the row", row, Shape.of(dims));
    long columns = row.shape().elements();
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value()));
      x.backend().pointwise().addRow(batch, columns, x.value(), row.value(), y);
      if (!Tape.records(x, row)) {
        return Variable.constant(y);
      }
      return Tape.record(
          NAME,
          Operands.where(row, x),
          y,
          new Tensor[0],
          flow -> {
            if (row.requiresGradient()) {
              GradientFlow.Target dRow = flow.target(row);
              x.backend().reduce().sumRows(batch, columns, flow.output(), dRow.tensor(), dRow.accumulate());
            }
            flow.pass(x);
          });
    }
  }
}
