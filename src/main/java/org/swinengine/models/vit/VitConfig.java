package org.swinengine.models.vit;

import static org.swinengine.models.ModelSpec.require;

import org.swinengine.models.ModelSpec;

/**
 * A Vision Transformer (Dosovitskiy et al. 2021) but for its image size and classes.
 *
 * @param patch side of a patch in pixels
 * @param embedDim channels of a token
 * @param depth number of blocks
 * @param heads attention heads
 * @param mlpRatio hidden channels of an MLP as a multiple of its channels
 * @param qkvBias whether the qkv projection has a bias
 * @param pool what the head sees
 * @param normEpsilon LayerNorm's epsilon: 1e-6 in timm and torchvision, 1e-12 in Hugging Face
 */
public record VitConfig(
    int patch,
    int embedDim,
    int depth,
    int heads,
    double mlpRatio,
    boolean qkvBias,
    Pool pool,
    double normEpsilon)
    implements ModelSpec.Architecture {

  /** What the head sees. */
  public enum Pool {
    /** The class token, after the final norm {@code norm}. */
    TOKEN,
    /** The mean over patch tokens, normalised by {@code fc_norm}; there is a class token all the same, as in timm. */
    AVERAGE
  }

  /** Checks that the numbers fit together. */
  public VitConfig {
    require(patch > 0 && embedDim > 0, "patch size %d and embedding dimension %d must be positive", patch, embedDim);
    require(depth > 0, "a ViT needs at least one block, not %d", depth);
    require(heads > 0 && embedDim % heads == 0, "%d channels cannot be divided among %d heads", embedDim, heads);
    require(mlpRatio > 0, "MLP ratio %s must be positive", mlpRatio);
  }

  @Override
  public String type() {
    return "vit";
  }
}
