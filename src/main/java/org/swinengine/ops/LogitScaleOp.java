package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.PointwiseKernels;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * The factors on cosine logits in Swin Transformer V2 (section 3.3, 1/τ): {@code y = e^min(x, ln 100)}, so
 * that none exceeds 100. It is the logarithm that is bounded, PyTorch's
 * {@code torch.clamp(x, max=ln 100).exp()}; beyond the bound the gradient is zero.
 */
public final class LogitScaleOp {
  /** ln 100. */
  static final double LARGEST = 4.605170185988092;

  private LogitScaleOp() {}

  /**
   * Saves {@code x}: {@code dx = dy·eˣ} up to the bound.
   *
   * @param x logarithms, one for each head, of any shape: {@code [heads, 1, 1]} in checkpoints
   * @return {@code [heads]}
   */
  public static Variable apply(Variable x) {
    int heads = Math.toIntExact(x.shape().elements());
    PointwiseKernels kernels = x.backend().pointwise();
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value(), Shape.of(heads)));
      kernels.expAtMost(heads, LARGEST, x.value(), y);
      if (!Tape.records(x)) {
        return Variable.constant(y);
      }
      return Tape.record(
          "logitScale",
          Operands.where(x),
          y,
          new Tensor[] {Operands.saved(x)},
          flow -> flow.compute(
              x, dx -> kernels.expAtMostBackward(heads, LARGEST, x.value(), flow.output(), dx)));
    }
  }
}
