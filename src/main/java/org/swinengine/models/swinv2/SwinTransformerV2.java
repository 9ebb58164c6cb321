package org.swinengine.models.swinv2;

import java.util.ArrayList;
import java.util.List;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.models.swin.SwinStage;
import org.swinengine.models.swin.SwinTransformer;
import org.swinengine.nn.PatchMerging;

/**
 * Swin Transformer V2 (Liu et al. 2022, arXiv 2111.09883), with the parameter names of the original
 * repository. It is built like Swin V1, of blocks that normalise after each branch and attend by cosines, and
 * of mergings that normalise last.
 */
public final class SwinTransformerV2 extends SwinTransformer {
  /**
   * @param spec with a {@link SwinV2Config}
   */
  public SwinTransformerV2(ModelSpec spec) {
    super(spec, config(spec).layout(), stages(spec, config(spec)));
  }

  private static SwinV2Config config(ModelSpec spec) {
    return (SwinV2Config) spec.architecture();
  }

  private static Stages stages(ModelSpec spec, SwinV2Config config) {
    SwinConfig layout = config.layout();
    return (stage, dropPathRates) -> {
      List<SwinV2Block> blocks = new ArrayList<>();
      int[] resolution = config.windowResolution(spec, stage);
      for (int i = 0; i < dropPathRates.length; i++) {
        blocks.add(
            new SwinV2Block(config, stage, i % 2 == 1, resolution, spec.dropRate(), dropPathRates[i]));
      }
      boolean last = stage == layout.stages() - 1;
      return new SwinStage(
          blocks, last ? null : PatchMerging.normLast(layout.dim(stage), layout.normEpsilon()));
    };
  }
}
