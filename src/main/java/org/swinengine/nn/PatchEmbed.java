package org.swinengine.nn;

import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.ops.AddRowOp;
import org.swinengine.ops.PatchGatherOp;
import org.swinengine.ops.ReshapeOp;
import org.swinengine.tensor.Shape;

/**
 * Image to patch tokens: a convolution whose kernel is its stride ({@code proj}), then an optional LayerNorm
 * ({@code norm}).
 */
public final class PatchEmbed extends Module {
  private final int patch;
  private final Linear proj;
  private final LayerNorm norm;

  /**
   * @param channels of the image
   * @param patch side of a patch in pixels
   * @param dim channels of a token
   * @param normEpsilon epsilon of the LayerNorm; null: no norm
   */
  public PatchEmbed(int channels, int patch, int dim, Double normEpsilon) {
    this.patch = patch;
    proj = add("proj", Linear.patchConvolution(channels, patch, dim));
    norm = normEpsilon == null ? null : add("norm", new LayerNorm(dim, normEpsilon));
  }

  /** {@code [B, channels, H, W]} to {@code [B, ⌈H/patch⌉, ⌈W/patch⌉, dim]}. */
  public Variable forward(Variable image) {
    Variable tokens = proj.forward(PatchGatherOp.apply(image, patch));
    return norm == null ? tokens : norm.forward(tokens);
  }

  /**
   * {@link #forward(Variable)} plus an embedding of each token's place.
   *
   * @param positions {@code [1, tokens, dim]}; null: none
   */
  public Variable forward(Variable image, Parameter positions) {
    Variable tokens = forward(image);
    if (positions == null) {
      return tokens;
    }
    Shape layout = tokens.shape();
    Shape sequence = Shape.of(layout.dim(0), layout.dim(1) * layout.dim(2), layout.dim(3));
    return ReshapeOp.apply(AddRowOp.apply(ReshapeOp.apply(tokens, sequence), positions), layout);
  }
}
