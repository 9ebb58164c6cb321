package org.swinengine.models.vit;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.nn.Attention;
import org.swinengine.nn.DropPath;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.LayerNorm;
import org.swinengine.nn.LayerScale;
import org.swinengine.nn.Mlp;
import org.swinengine.nn.Module;
import org.swinengine.nn.TokenMixing;
import org.swinengine.ops.AddOp;
import org.swinengine.ops.Normalization;
import org.swinengine.tensor.Tensor;

/**
 * A transformer block: {@code x + dropPath(ls1(attn(norm1(x))))}, then {@code x +
 * dropPath(ls2(mlp(norm2(x))))}; in post-norm {@code norm1(x + dropPath(ls1(attn(x))))}, then {@code norm2(x
 * + dropPath(ls2(mlp(x))))}. Most models have no layer scale {@code ls1}, {@code ls2}.
 */
final class VitBlock extends Module {
  private final boolean postNorm;
  private final LayerNorm norm1;
  private final Attention attn;
  private final @Nullable LayerScale ls1;
  private final DropPath dropPath;
  private final LayerNorm norm2;
  private final Mlp mlp;
  private final @Nullable LayerScale ls2;

  VitBlock(VitConfig config, double dropRate, double dropPathRate) {
    int dim = config.embedDim();
    postNorm = config.variant().normOrder() == VitVariant.NormOrder.POST;
    norm1 = add("norm1", new LayerNorm(dim, config.epsilon()));
    attn = add("attn", new Attention(dim, config.heads(), config.qkvBias(), dropRate));
    Double scale = config.layerScale();
    ls1 = scale == null ? null : add("ls1", new LayerScale(dim, scale));
    dropPath = add("drop_path", new DropPath(dropPathRate, "attn", "mlp"));
    norm2 = add("norm2", new LayerNorm(dim, config.epsilon()));
    mlp = add("mlp", new Mlp(dim, (int) (dim * config.mlpRatio()), config.variant().activation(), dropRate));
    ls2 = scale == null ? null : add("ls2", new LayerScale(dim, scale));
  }

  /** {@code [B, N, C]} to the same shape. */
  Variable forward(Variable x, ForwardMode mode) {
    Variable attended = attend(x, mode);
    if (!postNorm) {
      return mix(attended, mode);
    }
    return norm2.forward(mix(norm1.forward(attended), mode));
  }

  /** What attention reads: {@code norm1(x)}, or in post-norm {@code x}. */
  Variable attentionInput(Variable x) {
    return postNorm ? x : norm1.forward(x);
  }

  /**
   * {@link #forward} in evaluation, from what attention reads and from what goes around it.
   *
   * @param input {@link #attentionInput} of {@code x}
   */
  Variable forward(Variable x, Variable input) {
    Variable branch = attn.forward(input, ForwardMode.EVALUATION);
    Variable attended = AddOp.apply(x, ls1 == null ? branch : ls1.forward(branch, ForwardMode.EVALUATION));
    return postNorm
        ? norm2.forward(mix(norm1.forward(attended), ForwardMode.EVALUATION))
        : mix(attended, ForwardMode.EVALUATION);
  }

  /** How attention mixes the tokens of one image {@code [1, N, C]}. */
  TokenMixing attention(Variable x) {
    return attn.weights(x, postNorm ? null : norm1.normalization());
  }

  /** {@code x} and the branch of attention. */
  private Variable attend(Variable x, ForwardMode mode) {
    Normalization norm = postNorm ? null : norm1.normalization();
    Tensor scale = dropPath.factors(x.backend(), mode, "attn", x.dim(0));
    return ls1 == null
        ? attn.forward(x, norm, x, scale, mode)
        : ls1.forward(attn.forward(x, norm, null, null, mode), x, scale);
  }

  /** {@code x} and the branch of the MLP. */
  private Variable mix(Variable x, ForwardMode mode) {
    Normalization norm = postNorm ? null : norm2.normalization();
    Tensor scale = dropPath.factors(x.backend(), mode, "mlp", x.dim(0));
    return ls2 == null
        ? mlp.forward(x, norm, x, scale, mode)
        : ls2.forward(mlp.forward(x, norm, null, null, mode), x, scale);
  }
}
