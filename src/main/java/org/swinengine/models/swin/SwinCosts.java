package org.swinengine.models.swin;

import static org.swinengine.models.ModelCost.product;
import static org.swinengine.models.ModelCost.sum;

import java.util.ArrayList;
import java.util.List;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.models.ModelCost;
import org.swinengine.models.ModelCost.Stage;
import org.swinengine.models.ModelSpec;

/** What Swin Transformers cost. */
public final class SwinCosts {
  /** A merging's norm comes before the reduction. */
  public static final int NORM_FIRST = 4;

  /** A merging's norm comes after the reduction, as in V2. */
  public static final int NORM_LAST = 2;

  private SwinCosts() {}

  /**
   * A Swin Transformer's, as the original counts them.
   *
   * @param mergingNorm channels that a merging's norm sees, as a multiple of the stage's: 4 before the
   *     reduction, 2 after it. The network of V2's position bias is not counted, as in the original.
   */
  public static List<Stage> stages(ModelSpec spec, SwinConfig config, int mergingNorm) {
    List<Stage> stages = new ArrayList<>();
    long first = (long) config.tokens(spec.imageHeight(), 0) * config.tokens(spec.imageWidth(), 0);
    long patchValues = (long) spec.channels() * config.patch() * config.patch();
    long embed = product(first, config.embedDim(), patchValues + (config.patchNorm() ? 1 : 0));
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
      long attention = ModelCost.attention(padded, geometry.windowTokens(), dim);
      long hidden = (long) (dim * config.mlpRatio());
      long operations =
          product(depth, sum(attention, product(2, tokens, dim, hidden), product(2, tokens, dim)));
      if (i < config.stages() - 1) {
        long merged = (long) ((height + 1) / 2) * ((width + 1) / 2);
        operations = sum(operations, product(tokens, dim, mergingNorm) / 4, product(merged, 4, dim, 2, dim));
      }
      stages.add(
          new Stage(
              "layers." + i,
              height + "×" + width,
              operations,
              product(depth, attention),
              product(depth, ModelCost.attention(tokens, tokens, dim))));
    }
    int last = config.stages() - 1;
    long features = config.dim(last);
    // The original counts the last norm over first/2^stages tokens; published figures have it so.
    long normed = product(first, features) >> config.stages();
    stages.add(new Stage("norm, head", "", sum(normed, product(features, spec.classes())), 0, 0));
    return stages;
  }
}
