package org.swinengine.models.vit;

import java.util.List;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.models.Blocks;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.nn.DropPath;
import org.swinengine.nn.Dropout;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.Initializers;
import org.swinengine.nn.LayerNorm;
import org.swinengine.nn.Linear;
import org.swinengine.nn.ModuleList;
import org.swinengine.nn.PatchEmbed;
import org.swinengine.ops.AddRowOp;
import org.swinengine.ops.ConcatTokensOp;
import org.swinengine.ops.MeanTokensOp;
import org.swinengine.ops.ReshapeOp;
import org.swinengine.ops.SelectTokenOp;
import org.swinengine.ops.SkipTokensOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;

/**
 * Vision Transformer (Dosovitskiy et al. 2021, arXiv 2010.11929), with timm's parameter names:
 * {@code cls_token}, {@code pos_embed}, {@code patch_embed.proj}, {@code blocks.i}, {@code norm} (or
 * {@code fc_norm} after average pooling), {@code head}.
 */
public final class VisionTransformer extends Model {
  private final VitConfig config;
  private final Parameter clsToken;
  private final Parameter posEmbed;
  private final PatchEmbed patchEmbed;
  private final Dropout posDrop;
  private final ModuleList<VitBlock> blocks;
  private final LayerNorm norm;
  private final Linear head;

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
    clsToken = parameter("cls_token", Shape.of(1, 1, dim), Initializers.truncatedNormal(1e-6), false);
    posEmbed = parameter("pos_embed", Shape.of(1, patches + 1, dim), Initializers.truncatedNormal(0.02),
        false);
    patchEmbed = add("patch_embed", new PatchEmbed(spec.channels(), config.patch(), dim, null));
    posDrop = add("pos_drop", new Dropout(spec.dropRate()));
    blocks = add("blocks", new ModuleList<>());
    double[] rates = DropPath.rates(spec.dropPathRate(), config.depth());
    for (int i = 0; i < config.depth(); i++) {
      blocks.append(new VitBlock(config, spec.dropRate(), rates[i]));
    }
    String normName = config.pool() == VitConfig.Pool.TOKEN ? "norm" : "fc_norm";
    norm = add(normName, new LayerNorm(dim, config.normEpsilon()));
    head = add("head", new Linear(dim, spec.classes(), true));
    nameAll();
  }

  @Override
  protected Variable logits(Variable images, ForwardMode mode) {
    Variable x = Blocks.run(images, ForwardMode.EVALUATION, in -> embed(in, mode));
    for (VitBlock block : blocks) {
      x = Blocks.replace(x, mode, in -> block.forward(in, mode));
    }
    return Blocks.replace(x, ForwardMode.EVALUATION, in -> head.forward(norm.forward(pool(in))));
  }

  private Variable embed(Variable images, ForwardMode mode) {
    Variable patches = patchEmbed.forward(images);
    Shape tokens = Shape.of(patches.dim(0), patches.dim(1) * patches.dim(2), patches.dim(3));
    Variable all = ConcatTokensOp.apply(List.of(clsToken), ReshapeOp.apply(patches, tokens));
    return posDrop.forward(AddRowOp.apply(all, posEmbed), mode);
  }

  /** The norm acts on each token alone, so the class token may be taken before it. */
  private Variable pool(Variable x) {
    return config.pool() == VitConfig.Pool.TOKEN
        ? SelectTokenOp.apply(x, 0)
        : MeanTokensOp.apply(SkipTokensOp.apply(x, 1));
  }
}
