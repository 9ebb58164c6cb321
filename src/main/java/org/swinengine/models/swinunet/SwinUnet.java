package org.swinengine.models.swinunet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.models.Blocks;
import org.swinengine.models.FeatureStage;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.nn.DropPath;
import org.swinengine.nn.Dropout;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.Identity;
import org.swinengine.nn.Initializers;
import org.swinengine.nn.LayerNorm;
import org.swinengine.nn.Linear;
import org.swinengine.nn.Module;
import org.swinengine.nn.ModuleList;
import org.swinengine.nn.PatchEmbed;
import org.swinengine.nn.PatchExpanding;
import org.swinengine.nn.PatchMerging;
import org.swinengine.ops.MeanTokensOp;
import org.swinengine.ops.RepeatChannelsOp;
import org.swinengine.ops.ReshapeOp;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;

/**
 * Swin-Unet (Cao et al. 2021, arXiv 2105.05537), with the parameter names of the original repository without
 * their {@code swin_unet.}: the encoder {@code layers.i}, {@code norm} after the bottleneck, the decoder
 * {@code layers_up.k} and {@code concat_back_dim.k}, {@code norm_up}, {@code up}, {@code output}. It gives
 * each pixel a logit for each class.
 *
 * <p>Decoder stage k works at the scale of encoder stage n − 1 − k: stage 0 only expands the bottleneck; the
 * others put that encoder stage's input beside what comes from below, bring both back to the scale's channels
 * ({@code concat_back_dim.k}), run the scale's blocks, and expand, but for the last. A scale whose skip
 * connection is left out has no {@code concat_back_dim.k}. Depths other than the original's four follow the
 * same rule.
 */
public final class SwinUnet extends Model {
  /** Channels that a grey image is repeated to, as the original does. */
  private static final int COLOURS = 3;

  private final SwinUnetConfig config;
  private final PatchEmbed patchEmbed;
  private final Parameter absolutePosEmbed;
  private final Dropout posDrop;
  private final List<SwinUnetStage> encoder = new ArrayList<>();
  private final LayerNorm norm;
  private final PatchExpanding firstExpanding;
  private final List<SwinUnetStage> decoder = new ArrayList<>();
  private final List<Linear> concatBackDim = new ArrayList<>();
  private final LayerNorm normUp;
  private final FinalPatchExpanding up;
  private final Linear output;

  /**
   * @param spec with a {@link SwinUnetConfig}
   * @throws ShapeException if the image's sides are no multiples of {@link SwinUnetConfig#imageMultiple}, or
   *     a stage's tokens cannot be cut into windows
   */
  public SwinUnet(ModelSpec spec) {
    super(spec);
    config = (SwinUnetConfig) spec.architecture();
    SwinConfig swin = config.encoder();
    checkImage(spec, config.imageMultiple());
    int last = swin.stages() - 1;
    int dim = swin.embedDim();
    int tokens = swin.tokens(spec.imageHeight(), 0) * swin.tokens(spec.imageWidth(), 0);
    absolutePosEmbed =
        swin.absolutePositions()
            ? parameter(
                "absolute_pos_embed", Shape.of(1, tokens, dim), Initializers.truncatedNormal(0.02), false)
            : null;
    Double patchNorm = swin.patchNorm() ? swin.normEpsilon() : null;
    patchEmbed = add("patch_embed", new PatchEmbed(spec.channels(), swin.patch(), dim, patchNorm));
    posDrop = add("pos_drop", new Dropout(spec.dropRate()));
    ModuleList<SwinUnetStage> layers = add("layers", new ModuleList<>());
    for (int i = 0; i <= last; i++) {
      SwinUnetStage stage = stage(i);
      if (i < last) {
        stage.withDownsample(new PatchMerging(swin.dim(i), swin.normEpsilon()));
      }
      layers.append(stage);
      encoder.add(stage);
    }
    ModuleList<Module> layersUp = add("layers_up", new ModuleList<>());
    ModuleList<Module> concat = add("concat_back_dim", new ModuleList<>());
    firstExpanding = new PatchExpanding(swin.dim(last), swin.normEpsilon());
    layersUp.append(firstExpanding);
    concat.append(new Identity());
    for (int i = last - 1; i >= 0; i--) {
      boolean skips = config.skips().contains(i);
      Linear both = skips ? new Linear(2 * swin.dim(i), swin.dim(i), true) : null;
      concat.append(skips ? both : new Identity());
      concatBackDim.add(both);
      SwinUnetStage stage = stage(i);
      if (i > 0) {
        stage.withUpsample(new PatchExpanding(swin.dim(i), swin.normEpsilon()));
      }
      layersUp.append(stage);
      decoder.add(stage);
    }
    norm = add("norm", new LayerNorm(swin.dim(last), swin.normEpsilon()));
    normUp = add("norm_up", new LayerNorm(dim, swin.normEpsilon()));
    up = add("up", new FinalPatchExpanding(dim, swin.patch(), swin.normEpsilon()));
    output = add("output", Linear.pointwiseConvolution(dim, spec.classes()));
  }

  private static void checkImage(ModelSpec spec, int multiple) {
    ShapeException.check(
        spec.imageHeight() % multiple == 0 && spec.imageWidth() % multiple == 0,
        spec.name(),
        "images of %d×%d pixels cannot be halved at every stage and brought back; both sides must be"
            + " multiples of %d (crop, pad or resize the images)",
        spec.imageHeight(),
        spec.imageWidth(),
        multiple);
  }

  /** Blocks at the scale of an encoder's stage; encoder and decoder have the same, with the same rates. */
  private SwinUnetStage stage(int i) {
    SwinConfig swin = config.encoder();
    int height = swin.tokens(spec().imageHeight(), i);
    int width = swin.tokens(spec().imageWidth(), i);
    swin.windowPolicy().geometry(1, height, width, swin.window(i), false); // throws if the image does not fit
    int first = swin.depths().subList(0, i).stream().mapToInt(Integer::intValue).sum();
    double[] rates = DropPath.rates(spec().dropPathRate(), swin.blocks());
    double[] own = Arrays.copyOfRange(rates, first, first + swin.depths().get(i));
    return new SwinUnetStage(swin, i, new int[] {height, width}, spec().dropRate(), own);
  }

  /** A model of three channels takes grey images too, each as three equal channels. */
  @Override
  public boolean takesChannels(int channels) {
    return super.takesChannels(channels) || channels == 1 && spec().channels() == COLOURS;
  }

  @Override
  protected Variable logits(Variable images, ForwardMode mode) {
    Variable x = Blocks.run(images, in -> embed(in, mode));
    List<Variable> skips = new ArrayList<>();
    for (int i = 0; i < encoder.size(); i++) {
      boolean skip = config.skips().contains(i);
      skips.add(skip ? x : null);
      // The stage gets a name of its own for its input, so that its first block's gradients are summed before
      // the skip connection's gradient joins: the order that checkpointing has, and so its bits.
      x = encoder.get(i).forward(skip ? ReshapeOp.apply(x, x.shape()) : x, mode, skip);
    }
    x = Blocks.replace(x, in -> firstExpanding.forward(in, norm));
    for (int k = 0; k < decoder.size(); k++) {
      Variable skip = skips.get(encoder.size() - 2 - k);
      if (skip != null) {
        Linear concat = concatBackDim.get(k);
        x = Blocks.replace(x, in -> concat.forwardConcatenated(in, skip));
        Scope.giveBack(skip.value());
      }
      x = decoder.get(k).forward(x, mode, false);
    }
    return up.forward(x, normUp, output);
  }

  /** The stages of the encoder. */
  @Override
  public List<FeatureStage> stages() {
    return config.encoder().featureStages();
  }

  @Override
  protected List<Variable> maps(Variable images, ForwardMode mode, boolean[] chosen) {
    List<Variable> maps = new ArrayList<>();
    Variable x = Blocks.run(images, in -> embed(in, mode));
    for (int i = 0; i < chosen.length; i++) {
      SwinUnetStage stage = encoder.get(i);
      if (!chosen[i]) {
        x = stage.forward(x, mode, false);
      } else {
        Variable map = stage.blocks(x, mode, false);
        maps.add(map);
        x = i == chosen.length - 1 ? map : stage.merge(map);
      }
    }
    return maps;
  }

  @Override
  protected Variable pooledFeatures(Variable images, ForwardMode mode) {
    boolean[] last = new boolean[encoder.size()];
    last[last.length - 1] = true;
    Variable bottleneck = maps(images, mode, last).get(0);
    return Blocks.replace(bottleneck, x -> MeanTokensOp.apply(norm.forward(x)));
  }

  private Variable embed(Variable images, ForwardMode mode) {
    int channels = spec().channels();
    Variable coloured = images.dim(1) == channels ? images : RepeatChannelsOp.apply(images, channels);
    return posDrop.forward(patchEmbed.forward(coloured, absolutePosEmbed), mode);
  }
}
