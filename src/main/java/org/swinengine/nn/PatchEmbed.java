package org.swinengine.nn;

import org.swinengine.autograd.Variable;
import org.swinengine.ops.PatchGatherOp;

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
}
