package org.swinengine.ops;

import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;

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
    Operands.checkRank(NAME, "x", x, 4, "[batch, height, width, factor·factor·channels]");
    ShapeException.check(
        factor > 0 && x.dim(3) % (factor * factor) == 0, NAME,
        "x is %s, but its channels must be a multiple of %d × %d", x.shape(), factor, factor);
    int batch = x.dim(0);
    int height = x.dim(1);
    int width = x.dim(2);
    int channels = x.dim(3) / (factor * factor);
    Shape shape = Shape.of(batch, factor * height, factor * width, channels);
    return new ExchangedAxes(batch * height, width, factor, factor * channels).of(NAME, x, shape);
  }
}
