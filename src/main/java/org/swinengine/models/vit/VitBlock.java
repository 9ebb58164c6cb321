package org.swinengine.models.vit;

import org.swinengine.autograd.Variable;
import org.swinengine.nn.Attention;
import org.swinengine.nn.DropPath;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.LayerNorm;
import org.swinengine.nn.Mlp;
import org.swinengine.nn.Module;
import org.swinengine.tensor.Tensor;

/** A pre-norm transformer block: {@code x + dropPath(attn(norm1(x)))}, then {@code x + dropPath(mlp(norm2(x)))}. */
final class VitBlock extends Module {
  private final LayerNorm norm1;
  private final Attention attn;
  private final DropPath dropPath;
  private final LayerNorm norm2;
  private final Mlp mlp;

  VitBlock(VitConfig config, double dropRate, double dropPathRate) {
    int dim = config.embedDim();
    norm1 = add("norm1", new LayerNorm(dim, config.normEpsilon()));
    attn = add("attn", new Attention(dim, config.heads(), config.qkvBias(), dropRate));
    dropPath = add("drop_path", new DropPath(dropPathRate));
    norm2 = add("norm2", new LayerNorm(dim, config.normEpsilon()));
    mlp = add("mlp", new Mlp(dim, (int) (dim * config.mlpRatio()), dropRate));
  }

  /** {@code [B, N, C]} to the same shape. */
  Variable forward(Variable x, ForwardMode mode) {
    Tensor scale1 = dropPath.factors(x.backend(), mode, "attn", x.dim(0));
    Variable attended = attn.forward(x, norm1.normalization(), x, scale1, mode);
    Tensor scale2 = dropPath.factors(x.backend(), mode, "mlp", x.dim(0));
    return mlp.forward(attended, norm2.normalization(), attended, scale2, mode);
  }
}
