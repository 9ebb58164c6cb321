package org.swinengine.nn;

import org.swinengine.autograd.Variable;
import org.swinengine.ops.PatchMergeOp;

/**
 * Swin's downsampling: each 2×2 cell of tokens is concatenated in the order (even row, even column), (odd, even),
 * (even, odd), (odd, odd), normalised ({@code norm}, 4·dim) and reduced to 2·dim ({@code reduction}, no bias).
 */
public final class PatchMerging extends Module {
  private final Linear reduction;
  private final LayerNorm norm;

  public PatchMerging(int dim, double normEpsilon) {
    reduction = add("reduction", new Linear(4 * dim, 2 * dim, false));
    norm = add("norm", new LayerNorm(4 * dim, normEpsilon));
  }

  /** {@code [B, H, W, dim]} to {@code [B, ⌈H/2⌉, ⌈W/2⌉, 2·dim]}; an odd edge is padded with zeros. */
  public Variable forward(Variable x) {
    return reduction.forward(norm.normalization(), PatchMergeOp.apply(x));
  }
}
