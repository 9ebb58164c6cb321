package org.swinengine.nn;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.ops.LinearOp;
import org.swinengine.ops.LogitScaleOp;
import org.swinengine.ops.QkvBiasOp;
import org.swinengine.ops.WindowAttentionOp;
import org.swinengine.tensor.Shape;

/**
 * Swin V2's (shifted) window attention (Liu et al. 2022, section 3.3): cosines of queries and keys times a
 * learned factor of each head ({@code logit_scale [heads, 1, 1]}, its logarithm), plus a bias that a small
 * network computes from relative positions ({@code cpb_mlp}). The projection {@code qkv} has a bias for
 * queries and values alone.
 */
public final class CosineWindowAttention extends Module {
  /** ln 10: attention starts with cosines times ten. */
  private static final float FIRST_LOGIT_SCALE = 2.3025851f;

  private final int heads;
  private final Parameter logitScale;
  private final @Nullable Parameter queryBias;
  private final @Nullable Parameter valueBias;
  private final ContinuousPositionBias cpbMlp;
  private final Linear qkv;
  private final Linear proj;
  private final Dropout projDrop;

  /**
   * @param window {height, width} for which the biases are computed
   * @param pretrainedWindow side of the pre-training's window; 0: the same window
   * @param qkvBias whether queries and values have a bias, {@code q_bias} and {@code v_bias}
   * @param dropout probability after the projection
   */
  public CosineWindowAttention(
      int dim, int[] window, int pretrainedWindow, int heads, boolean qkvBias, double dropout) {
    WindowAttention.requireDivisible(dim, heads);
    this.heads = heads;
    logitScale =
        parameter("logit_scale", Shape.of(heads, 1, 1), Initializers.constant(FIRST_LOGIT_SCALE), false);
    queryBias = qkvBias ? parameter("q_bias", Shape.of(dim), Initializers.zeros(), false) : null;
    valueBias = qkvBias ? parameter("v_bias", Shape.of(dim), Initializers.zeros(), false) : null;
    cpbMlp = add("cpb_mlp", new ContinuousPositionBias(window, pretrainedWindow, heads));
    qkv = add("qkv", new Linear(dim, 3 * dim, false));
    proj = add("proj", new Linear(dim, dim, true));
    projDrop = add("proj_drop", new Dropout(dropout));
  }

  @Override
  protected void requireOwnComputableOn(Backend backend) {
    WindowAttention.requireHeads(backend, path(), heads, proj);
  }

  /** {@code proj(attention(x))}, {@code [B, H, W, dim]}: the branch without norm and residual. */
  public Variable forward(Variable x, WindowGeometry geometry, ForwardMode mode) {
    Variable bias = qkvBias();
    Variable attended =
        WindowAttentionOp.apply(
            LinearOp.apply(x, qkv.weight, bias),
            geometry,
            heads,
            1,
            cpbMlp.table(),
            null,
            LogitScaleOp.apply(logitScale),
            geometry.isPadded() ? bias : null);
    return Residual.project(attended, proj, projDrop, null, null, mode);
  }

  private @Nullable Variable qkvBias() {
    return queryBias == null || valueBias == null ? null : QkvBiasOp.of(queryBias, valueBias);
  }

  /** How much of each token every token takes, of one image {@code [1, H, W, dim]}. */
  public TokenMixing weights(Variable x, WindowGeometry geometry) {
    Variable bias = qkvBias();
    return new AttentionWeights(
        LinearOp.apply(x, qkv.weight, bias).value().toFloats(), heads, x.dim(-1), 1,
        LogitScaleOp.apply(logitScale).value().toFloats(), bias == null ? null : bias.value().toFloats())
        .windows(geometry, cpbMlp.table().value().toFloats());
  }
}
