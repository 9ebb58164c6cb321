package org.swinengine.models.swinunet;

import static org.swinengine.models.ModelCost.product;
import static org.swinengine.models.ModelCost.sum;

import java.util.ArrayList;
import java.util.List;
import org.swinengine.models.ModelCost.Stage;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.swin.SwinConfig;

/** What a Swin-Unet costs. */
final class SwinUnetCosts {
  private SwinUnetCosts() {}

  /**
   * The original's counter leaves the decoder out; here it is counted in the same manner as the rest.
   *
   * @param encoder what a Swin Transformer of these stages costs
   */
  static List<Stage> stages(ModelSpec spec, SwinUnetConfig unet, List<Stage> encoder) {
    SwinConfig config = unet.encoder();
    int last = config.stages() - 1;
    List<Stage> stages = new ArrayList<>(encoder.subList(0, encoder.size() - 1));
    for (int i = last; i >= 0; i--) {
      long dim = config.dim(i);
      long tokens = (long) config.tokens(spec.imageHeight(), i) * config.tokens(spec.imageWidth(), i);
      Stage mirrored = stages.get(1 + i);
      // An expanding makes twice the values, which its norm sees.
      long expanding = i > 0 ? sum(product(tokens, dim, 2, dim), product(2, tokens, dim)) : 0;
      String name = "layers_up." + (last - i);
      if (i == last) {
        stages.add(new Stage(name, mirrored.tokens(), sum(product(tokens, dim), expanding), 0, 0));
        continue;
      }
      long merging = sum(product(tokens, dim), product(tokens / 4, 4, dim, 2, dim));
      long concat = unet.skips().contains(i) ? product(tokens, 2, dim, dim) : 0;
      stages.add(
          new Stage(
              name,
              mirrored.tokens(),
              sum(mirrored.operations() - merging, concat, expanding),
              mirrored.windowAttention(),
              mirrored.globalAttention()));
    }
    long dim = config.embedDim();
    long tokens = (long) config.tokens(spec.imageHeight(), 0) * config.tokens(spec.imageWidth(), 0);
    long pixels = product(tokens, config.patch(), config.patch());
    long up = sum(product(tokens, dim), product(pixels, dim, dim), product(pixels, dim));
    stages.add(new Stage("up, output", "", sum(up, product(pixels, dim, spec.classes())), 0, 0));
    return stages;
  }
}
