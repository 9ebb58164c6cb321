package org.swinengine.nn;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.ops.GlobalAttentionOp;
import org.swinengine.ops.Normalization;
import org.swinengine.tensor.Tensor;

/** ViT's multi-head self-attention among all tokens: {@code qkv}, attention, {@code proj}. */
public final class Attention extends Layer {
  private final int heads;
  private final double scale;
  private final Linear qkv;
  private final Linear proj;
  private final Dropout projDrop;

  public Attention(int dim, int heads, boolean qkvBias, double dropout) {
    WindowAttention.requireDivisible(dim, heads);
    this.heads = heads;
    this.scale = 1 / Math.sqrt((double) dim / heads);
    qkv = add("qkv", new Linear(dim, 3 * dim, qkvBias));
    proj = add("proj", new Linear(dim, dim, true));
    projDrop = add("proj_drop", new Dropout(dropout));
  }

  @Override
  protected void requireOwnComputableOn(Backend backend) {
    WindowAttention.requireHeads(backend, path(), heads, proj);
  }

  /** {@code attention(x)} of {@code [B, N, dim]}, without norm and residual. */
  @Override
  public Variable forward(Variable x, ForwardMode mode) {
    return forward(x, null, null, null, mode);
  }

  /**
   * {@code residual + scale·attention(norm(x))}, {@code [B, N, dim]}.
   *
   * @param residual null: none
   * @param rowScale DropPath's factors {@code [batch]}; null: 1
   */
  public Variable forward(
      Variable x,
      @Nullable Normalization norm,
      @Nullable Variable residual,
      @Nullable Tensor rowScale,
      ForwardMode mode) {
    Variable attended = GlobalAttentionOp.apply(qkv.forward(norm, x), heads, scale);
    return Residual.project(attended, proj, projDrop, residual, rowScale, mode);
  }

  /** How much of each token every token takes, of one image {@code [1, N, dim]}. */
  public TokenMixing weights(Variable x, @Nullable Normalization norm) {
    return new AttentionWeights(
        qkv.forward(norm, x).value().toFloats(), heads, x.dim(-1), scale, null, null).global();
  }
}
