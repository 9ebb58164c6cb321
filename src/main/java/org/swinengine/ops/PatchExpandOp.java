package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.ExpandedRows;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * The rearrangement of patch expanding (Swin-Unet, Cao et al. 2021, arXiv 2105.05537): a token's channels
 * become factor × factor tokens, in the order (row, column) = (0, 0), (0, 1), … of the original's
 * {@code rearrange(x, 'b h w (p1 p2 c) -> b (h p1) (w p2) c')}. It is not the inverse of
 * {@link PatchMergeOp}, whose order runs down the columns.
 */
public final class PatchExpandOp {
  private static final String NAME = "patchExpand";

  private PatchExpandOp() {}

  /**
   * Saves nothing: the gradient goes back to the channels it came from.
   *
   * @param x {@code [batch, height, width, factor·factor·channels]}
   * @return {@code [batch, factor·height, factor·width, channels]}
   */
  public static Variable apply(Variable x, int factor) {
    Shape shape = shapeOf(x, factor);
    return new ExchangedAxes(x.dim(0) * x.dim(1), x.dim(2), factor, factor * shape.dim(3))
        .of(NAME, x, shape);
  }

  /**
   * LayerNorm of the tokens that {@link #apply} gives, {@code LayerNormOp.apply(apply(x, factor), norm)} in
   * one pass: rows are normalised on their way to their place. Saves {@code x} and two statistics of each
   * row.
   *
   * @param x {@code [batch, height, width, factor·factor·channels]}
   * @param norm over {@code channels}
   * @return {@code [batch, factor·height, factor·width, channels]}
   */
  public static Variable applyNormalized(Variable x, int factor, Normalization norm) {
    Shape shape = shapeOf(x, factor);
    int columns = shape.dim(3);
    norm.check(NAME, columns);
    ExpandedRows places = new ExpandedRows(x.dim(0) * x.dim(1), x.dim(2), factor);
    Shape rows = Shape.of(places.rows());
    boolean records = Tape.records(x, norm.gamma(), norm.beta());
    try (Scope scope = Scope.open()) {
      Tensor mean = records ? Tensor.emptyMaster(x.backend(), rows) : null;
      Tensor inverseDeviation = records ? Tensor.emptyMaster(x.backend(), rows) : null;
      Tensor y = scope.keep(Tensor.emptyLike(x.value(), shape));
      x.backend()
          .norm()
          .layerNorm(
              places, places.rows(), columns, x.value(), norm.gamma().value(), norm.beta().value(),
              norm.epsilon(), y, mean,
              inverseDeviation);
      if (mean == null || inverseDeviation == null) {
        return Variable.constant(y);
      }
      return Tape.record(
          NAME,
          norm.gamma().path(),
          y,
          new Tensor[] {Operands.saved(x), mean, inverseDeviation},
          flow -> norm.backward(
              flow, x,
              (kernels, dx, accumulateInput, dGamma, dBeta, accumulate) -> kernels.layerNormBackward(
                  places, places.rows(), columns, flow.output(), x.value(), mean, inverseDeviation,
                  norm.gamma().value(), dx,
                  accumulateInput, dGamma, dBeta, accumulate)));
    }
  }

  private static Shape shapeOf(Variable x, int factor) {
    Operands.checkRank(NAME, "x", x, 4, "[batch, height, width, factor·factor·channels]");
    ShapeException.check(
        factor > 0 && x.dim(3) % (factor * factor) == 0, NAME,
        "x is %s, but its channels must be a multiple of %d × %d", x.shape(), factor, factor);
    return Shape.of(x.dim(0), factor * x.dim(1), factor * x.dim(2), x.dim(3) / (factor * factor));
  }
}
