package org.swinengine.nn;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.ops.Normalization;
import org.swinengine.ops.WindowAttentionOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Swin v1's (shifted) window attention, W-MSA and SW-MSA: {@code qkv}, attention within windows with a
 * relative position bias ({@code relative_position_bias_table [(2Wh−1)(2Ww−1), heads]}), {@code proj}. Works
 * on the image layout; shift, partition and mask are index arithmetic inside the kernel.
 */
public final class WindowAttention extends Module {
  private final int heads;
  private final double scale;
  private final Parameter relativePositionBiasTable;
  private final Linear qkv;
  private final Linear proj;
  private final Dropout projDrop;

  /**
   * @param window {height, width} for which the bias table is made
   * @param qkScale factor on q; null: 1/√(dim/heads)
   * @param dropout probability after the projection
   */
  public WindowAttention(
      int dim, int[] window, int heads, boolean qkvBias, @Nullable Double qkScale, double dropout) {
    requireDivisible(dim, heads);
    this.heads = heads;
    this.scale = qkScale == null ? 1 / Math.sqrt((double) dim / heads) : qkScale;
    int tableRows = (2 * window[0] - 1) * (2 * window[1] - 1);
    relativePositionBiasTable =
        parameter(
            "relative_position_bias_table",
            Shape.of(tableRows, heads),
            Initializers.truncatedNormal(Linear.DEVIATION),
            false);
    qkv = add("qkv", new Linear(dim, 3 * dim, qkvBias));
    proj = add("proj", new Linear(dim, dim, true));
    projDrop = add("proj_drop", new Dropout(dropout));
  }

  @Override
  protected void requireOwnComputableOn(Backend backend) {
    requireHeads(backend, path(), heads, proj);
  }

  /** Throws where heads have more channels than the device has kernels for. */
  static void requireHeads(Backend backend, String path, int heads, Linear proj) {
    int channels = proj.weight.shape().dim(0) / heads;
    if (channels > backend.mostHeadChannels()) {
      throw new IllegalArgumentException(
          "the heads of '" + path + "' have " + channels + " channels, but device " + backend.name()
              + " computes attention of up to " + backend.mostHeadChannels()
              + "; use more heads, or `device` cpu");
    }
  }

  static void requireDivisible(int dim, int heads) {
    if (dim % heads != 0) {
      throw new IllegalArgumentException(
          "attention: " + dim + " channels cannot be divided among " + heads + " heads");
    }
  }

  /**
   * {@code residual + scale·attention(norm(x))}, {@code [B, H, W, dim]}.
   *
   * @param norm normalisation before the branch; null: none
   * @param rowScale DropPath's factors {@code [batch]}; null: 1
   */
  public Variable forward(
      Variable x,
      @Nullable Normalization norm,
      WindowGeometry geometry,
      @Nullable Variable residual,
      @Nullable Tensor rowScale,
      ForwardMode mode) {
    Variable attended =
        WindowAttentionOp.apply(
            qkv.forward(norm, x),
            geometry,
            heads,
            scale,
            relativePositionBiasTable,
            null,
            null,
            geometry.isPadded() ? qkv.bias : null);
    return Residual.project(attended, proj, projDrop, residual, rowScale, mode);
  }

  /**
   * How much of each token every token takes, of one image {@code [1, H, W, dim]}.
   *
   * @param norm normalisation before the branch; null: none
   */
  public TokenMixing weights(Variable x, @Nullable Normalization norm, WindowGeometry geometry) {
    float[] bias = qkv.bias == null ? null : qkv.bias.value().toFloats();
    return new AttentionWeights(
        qkv.forward(norm, x).value().toFloats(), heads, x.dim(-1), scale, null, bias)
        .windows(geometry, relativePositionBiasTable.value().toFloats());
  }
}
