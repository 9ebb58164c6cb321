package org.swinengine.models.swinv2;

import org.swinengine.autograd.Variable;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.models.swin.SwinStage;
import org.swinengine.nn.CosineWindowAttention;
import org.swinengine.nn.DropPath;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.LayerNorm;
import org.swinengine.nn.Mlp;
import org.swinengine.nn.TokenMixing;
import org.swinengine.nn.WindowPolicy;
import org.swinengine.tensor.Tensor;

/**
 * A Swin V2 block: {@code x + dropPath(norm1(attn(x)))}, then {@code x + dropPath(norm2(mlp(x)))} (section
 * 3.2, res-post-norm). Every second block of a stage shifts its windows by half a window. The norms' weights
 * start at zero.
 */
final class SwinV2Block extends SwinStage.Block {
  private final WindowPolicy policy;
  private final int[] resolution;
  private final int[] window;
  private final boolean shifted;
  private final LayerNorm norm1;
  private final CosineWindowAttention attn;
  private final DropPath dropPath;
  private final LayerNorm norm2;
  private final Mlp mlp;

  /**
   * @param resolution rows and columns of tokens that decide the windows
   */
  SwinV2Block(
      SwinV2Config config,
      int stage,
      boolean shifted,
      int[] resolution,
      double dropRate,
      double dropPathRate) {
    SwinConfig layout = config.layout();
    this.policy = layout.windowPolicy();
    this.resolution = resolution;
    this.window = layout.window(stage);
    this.shifted = shifted;
    int dim = layout.dim(stage);
    norm1 = add("norm1", LayerNorm.ofBranch(dim, layout.normEpsilon()));
    attn =
        add(
            "attn",
            new CosineWindowAttention(
                dim,
                policy.tableWindow(resolution[0], resolution[1], window),
                config.pretrainedWindows().get(stage),
                layout.heads().get(stage),
                layout.qkvBias(),
                dropRate));
    dropPath = add("drop_path", new DropPath(dropPathRate, "attn", "mlp"));
    norm2 = add("norm2", LayerNorm.ofBranch(dim, layout.normEpsilon()));
    mlp = add("mlp", new Mlp(dim, (int) (dim * layout.mlpRatio()), dropRate));
  }

  @Override
  public Variable forward(Variable x, ForwardMode mode) {
    int batch = x.dim(0);
    Tensor scale1 = dropPath.factors(x.backend(), mode, "attn", batch);
    Variable attended = norm1.forward(attn.forward(x, geometry(x), mode), x, scale1);
    Tensor scale2 = dropPath.factors(x.backend(), mode, "mlp", batch);
    return norm2.forward(mlp.forward(attended, null, null, null, mode), attended, scale2);
  }

  private WindowGeometry geometry(Variable x) {
    return policy.geometry(x.dim(0), x.dim(1), x.dim(2), resolution, window, shifted);
  }

  @Override
  public TokenMixing attention(Variable x) {
    return attn.weights(x, geometry(x));
  }
}
