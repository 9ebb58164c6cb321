package org.swinengine.models;

import java.util.ArrayList;
import java.util.List;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.models.swinunet.SwinUnetConfig;
import org.swinengine.models.swinv2.SwinV2Config;
import org.swinengine.models.vit.VitConfig;

/**
 * What a model costs for one image, counted as the original repository's counter does: a multiply-add is one operation;
 * softmax, GELU, biases and residual additions are free; a norm costs one operation an element.
 *
 * @param stages the parts in order
 */
public record ModelCost(List<Stage> stages) {
  /**
   * @param name of the part, e.g. {@code layers.1}
   * @param tokens {@code height × width} at its blocks; empty where it has none
   * @param operations multiply-adds
   * @param windowAttention multiply-adds of its attention as it is: projections and products within windows
   * @param globalAttention the same if every token attended to every other
   */
  public record Stage(
      String name, String tokens, long operations, long windowAttention, long globalAttention) {}

  /** Multiply-adds of the whole model. */
  public long operations() {
    return stages.stream().mapToLong(Stage::operations).sum();
  }

  /** Counts a model. */
  public static ModelCost of(ModelSpec spec) {
    if (spec.architecture() instanceof SwinV2Config swinV2) {
      return new ModelCost(swin(spec, swinV2.layout(), 2));
    }
    if (spec.architecture() instanceof SwinUnetConfig unet) {
      return new ModelCost(swinUnet(spec, unet, swin(spec, unet.encoder(), 4)));
    }
    return spec.architecture() instanceof SwinConfig swin
        ? new ModelCost(swin(spec, swin, 4))
        : new ModelCost(vit(spec, (VitConfig) spec.architecture()));
  }

  /**
   * @param mergingNorm channels that a merging's norm sees, as a multiple of the stage's: 4 before the
   *     reduction, 2 after it. The network of V2's position bias is not counted, as in the original.
   */
  private static List<Stage> swin(ModelSpec spec, SwinConfig config, int mergingNorm) {
    List<Stage> stages = new ArrayList<>();
    long first = (long) config.tokens(spec.imageHeight(), 0) * config.tokens(spec.imageWidth(), 0);
    long patchValues = (long) spec.channels() * config.patch() * config.patch();
    long embed = first * config.embedDim() * (patchValues + (config.patchNorm() ? 1 : 0));
    stages.add(new Stage("patch_embed", "", embed, 0, 0));
    for (int i = 0; i < config.stages(); i++) {
      int height = config.tokens(spec.imageHeight(), i);
      int width = config.tokens(spec.imageWidth(), i);
      int[] window = config.window(i);
      int[] resolution = config.windowResolution(spec, i);
      WindowGeometry geometry = config.windowPolicy().geometry(1, height, width, resolution, window, false);
      long depth = config.depths().get(i);
      long dim = config.dim(i);
      long tokens = (long) height * width;
      long padded = (long) geometry.windows() * geometry.windowTokens();
      long attention = attention(padded, geometry.windowTokens(), dim);
      long hidden = (long) (dim * config.mlpRatio());
      long operations = depth * (attention + 2 * tokens * dim * hidden + 2 * tokens * dim);
      if (i < config.stages() - 1) {
        long merged = (long) ((height + 1) / 2) * ((width + 1) / 2);
        operations += tokens * dim * mergingNorm / 4 + merged * 4 * dim * 2 * dim;
      }
      stages.add(
          new Stage(
              "layers." + i,
              height + "×" + width,
              operations,
              depth * attention,
              depth * attention(tokens, tokens, dim)));
    }
    int last = config.stages() - 1;
    long features = config.dim(last);
    // The original counts the last norm over first/2^stages tokens; published figures have it so.
    long normed = first * features >> config.stages();
    stages.add(new Stage("norm, head", "", normed + features * spec.classes(), 0, 0));
    return stages;
  }

  /**
   * The original's counter leaves the decoder out; here it is counted in the same manner as the rest.
   *
   * @param encoder what a Swin Transformer of these stages costs
   */
  private static List<Stage> swinUnet(ModelSpec spec, SwinUnetConfig unet, List<Stage> encoder) {
    SwinConfig config = unet.encoder();
    int last = config.stages() - 1;
    List<Stage> stages = new ArrayList<>(encoder.subList(0, encoder.size() - 1));
    for (int i = last; i >= 0; i--) {
      long dim = config.dim(i);
      long tokens = (long) config.tokens(spec.imageHeight(), i) * config.tokens(spec.imageWidth(), i);
      Stage mirrored = stages.get(1 + i);
      // An expanding makes twice the values, which its norm sees.
      long expanding = i > 0 ? tokens * dim * 2 * dim + 2 * tokens * dim : 0;
      String name = "layers_up." + (last - i);
      if (i == last) {
        stages.add(new Stage(name, mirrored.tokens(), tokens * dim + expanding, 0, 0));
        continue;
      }
      long merging = tokens * dim + tokens / 4 * 4 * dim * 2 * dim;
      long concat = unet.skips().contains(i) ? tokens * 2 * dim * dim : 0;
      stages.add(
          new Stage(
              name,
              mirrored.tokens(),
              mirrored.operations() - merging + concat + expanding,
              mirrored.windowAttention(),
              mirrored.globalAttention()));
    }
    long dim = config.embedDim();
    long tokens = (long) config.tokens(spec.imageHeight(), 0) * config.tokens(spec.imageWidth(), 0);
    long pixels = tokens * config.patch() * config.patch();
    long up = tokens * dim + pixels * dim * dim + pixels * dim;
    stages.add(new Stage("up, output", "", up + pixels * dim * spec.classes(), 0, 0));
    return stages;
  }

  private static List<Stage> vit(ModelSpec spec, VitConfig config) {
    long patches =
        (long) (spec.imageHeight() / config.patch()) * (spec.imageWidth() / config.patch());
    long dim = config.embedDim();
    long tokens = patches + config.prefixTokens();
    long attention = attention(tokens, tokens, dim);
    long hidden = (long) (dim * config.mlpRatio());
    long embed = patches * dim * spec.channels() * config.patch() * config.patch();
    long blocks = config.depth() * (attention + 2 * tokens * dim * hidden + 2 * tokens * dim);
    return List.of(
        new Stage("patch_embed", "", embed, 0, 0),
        new Stage("blocks", Long.toString(tokens), blocks, config.depth() * attention, config.depth() * attention),
        new Stage("norm, head", "", tokens * dim + dim * spec.classes(), 0, 0));
  }

  /** Section 3.2 of the Swin paper: 4·hw·C² + 2·M²·hw·C, M² the tokens that each token attends to. */
  private static long attention(long tokens, long attended, long dim) {
    return 4 * tokens * dim * dim + 2 * tokens * attended * dim;
  }
}
