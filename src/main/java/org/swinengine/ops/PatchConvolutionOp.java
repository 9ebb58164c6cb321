package org.swinengine.ops;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.GradientFlow;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.PatchConvolution;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * The patch embedding's convolution, PyTorch's {@code Conv2d(kernel_size=patch, stride=patch)} with its
 * channels last: {@code y[b, i, j, ·] = W·patch(b, i, j) + bias}. A gather of the patches and a product
 * ({@link PatchGatherOp}, {@link LinearOp}) on every backend; one call where a backend has a library for it
 * and the size asks for no padding.
 */
public final class PatchConvolutionOp {
  private static final String NAME = "patchConvolution";

  private PatchConvolutionOp() {}

  /**
   * By a library it saves the image, where the weight wants its gradient; else what its parts save.
   *
   * @param image {@code [batch, channels, height, width]}; pixels beyond the lower and right edges are zero
   * @param patch edge of a patch
   * @param weight {@code [out, channels, patch, patch]}
   * @param biasOrNull {@code [out]}
   * @return {@code [batch, ⌈height/patch⌉, ⌈width/patch⌉, out]}
   */
  public static Variable apply(Variable image, int patch, Parameter weight, @Nullable Parameter biasOrNull) {
    Operands.checkRank(NAME, "the image", image, 4, "[batch, channels, height, width]");
    ShapeException.check(patch > 0, NAME, "the patch size is %d, but must be at least 1", patch);
    int out = weight.shape().dim(0);
    PatchConvolution.Sizes sizes =
        new PatchConvolution.Sizes(
            image.dim(0), image.dim(1), image.dim(2), image.dim(3), patch, out);
    PatchConvolution library = image.backend().patchConvolution();
    boolean whole = sizes.height() % patch == 0 && sizes.width() % patch == 0;
    if (library == null || !whole || !library.does(sizes)) {
      return LinearOp.apply(PatchGatherOp.apply(image, patch), weight, biasOrNull);
    }
    Operands.checkShape(NAME, "the weight", weight, Shape.of(out, sizes.channels(), patch, patch));
    Shape shape = Shape.of(sizes.batch(), sizes.height() / patch, sizes.width() / patch, out);
    try (Scope scope = Scope.open()) {
      Tensor tokens = scope.keep(Tensor.emptyLike(image.value(), shape));
      library.forward(sizes, image.value(), weight.prepared(), Operands.valueOrNull(biasOrNull), tokens);
      weight.used();
      if (!Tape.records(image, weight, biasOrNull)) {
        return Variable.constant(tokens);
      }
      return Tape.record(
          NAME,
          weight.path(),
          tokens,
          new Tensor[] {weight.requiresGradient() ? Operands.saved(image) : null},
          flow -> backward(flow, library, sizes, image, weight, biasOrNull));
    }
  }

  private static void backward(
      GradientFlow flow, PatchConvolution library, PatchConvolution.Sizes sizes, Variable image,
      Parameter weight, @Nullable Parameter biasOrNull) {
    Tensor dTokens = flow.output();
    Parameter bias = biasOrNull != null && biasOrNull.requiresGradient() ? biasOrNull : null;
    Parameter together =
        bias != null && weight.requiresGradient() && weight.hasGradient() == bias.hasGradient() ? bias : null;
    if (weight.requiresGradient()) {
      GradientFlow.Target dWeight = flow.target(weight);
      Tensor dBias = together == null ? null : flow.target(together).tensor();
      library.backwardWeight(
          sizes, image.value(), dTokens, dWeight.tensor(), dBias, dWeight.accumulate());
    }
    if (bias != null && together == null) {
      GradientFlow.Target dBias = flow.target(bias);
      image.backend().reduce().sumRows(
          sizes.tokens(), sizes.out(), dTokens, dBias.tensor(), dBias.accumulate());
    }
    flow.compute(image, dImage -> library.backwardImage(sizes, dTokens, weight.prepared(), dImage));
    weight.used();
  }
}
