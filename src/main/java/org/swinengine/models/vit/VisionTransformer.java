package org.swinengine.models.vit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
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
import org.swinengine.nn.TokenMixing;
import org.swinengine.ops.AddOp;
import org.swinengine.ops.AddRowOp;
import org.swinengine.ops.ConcatTokensOp;
import org.swinengine.ops.MeanTokensOp;
import org.swinengine.ops.ReshapeOp;
import org.swinengine.ops.ScaleOp;
import org.swinengine.ops.SelectTokenOp;
import org.swinengine.ops.SkipTokensOp;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;

/**
 * Vision Transformer (Dosovitskiy et al. 2021, arXiv 2010.11929), with timm's parameter names:
 * {@code cls_token}, {@code pos_embed}, {@code patch_embed.proj}, {@code blocks.i}, {@code norm} (or
 * {@code fc_norm} after average pooling, or both, or none: {@link VitVariant#lastNorm}), {@code head}.
 * With a distillation token it is the distilled DeiT (Touvron et al. 2021, arXiv 2012.12877), which adds
 * {@code dist_token} and {@code head_dist}.
 */
public final class VisionTransformer extends ClassificationModel implements TokenModel {
  private final VitConfig config;
  private final List<Parameter> prefix = new ArrayList<>();
  private final Parameter posEmbed;
  private final PatchEmbed patchEmbed;
  private final Dropout posDrop;
  private final ModuleList<VitBlock> blocks;
  private final @Nullable LayerNorm norm;
  private final @Nullable LayerNorm fcNorm;
  private final @Nullable Linear preLogits;
  private final @Nullable LayerNorm preLogitsNorm;
  private final Linear head;
  private final @Nullable Linear headDist;

  /**
   * @param spec with a {@link VitConfig}
   */
  public VisionTransformer(ModelSpec spec) {
    super(spec);
    config = (VitConfig) spec.architecture();
    ShapeException.check(
        spec.imageHeight() % config.patch() == 0 && spec.imageWidth() % config.patch() == 0,
        spec.name(),
        "an image of %d×%d pixels cannot be cut into patches of %d×%d",
        spec.imageHeight(),
        spec.imageWidth(),
        config.patch(),
        config.patch());
    int dim = config.embedDim();
    int patches = (spec.imageHeight() / config.patch()) * (spec.imageWidth() / config.patch());
    if (config.classToken()) {
      prefix.add(parameter("cls_token", Shape.of(1, 1, dim), Initializers.truncatedNormal(1e-6), false));
    }
    if (config.distilled()) {
      prefix.add(parameter("dist_token", Shape.of(1, 1, dim), Initializers.truncatedNormal(0.02), false));
    }
    if (config.registerTokens() > 0) {
      Shape registers = Shape.of(1, config.registerTokens(), dim);
      prefix.add(parameter("reg_token", registers, Initializers.truncatedNormal(1e-6), false));
    }
    Shape positions = Shape.of(1, patches + config.embeddedPrefix(), dim);
    posEmbed = parameter("pos_embed", positions, Initializers.truncatedNormal(0.02), false);
    VitVariant.NormPlace around = config.variant().embedNorm();
    Double epsilon = config.epsilon();
    patchEmbed =
        add(
            "patch_embed",
            new PatchEmbed(
                spec.channels(), config.patch(), dim, around.isBefore() ? epsilon : null,
                around.isAfter() ? epsilon : null, true));
    posDrop = add("pos_drop", new Dropout(spec.dropRate()));
    blocks = add("blocks", new ModuleList<>());
    double[] rates = DropPath.rates(spec.dropPathRate(), config.depth());
    for (int i = 0; i < config.depth(); i++) {
      blocks.append(new VitBlock(config, spec.dropRate(), rates[i]));
    }
    VitVariant.NormPlace last = config.lastNorm();
    norm = last.isBefore() ? add("norm", new LayerNorm(dim, config.epsilon())) : null;
    fcNorm = last.isAfter() ? add("fc_norm", new LayerNorm(dim, config.epsilon())) : null;
    preLogits =
        config.representationSize() > 0
            ? add("pre_logits.fc", new Linear(dim, config.representationSize(), true))
            : null;
    VitVariant.NormPlace inner = config.variant().preLogitsNorm();
    preLogitsNorm =
        config.representationSize() > 0 && inner != VitVariant.NormPlace.NONE
            ? add("pre_logits.norm", new LayerNorm(config.representationSize(), config.epsilon()))
            : null;
    int features = config.representationSize() > 0 ? config.representationSize() : dim;
    head = add("head", new Linear(features, spec.classes(), true));
    headDist = config.distilled() ? add("head_dist", new Linear(dim, spec.classes(), true)) : null;
  }

  @Override
  protected List<Variable> headInputs(Variable images, ForwardMode mode) {
    Variable x = Blocks.run(images, in -> embed(in, mode));
    for (VitBlock block : blocks) {
      x = Blocks.replace(x, mode, in -> block.forward(in, mode));
    }
    return headInputs(x);
  }

  /** Takes the last tokens over: their memory may go back. */
  private List<Variable> headInputs(Variable x) {
    if (headDist == null) {
      return List.of(Blocks.replace(x, this::pooled));
    }
    Variable pooled = Blocks.run(x, this::pooled);
    Variable distilled =
        Blocks.replace(x, in -> normalized(SelectTokenOp.apply(in, 1)));
    return List.of(pooled, distilled);
  }

  @Override
  public TokenLayout tokenLayout() {
    return new TokenLayout(
        config.prefixTokens(), spec().imageHeight() / config.patch(), spec().imageWidth() / config.patch());
  }

  @Override
  public boolean hasClassToken() {
    return config.classToken();
  }

  @Override
  public Variable lastTokens(Variable images) {
    Variable x = Blocks.run(images, in -> embed(in, ForwardMode.EVALUATION));
    for (VitBlock block : blocks) {
      x = Blocks.replace(x, ForwardMode.EVALUATION, in -> block.forward(in, ForwardMode.EVALUATION));
    }
    return Blocks.replace(x, this::normalized);
  }

  /**
   * At the tokens that the last block's attention reads: of what comes after it, the head of most models
   * reads the class token alone, and says nothing of the patches.
   */
  @Override
  public CutPass cut(Variable images) {
    Variable x = Blocks.run(images, in -> embed(in, ForwardMode.EVALUATION));
    VitBlock last = null;
    for (VitBlock block : blocks) {
      if (last != null) {
        VitBlock before = last;
        x = Blocks.replace(x, ForwardMode.EVALUATION, in -> before.forward(in, ForwardMode.EVALUATION));
      }
      last = block;
    }
    Variable around = x;
    VitBlock block = Objects.requireNonNull(last, "a model without blocks");
    return new CutPass(
        block.attentionInput(x), tokenLayout(),
        tokens -> classify(headInputs(block.forward(around, tokens))));
  }

  @Override
  public AttentionFlow attentionFlow(Variable image) {
    List<TokenMixing> mixings = new ArrayList<>();
    Variable x = Blocks.run(image, in -> embed(in, ForwardMode.EVALUATION));
    for (VitBlock block : blocks) {
      try (Scope scope = Scope.open()) {
        mixings.add(block.attention(x));
      }
      x = Blocks.replace(x, ForwardMode.EVALUATION, in -> block.forward(in, ForwardMode.EVALUATION));
    }
    return new AttentionFlow(mixings, tokenLayout(), read(x.dim(1)));
  }

  /** The share of each of the last tokens in what the head reads. */
  private double[] read(int tokens) {
    double[] read = new double[tokens];
    if (config.pool() == VitConfig.Pool.TOKEN) {
      read[0] = headDist == null ? 1 : 0.5;
      if (headDist != null) {
        read[1] = 0.5;
      }
      return read;
    }
    int first = config.pool() == VitConfig.Pool.ALL ? 0 : config.prefixTokens();
    Arrays.fill(read, first, tokens, 1.0 / (tokens - first));
    return read;
  }

  @Override
  public List<FeatureStage> stages() {
    return IntStream.range(0, config.depth())
        .mapToObj(i -> new FeatureStage("blocks." + i, config.embedDim(), config.patch()))
        .toList();
  }

  @Override
  protected List<Variable> maps(Variable images, ForwardMode mode, boolean[] chosen) {
    List<Variable> maps = new ArrayList<>();
    Variable x = Blocks.run(images, in -> embed(in, mode));
    boolean keeps = false;
    int i = 0;
    for (VitBlock block : blocks) {
      if (i == chosen.length) {
        break;
      }
      x =
          keeps
              ? Blocks.run(x, mode, in -> block.forward(in, mode))
              : Blocks.replace(x, mode, in -> block.forward(in, mode));
      keeps = chosen[i];
      if (keeps) {
        maps.add(Blocks.run(x, this::map));
      }
      i++;
    }
    return maps;
  }

  /** The patches' tokens in the image's layout. */
  private Variable map(Variable x) {
    int skipped = config.prefixTokens();
    Shape layout =
        Shape.of(
            x.dim(0), spec().imageHeight() / config.patch(), spec().imageWidth() / config.patch(), x.dim(2));
    return ReshapeOp.apply(skipped == 0 ? x : SkipTokensOp.apply(x, skipped), layout);
  }

  private Variable pooled(Variable x) {
    Variable pooled = pool(x);
    Variable features = fcNorm == null ? pooled : fcNorm.forward(pooled);
    if (preLogits == null) {
      return features;
    }
    Variable wide = preLogits.forward(features);
    VitVariant variant = config.variant();
    if (preLogitsNorm == null) {
      return variant.preLogits().apply(wide);
    }
    return variant.preLogitsNorm() == VitVariant.NormPlace.BEFORE
        ? variant.preLogits().apply(preLogitsNorm.forward(wide))
        : preLogitsNorm.forward(variant.preLogits().apply(wide));
  }

  @Override
  public Variable classify(List<Variable> features) {
    Variable logits = head.forward(features.get(0));
    // DeiT's inference; in training both heads learn from the labels.
    return headDist == null
        ? logits
        : ScaleOp.apply(AddOp.apply(logits, headDist.forward(features.get(1))), 0.5);
  }

  private Variable embed(Variable images, ForwardMode mode) {
    Variable patches = patchEmbed.forward(images);
    Shape tokens = Shape.of(patches.dim(0), patches.dim(1) * patches.dim(2), patches.dim(3));
    Variable x = ReshapeOp.apply(patches, tokens);
    if (!config.embedPrefix()) {
      x = AddRowOp.apply(x, posEmbed);
    }
    Variable all = prefix.isEmpty() ? x : ConcatTokensOp.apply(prefix, x);
    return posDrop.forward(config.embedPrefix() ? AddRowOp.apply(all, posEmbed) : all, mode);
  }

  /** The norm acts on each token alone, so the class token may be taken before it. */
  private Variable pool(Variable x) {
    if (config.pool() == VitConfig.Pool.TOKEN) {
      return normalized(SelectTokenOp.apply(x, 0));
    }
    int skipped = config.pool() == VitConfig.Pool.ALL ? 0 : config.prefixTokens();
    return MeanTokensOp.apply(normalized(skipped == 0 ? x : SkipTokensOp.apply(x, skipped)));
  }

  private Variable normalized(Variable tokens) {
    return norm == null ? tokens : norm.forward(tokens);
  }
}
