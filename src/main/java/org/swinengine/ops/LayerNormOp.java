package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * Layer normalisation over the last axis, {@code y = (x − mean)/√(variance + ε)·γ + β} with the biased
 * variance (Ba et al. 2016; PyTorch's {@code F.layer_norm}).
 */
public final class LayerNormOp {
  private static final String NAME = "layerNorm";

  private LayerNormOp() {}

  /**
   * {@code x} is {@code […, columns]}, and so is the result. Saves {@code x} and two statistics of each row:
   * reading {@code x} once more is cheaper than keeping the normalised rows.
   *
   * <p>Backward, with x̂ the normalised rows and g = dy·γ:
   * {@code dx = (g − mean(g) − x̂·mean(g·x̂))/√(variance + ε)}, {@code dγ = Σ_rows dy·x̂},
   * {@code dβ = Σ_rows dy}.
   */
  public static Variable apply(Variable x, Normalization norm) {
    ShapeException.check(x.shape().rank() > 0, NAME, "x is a scalar, but must have rows to normalise");
    int columns = x.dim(-1);
    int rows = x.shape().rows();
    norm.check(NAME, columns);
    boolean records = Tape.records(x, norm.gamma(), norm.beta());
    try (Scope scope = Scope.open()) {
      Tensor mean = records ? Tensor.emptyMaster(x.backend(), Shape.of(rows)) : null;
      Tensor inverseDeviation = records ? Tensor.emptyMaster(x.backend(), Shape.of(rows)) : null;
      Tensor y = scope.keep(Tensor.emptyLike(x.value()));
      x.backend()
          .norm()
          .layerNorm(
              rows,
              columns,
              x.value(),
              norm.gamma().value(),
              norm.beta().value(),
              norm.epsilon(),
              y,
              mean,
              inverseDeviation);
      if (!records) {
        return Variable.constant(y);
      }
      return Tape.record(
          NAME,
          norm.gamma().path(),
          y,
          new Tensor[] {Operands.saved(x), mean, inverseDeviation},
          flow -> norm.backward(flow, flow.output(), x, mean, inverseDeviation));
    }
  }
}
