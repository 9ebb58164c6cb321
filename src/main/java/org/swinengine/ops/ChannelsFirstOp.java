package org.swinengine.ops;

import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Shape;

/**
 * From the layout of tokens, channels last, to that of PyTorch's images, channels first, and back:
 * {@code x.permute(0, 3, 1, 2)} and {@code x.permute(0, 2, 3, 1)}.
 */
public final class ChannelsFirstOp {
  private ChannelsFirstOp() {}

  /**
   * Saves nothing.
   *
   * @param x {@code [batch, height, width, channels]}
   * @return {@code [batch, channels, height, width]}
   */
  public static Variable apply(Variable x) {
    String name = "channelsFirst";
    Operands.checkRank(name, "x", x, 4, "[batch, height, width, channels]");
    Shape shape = Shape.of(x.dim(0), x.dim(3), x.dim(1), x.dim(2));
    return new ExchangedAxes(x.dim(0), x.dim(1) * x.dim(2), x.dim(3), 1).of(name, x, shape);
  }

  /**
   * The way back. Saves nothing.
   *
   * @param x {@code [batch, channels, height, width]}
   * @return {@code [batch, height, width, channels]}
   */
  public static Variable channelsLast(Variable x) {
    String name = "channelsLast";
    Operands.checkRank(name, "x", x, 4, "[batch, channels, height, width]");
    Shape shape = Shape.of(x.dim(0), x.dim(2), x.dim(3), x.dim(1));
    return new ExchangedAxes(x.dim(0), x.dim(1), x.dim(2) * x.dim(3), 1).of(name, x, shape);
  }
}
