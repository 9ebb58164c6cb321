package org.swinengine.nn;

import org.swinengine.autograd.Variable;
import org.swinengine.ops.LinearOp;
import org.swinengine.ops.PatchMergeOp;

/**
 * Swin's downsampling: each 2×2 cell of tokens is concatenated in the order (even row, even column), (odd,
 * even), (even, odd), (odd, odd) and reduced to 2·dim ({@code reduction}, no bias). Swin V1 normalises before
 * the reduction ({@code norm}, 4·dim), Swin V2 after it ({@code norm}, 2·dim).
 */
public final class PatchMerging extends Layer {
  private final boolean normFirst;
  private final Linear reduction;
  private final LayerNorm norm;

  /** Swin V1's: the norm before the reduction. */
  public PatchMerging(int dim, double normEpsilon) {
    this(dim, normEpsilon, true);
  }

  private PatchMerging(int dim, double normEpsilon, boolean normFirst) {
    this.normFirst = normFirst;
    reduction = add("reduction", new Linear(4 * dim, 2 * dim, false));
    norm = add("norm", new LayerNorm((normFirst ? 4 : 2) * dim, normEpsilon));
  }

  /** Swin V2's: the norm after the reduction. */
  public static PatchMerging normLast(int dim, double normEpsilon) {
    return new PatchMerging(dim, normEpsilon, false);
  }

  @Override
  public Variable forward(Variable x, ForwardMode mode) {
    return forward(x);
  }

  /** {@code [B, H, W, dim]} to {@code [B, ⌈H/2⌉, ⌈W/2⌉, 2·dim]}; an odd edge is padded with zeros. */
  public Variable forward(Variable x) {
    Variable merged = PatchMergeOp.apply(x, normFirst);
    return normFirst // as is what reads the result: the next stage's first block
        ? LinearOp.applyNormalized(merged, norm.normalization(), reduction.weight, reduction.bias, true)
        : norm.forward(reduction.forward(merged));
  }
}
