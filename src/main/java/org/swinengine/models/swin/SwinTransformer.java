package org.swinengine.models.swin;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.models.AttentionFlow;
import org.swinengine.models.Blocks;
import org.swinengine.models.ClassificationModel;
import org.swinengine.models.CutPass;
import org.swinengine.models.FeatureStage;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.TokenLayout;
import org.swinengine.models.TokenModel;
import org.swinengine.nn.DropPath;
import org.swinengine.nn.Dropout;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.Initializers;
import org.swinengine.nn.LayerNorm;
import org.swinengine.nn.Linear;
import org.swinengine.nn.ModuleList;
import org.swinengine.nn.PatchEmbed;
import org.swinengine.nn.PatchMerging;
import org.swinengine.nn.TokenMixing;
import org.swinengine.ops.MeanTokensOp;
import org.swinengine.ops.ReshapeOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;

/**
 * Swin Transformer v1 (Liu et al. 2021, arXiv 2103.14030), with the parameter names of the original
 * repository: {@code patch_embed}, {@code absolute_pos_embed}, {@code layers.i.blocks.j},
 * {@code layers.i.downsample}, {@code norm}, {@code head}. Tokens stay in image layout {@code [B, H, W, C]}
 * throughout.
 */
public class SwinTransformer extends ClassificationModel implements TokenModel {
  /** Makes the stages of a model. */
  @FunctionalInterface
  protected interface Stages {
    /**
     * @param stage its number
     * @param dropPathRates of its blocks
     */
    SwinStage make(int stage, double[] dropPathRates);
  }

  private final SwinConfig config;
  private final PatchEmbed patchEmbed;
  private final @Nullable Parameter absolutePosEmbed;
  private final Dropout posDrop;
  private final ModuleList<SwinStage> stages;
  private final LayerNorm norm;
  private final Linear head;

  /**
   * @param spec with a {@link SwinConfig}
   */
  public SwinTransformer(ModelSpec spec) {
    this(spec, (SwinConfig) spec.architecture(), stages(spec, (SwinConfig) spec.architecture()));
  }

  /**
   * A model of the same build with other stages.
   *
   * @param config all that Swin V1's configuration says but for its blocks
   * @param makes the stages
   */
  protected SwinTransformer(ModelSpec spec, SwinConfig config, Stages makes) {
    super(spec);
    this.config = config;
    int rows = config.tokens(spec.imageHeight(), 0);
    int columns = config.tokens(spec.imageWidth(), 0);
    ShapeException.check(
        rows > 0 && columns > 0,
        spec.name(),
        "an image of %d×%d pixels is smaller than a patch of %d×%d",
        spec.imageHeight(),
        spec.imageWidth(),
        config.patch(),
        config.patch());
    absolutePosEmbed =
        config.absolutePositions()
            ? parameter(
                "absolute_pos_embed",
                Shape.of(1, rows * columns, config.embedDim()),
                Initializers.truncatedNormal(0.02),
                false)
            : null;
    patchEmbed =
        add(
            "patch_embed",
            new PatchEmbed(
                spec.channels(),
                config.patch(),
                config.embedDim(),
                config.patchNorm() ? config.normEpsilon() : null,
                config.padsPatches()));
    posDrop = add("pos_drop", new Dropout(spec.dropRate()));
    stages = add("layers", new ModuleList<>());
    double[] rates = DropPath.rates(spec.dropPathRate(), config.blocks());
    int first = 0;
    for (int i = 0; i < config.stages(); i++) {
      int height = config.tokens(spec.imageHeight(), i);
      int width = config.tokens(spec.imageWidth(), i);
      int[] resolution = config.windowResolution(spec, i);
      ShapeException.check(
          resolution[0] > 0 && resolution[1] > 0,
          spec.name(),
          "an image of %d×%d pixels has no tokens left at stage %d; each stage has half as many a side",
          spec.imageHeight(),
          spec.imageWidth(),
          i);
      // Throws if the image does not fit.
      config.windowPolicy().geometry(1, height, width, config.window(i), false);
      int depth = config.depths().get(i);
      double[] stageRates = Arrays.copyOfRange(rates, first, first + depth);
      stages.append(makes.make(i, stageRates));
      first += depth;
    }
    int features = config.dim(config.stages() - 1);
    norm = add("norm", new LayerNorm(features, config.normEpsilon()));
    head = add("head", new Linear(features, spec.classes(), true));
  }

  private static Stages stages(ModelSpec spec, SwinConfig config) {
    return (stage, dropPathRates) -> {
      List<SwinBlock> blocks = new ArrayList<>();
      int[] resolution = config.windowResolution(spec, stage);
      for (int i = 0; i < dropPathRates.length; i++) {
        blocks.add(
            new SwinBlock(config, stage, i % 2 == 1, resolution, spec.dropRate(), dropPathRates[i]));
      }
      boolean last = stage == config.stages() - 1;
      return new SwinStage(
          blocks, last ? null : new PatchMerging(config.dim(stage), config.normEpsilon()));
    };
  }

  @Override
  protected final List<Variable> headInputs(Variable images, ForwardMode mode) {
    Variable x = Blocks.run(images, in -> embed(in, mode));
    for (SwinStage stage : stages) {
      x = stage.forward(x, mode);
    }
    return List.of(
        Blocks.replace(x, in -> MeanTokensOp.apply(norm.forward(in))));
  }

  @Override
  public final List<FeatureStage> stages() {
    return config.featureStages();
  }

  @Override
  protected final List<Variable> maps(Variable images, ForwardMode mode, boolean[] chosen) {
    List<Variable> maps = new ArrayList<>();
    Variable x = Blocks.run(images, in -> embed(in, mode));
    int i = 0;
    for (SwinStage stage : stages) {
      if (i == chosen.length) {
        break;
      }
      if (!chosen[i]) {
        x = stage.forward(x, mode);
      } else {
        Variable map = stage.blocks(x, mode);
        maps.add(map);
        x = i == chosen.length - 1 ? map : stage.merge(map);
      }
      i++;
    }
    return maps;
  }

  @Override
  public final Variable classify(List<Variable> features) {
    return head.forward(features.get(0));
  }

  @Override
  public final TokenLayout tokenLayout() {
    int last = config.stages() - 1;
    return new TokenLayout(
        0, config.tokens(spec().imageHeight(), last), config.tokens(spec().imageWidth(), last));
  }

  @Override
  public final Variable lastTokens(Variable images) {
    Variable x = Blocks.run(images, in -> embed(in, ForwardMode.EVALUATION));
    for (SwinStage stage : stages) {
      x = stage.forward(x, ForwardMode.EVALUATION);
    }
    Shape tokens = Shape.of(x.dim(0), x.dim(1) * x.dim(2), x.dim(3));
    return Blocks.replace(x, in -> ReshapeOp.apply(norm.forward(in), tokens));
  }

  /** At the map that is normalised and pooled. */
  @Override
  public final CutPass cut(Variable images) {
    return new CutPass(
        lastTokens(images), tokenLayout(), tokens -> head.forward(MeanTokensOp.apply(tokens)));
  }

  @Override
  public final AttentionFlow attentionFlow(Variable image) {
    List<TokenMixing> mixings = new ArrayList<>();
    Variable x = Blocks.run(image, in -> embed(in, ForwardMode.EVALUATION));
    TokenLayout first = new TokenLayout(0, x.dim(1), x.dim(2));
    for (SwinStage stage : stages) {
      x = stage.trace(x, ForwardMode.EVALUATION, mixings);
    }
    double[] read = new double[x.dim(1) * x.dim(2)];
    Arrays.fill(read, 1.0 / read.length);
    return new AttentionFlow(mixings, first, read);
  }

  private Variable embed(Variable images, ForwardMode mode) {
    return posDrop.forward(patchEmbed.forward(images, absolutePosEmbed), mode);
  }
}
