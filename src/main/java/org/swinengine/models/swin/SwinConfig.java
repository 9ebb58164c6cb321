package org.swinengine.models.swin;

import static org.swinengine.models.ModelSpec.require;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.models.FeatureStage;
import org.swinengine.models.ModelSpec;
import org.swinengine.nn.WindowPolicy;

/**
 * A Swin Transformer v1 (Liu et al. 2021) but for its image size and classes.
 *
 * @param patch side of a patch in pixels
 * @param embedDim channels of the first stage; each next stage has twice as many
 * @param depths blocks of each stage
 * @param heads attention heads of each stage
 * @param windowHeight rows of a window; of the tallest if the stages have windows of their own
 * @param windowWidth columns of a window; of the widest if the stages have windows of their own
 * @param mlpRatio hidden channels of an MLP as a multiple of its channels
 * @param qkvBias whether the qkv projection has a bias
 * @param qkScale factor on q; null: 1/√(head dim)
 * @param absolutePositions whether an absolute position embedding is added
 * @param patchNorm whether patch tokens are normalised
 * @param normEpsilon LayerNorm's epsilon, 1e-5 in every published model
 * @param policy how windows are fitted to the image; null: as the implementation does whose weights are
 *     loaded, and as the original does where there are none
 * @param stageWindows sides of each stage's square windows, as the S3 models have them (Chen et al. 2021);
 *     empty: all stages have the one window
 */
public record SwinConfig(
    int patch,
    int embedDim,
    List<Integer> depths,
    List<Integer> heads,
    int windowHeight,
    int windowWidth,
    double mlpRatio,
    boolean qkvBias,
    @Nullable Double qkScale,
    boolean absolutePositions,
    boolean patchNorm,
    double normEpsilon,
    @Nullable WindowPolicy policy,
    List<Integer> stageWindows)
    implements ModelSpec.Architecture {

  /** Checks that the numbers fit together. */
  public SwinConfig {
    depths = List.copyOf(depths);
    heads = List.copyOf(heads);
    stageWindows = List.copyOf(stageWindows);
    require(patch > 0 && embedDim > 0, "patch size %d and embedding dimension %d must be positive", patch,
        embedDim);
    require(
        patch <= ModelSpec.LARGEST_SIDE && embedDim <= ModelSpec.LARGEST_SIDE,
        "patch size %d and embedding dimension %d must be at most %d", patch, embedDim,
        ModelSpec.LARGEST_SIDE);
    require(!depths.isEmpty(), "a Swin Transformer needs at least one stage");
    require(
        depths.size() == heads.size(), "%d stages have depths but %d have heads", depths.size(),
        heads.size());
    require(
        windowHeight > 0 && windowWidth > 0, "window %d×%d must be positive", windowHeight, windowWidth);
    require(
        windowHeight <= ModelSpec.LARGEST_SIDE && windowWidth <= ModelSpec.LARGEST_SIDE,
        "window %d×%d must be at most %d on each side", windowHeight, windowWidth, ModelSpec.LARGEST_SIDE);
    require(normEpsilon >= 0 && normEpsilon < 1, "epsilon %s must be at least 0 and below 1", normEpsilon);
    if (!stageWindows.isEmpty()) {
      require(
          stageWindows.size() == depths.size(),
          "%d stages have depths but %d have windows", depths.size(), stageWindows.size());
      require(Collections.min(stageWindows) > 0, "windows %s must be positive", stageWindows);
      int widest = Collections.max(stageWindows);
      require(
          windowHeight == widest && windowWidth == widest,
          "the widest window of %s is not %d×%d", stageWindows, windowHeight, windowWidth);
    }
    require(mlpRatio > 0 && mlpRatio <= 1000, "MLP ratio %s must be positive, and at most 1000", mlpRatio);
    for (int i = 0; i < depths.size(); i++) {
      require(depths.get(i) > 0, "stage %d has %d blocks", i, depths.get(i));
      require(
          depths.get(i) <= ModelSpec.MOST_BLOCKS,
          "stage %d has %d blocks; there may be at most %d", i, depths.get(i), ModelSpec.MOST_BLOCKS);
      require(
          i < Integer.SIZE && (long) embedDim << i <= ModelSpec.LARGEST_SIDE,
          "stage %d has %s channels, twice as many as the one before; there may be at most %d",
          i,
          (double) embedDim * Math.pow(2, i),
          ModelSpec.LARGEST_SIDE);
      int dim = embedDim << i;
      require(
          heads.get(i) > 0 && dim % heads.get(i) == 0,
          "stage %d: %d channels cannot be divided among %d heads",
          i,
          dim,
          heads.get(i));
    }
  }

  /** A model all of whose stages have the same window. */
  public SwinConfig(
      int patch,
      int embedDim,
      List<Integer> depths,
      List<Integer> heads,
      int windowHeight,
      int windowWidth,
      double mlpRatio,
      boolean qkvBias,
      @Nullable Double qkScale,
      boolean absolutePositions,
      boolean patchNorm,
      double normEpsilon,
      @Nullable WindowPolicy policy) {
    this(
        patch, embedDim, depths, heads, windowHeight, windowWidth, mlpRatio, qkvBias, qkScale,
        absolutePositions, patchNorm, normEpsilon, policy, List.of());
  }

  /** The policy, or the original's where none was chosen. */
  public WindowPolicy windowPolicy() {
    return policy == null ? WindowPolicy.MICROSOFT : policy;
  }

  /** The same with a policy. */
  public SwinConfig withPolicy(WindowPolicy other) {
    return new SwinConfig(
        patch, embedDim, depths, heads, windowHeight, windowWidth, mlpRatio, qkvBias, qkScale,
        absolutePositions,
        patchNorm, normEpsilon, other, stageWindows);
  }

  /** The same with a square window for each stage. */
  public SwinConfig withStageWindows(List<Integer> windows) {
    int widest = Collections.max(windows);
    return new SwinConfig(
        patch, embedDim, depths, heads, widest, widest, mlpRatio, qkvBias, qkScale, absolutePositions,
        patchNorm, normEpsilon, policy, windows);
  }

  @Override
  public String type() {
    return "swin";
  }

  /** Channels of a stage. */
  public int dim(int stage) {
    return embedDim << stage;
  }

  /** Number of stages. */
  public int stages() {
    return depths.size();
  }

  /** The outputs of the stages, each before its merging. */
  public List<FeatureStage> featureStages() {
    return IntStream.range(0, stages())
        .mapToObj(i -> new FeatureStage("layers." + i, dim(i), patch << i))
        .toList();
  }

  /** Blocks of all stages. */
  public int blocks() {
    return depths.stream().mapToInt(Integer::intValue).sum();
  }

  /** The configured window of a stage, {height, width}. */
  public int[] window(int stage) {
    return stageWindows.isEmpty()
        ? new int[] {windowHeight, windowWidth}
        : new int[] {stageWindows.get(stage), stageWindows.get(stage)};
  }

  /**
   * Rows and columns of tokens by which a stage's windows are chosen, once, when a model is built. They are
   * the stage's own, but that timm halves and rounds down there, while an odd edge is padded when the model
   * runs.
   */
  public int[] windowResolution(ModelSpec spec, int stage) {
    boolean down = windowPolicy() == WindowPolicy.TIMM;
    return new int[] {
      down ? spec.imageHeight() / patch >> stage : tokens(spec.imageHeight(), stage),
      down ? spec.imageWidth() / patch >> stage : tokens(spec.imageWidth(), stage)
    };
  }

  /**
   * Whether an image is filled up to whole patches; only Hugging Face does it, the others leave pixels out.
   */
  public boolean padsPatches() {
    return windowPolicy() == WindowPolicy.HUGGING_FACE;
  }

  /** Rows or columns of tokens of a stage, from the image's pixels on that axis; each merging rounds up. */
  public int tokens(int pixels, int stage) {
    int tokens = (padsPatches() ? pixels + patch - 1 : pixels) / patch;
    for (int i = 0; i < stage; i++) {
      tokens = (tokens + 1) / 2;
    }
    return tokens;
  }
}
