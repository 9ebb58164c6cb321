package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/** A grey image as one of several equal channels: PyTorch's {@code x.repeat(1, channels, 1, 1)}. */
public final class RepeatChannelsOp {
  private static final String NAME = "repeatChannels";

  private RepeatChannelsOp() {}

  /**
   * Saves nothing: a pixel's gradient is the sum over channels.
   *
   * @param image {@code [batch, 1, height, width]}
   * @return {@code [batch, channels, height, width]}
   */
  public static Variable apply(Variable image, int channels) {
    Operands.checkRank(NAME, "the image", image, 4, "[batch, 1, height, width]");
    ShapeException.check(
        image.dim(1) == 1 && channels > 0, NAME,
        "the image is %s and is to get %d channels, but it must be [batch, 1, height, width] and get at"
            + " least one",
        image.shape(), channels);
    int batch = image.dim(0);
    Shape plane = Shape.of(image.dim(2) * image.dim(3));
    int pixels = plane.dim(0);
    int stride = channels * pixels;
    Backend backend = image.backend();
    try (Scope scope = Scope.open()) {
      Shape shape = Shape.of(batch, channels, image.dim(2), image.dim(3));
      Tensor y = scope.keep(Tensor.emptyLike(image.value(), shape));
      for (int c = 0; batch > 0 && c < channels; c++) {
        Tensor place = y.slice((long) c * pixels, plane);
        backend.memory().copyRows(batch, pixels, image.value(), pixels, place, stride);
      }
      if (!Tape.records(image)) {
        return Variable.constant(y);
      }
      return Tape.record(
          NAME,
          Operands.where(image),
          y,
          new Tensor[0],
          flow -> flow.compute(
              image,
              sum -> {
                Tensor channel = Tensor.emptyLike(sum);
                for (int c = 0; batch > 0 && c < channels; c++) {
                  Tensor from = flow.output().slice((long) c * pixels, plane);
                  backend.memory().copyRows(batch, pixels, from, stride, c == 0 ? sum : channel, pixels);
                  if (c > 0) {
                    backend.pointwise().add(sum.elements(), sum, channel, sum);
                  }
                }
              }));
    }
  }
}
