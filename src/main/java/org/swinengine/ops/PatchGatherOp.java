package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * Cuts an image into patches, each a row in the order of a convolution's weight (channel slowest). With a
 * {@link LinearOp} on the rows this is PyTorch's {@code Conv2d(kernel_size=patch, stride=patch)}: the patch
 * embedding of ViT and Swin.
 */
public final class PatchGatherOp {
  private static final String NAME = "patchGather";

  private PatchGatherOp() {}

  /**
   * Saves nothing: the gradient of a row's element goes back to its pixel. Pixels beyond the lower and right
   * edges are zero.
   *
   * @param image {@code [batch, channels, height, width]}
   * @param patch edge of a patch
   * @return {@code [batch, ⌈height/patch⌉, ⌈width/patch⌉, channels·patch·patch]}
   */
  public static Variable apply(Variable image, int patch) {
    Operands.checkRank(NAME, "the image", image, 4, "[batch, channels, height, width]");
    ShapeException.check(patch > 0, NAME, "the patch size is %d, but must be at least 1", patch);
    int batch = image.dim(0);
    int channels = image.dim(1);
    int height = image.dim(2);
    int width = image.dim(3);
    Shape shape =
        Shape.of(
            batch, (height + patch - 1) / patch, (width + patch - 1) / patch, channels * patch * patch);
    try (Scope scope = Scope.open()) {
      Tensor rows = scope.keep(Tensor.emptyLike(image.value(), shape));
      image.backend().patch().embedGather(batch, channels, height, width, patch, image.value(), rows);
      if (!Tape.records(image)) {
        return Variable.constant(rows);
      }
      return Tape.record(
          NAME,
          Operands.where(image),
          rows,
          new Tensor[0],
          flow -> flow.compute(
              image,
              dImage -> image
                  .backend()
                  .patch()
                  .embedScatter(batch, channels, height, width, patch, flow.output(), dImage)));
    }
  }
}
