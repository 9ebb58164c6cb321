package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Tensor;

/**
 * The cyclic shift of an image,
 * {@code y[b, (i + shiftHeight) mod height, (j + shiftWidth) mod width] = x[b, i, j]} (Swin Transformer,
 * figure 4); PyTorch's {@code torch.roll} over the two image axes.
 */
public final class CyclicShiftOp {
  private static final String NAME = "cyclicShift";

  private CyclicShiftOp() {}

  /**
   * Saves nothing: the gradient is shifted back.
   *
   * @param x {@code [batch, height, width, channels]}
   * @param shiftHeight rows; may be negative
   * @param shiftWidth columns; may be negative
   */
  public static Variable apply(Variable x, int shiftHeight, int shiftWidth) {
    Operands.checkRank(NAME, "x", x, 4, "[batch, height, width, channels]");
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value()));
      shift(x.value(), shiftHeight, shiftWidth, y);
      if (!Tape.records(x)) {
        return Variable.constant(y);
      }
      return Tape.record(
          NAME,
          Operands.where(x),
          y,
          new Tensor[0],
          flow -> flow.compute(x, dx -> shift(flow.output(), -shiftHeight, -shiftWidth, dx)));
    }
  }

  private static void shift(Tensor from, int shiftHeight, int shiftWidth, Tensor to) {
    from.backend()
        .window()
        .cyclicShift(from.dim(0), from.dim(1), from.dim(2), from.dim(3), shiftHeight, shiftWidth, from, to);
  }
}
