package org.swinengine.models.vit;

import static org.swinengine.models.ModelSpec.require;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
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
 * @param normEpsilon LayerNorm's epsilon: 1e-6 in timm and torchvision, 1e-12 in Hugging Face; null: as the
 *     implementation has it whose weights are loaded, and 1e-6 where there are none
 * @param classToken whether there is a class token
 * @param distilled whether there are DeiT's distillation token and its head; the logits are then the mean of
 *     both heads
 * @param registerTokens number of register tokens after the class token (Darcet et al. 2023)
 * @param embedPrefix whether the tokens before the patches have rows in the position embedding; not so in
 *     DeiT III
 * @param layerScale first value of the factors on each branch's channels (Touvron et al. 2021); null: none
 * @param representationSize outputs of a layer before the head, with tanh where the variant has no other
 *     function; 0: none
 * @param variant norms, their order and functions, where they are not the published models'
 */
public record VitConfig(
    int patch,
    int embedDim,
    int depth,
    int heads,
    double mlpRatio,
    boolean qkvBias,
    Pool pool,
    @Nullable Double normEpsilon,
    boolean classToken,
    boolean distilled,
    int registerTokens,
    boolean embedPrefix,
    @Nullable Double layerScale,
    int representationSize,
    VitVariant variant)
    implements ModelSpec.Architecture {

  /** What the head sees. */
  public enum Pool {
    /** The class token, after the final norm {@code norm}. */
    TOKEN,
    /**
     * The mean over patch tokens, normalised by {@code fc_norm}; there may be a class token all the same, as
     * in timm.
     */
    AVERAGE,
    /** The mean over all tokens, those before the patches as well. */
    ALL
  }

  /** Checks that the numbers fit together. */
  public VitConfig {
    require(patch > 0 && embedDim > 0, "patch size %d and embedding dimension %d must be positive", patch,
        embedDim);
    require(
        patch <= ModelSpec.LARGEST_SIDE && embedDim <= ModelSpec.LARGEST_SIDE,
        "patch size %d and embedding dimension %d must be at most %d", patch, embedDim,
        ModelSpec.LARGEST_SIDE);
    require(depth > 0, "a ViT needs at least one block, not %d", depth);
    require(depth <= ModelSpec.MOST_BLOCKS, "%d blocks: there may be at most %d", depth,
        ModelSpec.MOST_BLOCKS);
    require(
        normEpsilon == null || normEpsilon >= 0 && normEpsilon < 1,
        "epsilon %s must be at least 0 and below 1", normEpsilon);
    require(heads > 0 && embedDim % heads == 0, "%d channels cannot be divided among %d heads", embedDim,
        heads);
    require(mlpRatio > 0 && mlpRatio <= 1000, "MLP ratio %s must be positive, and at most 1000", mlpRatio);
    require(registerTokens >= 0, "%d register tokens: there cannot be fewer than none", registerTokens);
    require(representationSize >= 0, "representation size %d must be 0 (none) or more", representationSize);
    require(
        registerTokens <= ModelSpec.LARGEST_SIDE && representationSize <= ModelSpec.LARGEST_SIDE,
        "%d register tokens and a representation size of %d: there may be at most %d of each",
        registerTokens, representationSize, ModelSpec.LARGEST_SIDE);
    require(classToken || pool != Pool.TOKEN, "without a class token the pool must be avg");
    require(!distilled || classToken && pool == Pool.TOKEN,
        "a distilled model has a class token, and pools it");
    require(!distilled || representationSize == 0, "a distilled model has no representation layer");
    variant =
        variant.orLastNorm(pool == Pool.TOKEN ? VitVariant.NormPlace.BEFORE : VitVariant.NormPlace.AFTER);
    require(
        !distilled || variant.lastNorm() == VitVariant.NormPlace.BEFORE,
        "a distilled model's last norm must be before");
  }

  /** One with a class token and nothing else before the patches. */
  public static VitConfig plain(
      int patch, int embedDim, int depth, int heads, double mlpRatio, boolean qkvBias, Pool pool,
      double normEpsilon) {
    return new VitConfig(
        patch, embedDim, depth, heads, mlpRatio, qkvBias, pool, normEpsilon, true, false, 0, true, null, 0,
        VitVariant.PUBLISHED);
  }

  /** LayerNorm's epsilon, or timm's where none was chosen. */
  public double epsilon() {
    return normEpsilon == null ? 1e-6 : normEpsilon;
  }

  /** The same with an epsilon; null: the implementation's. */
  public VitConfig withNormEpsilon(@Nullable Double other) {
    return new VitConfig(
        patch, embedDim, depth, heads, mlpRatio, qkvBias, pool, other, classToken, distilled,
        registerTokens, embedPrefix, layerScale, representationSize, variant);
  }

  /** The same with other first factors on the branches' channels; null: none. */
  public VitConfig withLayerScale(@Nullable Double other) {
    return new VitConfig(
        patch, embedDim, depth, heads, mlpRatio, qkvBias, pool, normEpsilon, classToken, distilled,
        registerTokens, embedPrefix, other, representationSize, variant);
  }

  /** The same in another variant. */
  public VitConfig withVariant(VitVariant other) {
    return new VitConfig(
        patch, embedDim, depth, heads, mlpRatio, qkvBias, pool, normEpsilon, classToken, distilled,
        registerTokens, embedPrefix, layerScale, representationSize, other);
  }

  /** Where tokens are normalised after the blocks. */
  public VitVariant.NormPlace lastNorm() {
    return Objects.requireNonNull(variant.lastNorm());
  }

  /** Tokens before the patches. */
  public int prefixTokens() {
    return (classToken ? 1 : 0) + (distilled ? 1 : 0) + registerTokens;
  }

  /** Those of them that have a row in the position embedding. */
  public int embeddedPrefix() {
    return embedPrefix ? prefixTokens() : 0;
  }

  @Override
  public String type() {
    return "vit";
  }
}
