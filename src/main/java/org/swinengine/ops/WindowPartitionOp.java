package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * Cuts an image, shifted and padded with zeros as the geometry says, into windows: the original's
 * {@code window_partition} after its {@code torch.roll}. {@link WindowAttentionOp} does without; this serves
 * models and tools that work on windows themselves.
 */
public final class WindowPartitionOp {
  private static final String NAME = "windowPartition";

  private WindowPartitionOp() {}

  /**
   * Saves nothing: the gradient of a window's token goes back to its place; that of padding is dropped.
   *
   * @param x {@code [batch, height, width, channels]}
   * @return {@code [batch·windows, windowTokens, channels]}
   */
  public static Variable apply(Variable x, WindowGeometry geometry) {
    Operands.checkRank(NAME, "x", x, 4, "[batch, height, width, channels]");
    ShapeException.check(
        x.dim(0) == geometry.batch() && x.dim(1) == geometry.height() && x.dim(2) == geometry.width(), NAME,
        "x is %s, but the window geometry is made for [%d, %d, %d, …]", x.shape(), geometry.batch(),
        geometry.height(), geometry.width());
    int channels = x.dim(3);
    Shape shape = Shape.of(geometry.batch() * geometry.windows(), geometry.windowTokens(), channels);
    try (Scope scope = Scope.open()) {
      Tensor windows = scope.keep(Tensor.emptyLike(x.value(), shape));
      x.backend().window().partition(geometry, channels, x.value(), windows);
      if (!Tape.records(x)) {
        return Variable.constant(windows);
      }
      return Tape.record(
          NAME,
          Operands.where(x),
          windows,
          new Tensor[0],
          flow -> flow.compute(x, dx -> x.backend().window().reverse(geometry, channels, flow.output(), dx)));
    }
  }
}
