package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * Puts windows together to an image again, drops the padding and shifts back: the inverse of
 * {@link WindowPartitionOp}, the original's {@code window_reverse} before its second {@code torch.roll}.
 */
public final class WindowReverseOp {
  private static final String NAME = "windowReverse";

  private WindowReverseOp() {}

  /**
   * Saves nothing: the gradient is partitioned; that of padding is zero.
   *
   * @param windows {@code [batch·windows, windowTokens, channels]}
   * @return {@code [batch, height, width, channels]}
   */
  public static Variable apply(Variable windows, WindowGeometry geometry) {
    Operands.checkRank(NAME, "x", windows, 3, "[batch·windows, windowTokens, channels]");
    int count = geometry.batch() * geometry.windows();
    ShapeException.check(
        windows.dim(0) == count && windows.dim(1) == geometry.windowTokens(), NAME,
        "x is %s, but the window geometry is made for [%d, %d, channels]", windows.shape(), count,
        geometry.windowTokens());
    int channels = windows.dim(2);
    Shape shape = Shape.of(geometry.batch(), geometry.height(), geometry.width(), channels);
    try (Scope scope = Scope.open()) {
      Tensor image = scope.keep(Tensor.emptyLike(windows.value(), shape));
      windows.backend().window().reverse(geometry, channels, windows.value(), image);
      if (!Tape.records(windows)) {
        return Variable.constant(image);
      }
      return Tape.record(
          NAME,
          Operands.where(windows),
          image,
          new Tensor[0],
          flow -> {
            Tensor dImage = flow.output();
            flow.compute(windows, dx -> windows.backend().window().partition(geometry, channels, dImage, dx));
          });
    }
  }
}
