package org.swinengine.models.swin;

import org.swinengine.autograd.Variable;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.nn.DropPath;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.LayerNorm;
import org.swinengine.nn.Mlp;
import org.swinengine.nn.TokenMixing;
import org.swinengine.nn.WindowAttention;
import org.swinengine.nn.WindowPolicy;
import org.swinengine.tensor.Tensor;

/**
 * A Swin block: {@code x + dropPath(attn(norm1(x)))}, then {@code x + dropPath(mlp(norm2(x)))}; every second
 * block of a stage shifts its windows by half a window.
 */
public final class SwinBlock extends SwinStage.Block {
  private final WindowPolicy policy;
  private final int[] resolution;
  private final int[] window;
  private final boolean shifted;
  private final LayerNorm norm1;
  private final WindowAttention attn;
  private final DropPath dropPath;
  private final LayerNorm norm2;
  private final Mlp mlp;

  /**
   * @param stage number of the stage whose channels and heads it has
   * @param resolution rows and columns of tokens that decide the windows and the bias table's size
   */
  public SwinBlock(
      SwinConfig config, int stage, boolean shifted, int[] resolution, double dropRate, double dropPathRate) {
    this.policy = config.windowPolicy();
    this.resolution = resolution;
    this.window = config.window(stage);
    this.shifted = shifted;
    int dim = config.dim(stage);
    norm1 = add("norm1", new LayerNorm(dim, config.normEpsilon()));
    attn =
        add(
            "attn",
            new WindowAttention(
                dim,
                policy.tableWindow(resolution[0], resolution[1], window),
                config.heads().get(stage),
                config.qkvBias(),
                config.qkScale(),
                dropRate));
    dropPath = add("drop_path", new DropPath(dropPathRate, "attn", "mlp"));
    norm2 = add("norm2", new LayerNorm(dim, config.normEpsilon()));
    mlp = add("mlp", new Mlp(dim, (int) (dim * config.mlpRatio()), dropRate));
  }

  @Override
  public Variable forward(Variable x, ForwardMode mode) {
    int batch = x.dim(0);
    WindowGeometry geometry = geometry(x);
    Tensor scale1 = dropPath.factors(x.backend(), mode, "attn", batch);
    Variable attended = attn.forward(x, norm1.normalization(), geometry, x, scale1, mode);
    Tensor scale2 = dropPath.factors(x.backend(), mode, "mlp", batch);
    return mlp.forward(attended, norm2.normalization(), attended, scale2, mode);
  }

  private WindowGeometry geometry(Variable x) {
    return policy.geometry(x.dim(0), x.dim(1), x.dim(2), resolution, window, shifted);
  }

  @Override
  public TokenMixing attention(Variable x) {
    return attn.weights(x, norm1.normalization(), geometry(x));
  }
}
