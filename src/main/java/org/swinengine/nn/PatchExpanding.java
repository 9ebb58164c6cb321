package org.swinengine.nn;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.ops.PatchExpandOp;

/**
 * Swin-Unet's upsampling, the original's {@code PatchExpand} (Cao et al. 2021): channels are doubled
 * ({@code expand}, no bias), each token becomes 2×2 of a quarter of that, and they are normalised
 * ({@code norm}, dim/2).
 */
public final class PatchExpanding extends Layer {
  private static final int FACTOR = 2;

  private final Linear expand;
  private final LayerNorm norm;

  /**
   * @param dim channels before; even
   */
  public PatchExpanding(int dim, double normEpsilon) {
    expand = add("expand", new Linear(dim, FACTOR * dim, false));
    norm = add("norm", new LayerNorm(dim / FACTOR, normEpsilon));
  }

  /** {@code [B, H, W, dim]} to {@code [B, 2H, 2W, dim/2]}. */
  @Override
  public Variable forward(Variable x, ForwardMode mode) {
    return forward(x, (LayerNorm) null);
  }

  /**
   * The norm acts on each token alone, so the tokens find their places on its way.
   *
   * @param x {@code [B, H, W, dim]}
   * @param inputNorm normalises x before; null: none
   * @return {@code [B, 2H, 2W, dim/2]}
   */
  public Variable forward(Variable x, @Nullable LayerNorm inputNorm) {
    Variable wide = expand.forward(inputNorm == null ? null : inputNorm.normalization(), x);
    return PatchExpandOp.applyNormalized(wide, FACTOR, norm.normalization());
  }
}
