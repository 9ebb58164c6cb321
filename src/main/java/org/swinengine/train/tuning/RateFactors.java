package org.swinengine.train.tuning;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.swinengine.autograd.Parameter;
import org.swinengine.models.Model;
import org.swinengine.models.ModelWeights;

/**
 * Learning rates that differ by place, as factors of the schedule's. Layer decay (Bao et al. 2022, BEiT, arXiv 2106.08254;
 * the numbering of its and SimMIM's code): of a model of L blocks the embeddings are layer 0, block i is layer i + 1, a
 * Swin's downsampling goes with the block before it, all else is layer L + 1; a layer's factor is {@code decay^(L + 1 −
 * layer)}, which is 1 for the head.
 */
public final class RateFactors implements ToDoubleFunction<Parameter> {
  private static final Pattern VIT_BLOCK = Pattern.compile("blocks\\.(\\d+)\\..+");
  private static final Pattern SWIN_BLOCK = Pattern.compile("layers\\.(\\d+)\\.blocks\\.(\\d+)\\..+");
  private static final Pattern DOWNSAMPLE = Pattern.compile("layers\\.(\\d+)\\.downsample\\..+");

  private final double decay;
  private final double head;

  /** Blocks of each stage; a ViT has one stage. */
  private final int[] depths;

  private final int last;

  public RateFactors(Model model, FineTuning tuning) {
    decay = tuning.layerDecay();
    head = tuning.headRate();
    depths = depths(model.parameters());
    last = blocksBefore(depths.length) + 1;
  }

  private static int[] depths(List<Parameter> parameters) {
    int[] depths = new int[64];
    int stages = 0;
    for (Parameter parameter : parameters) {
      Matcher swin = SWIN_BLOCK.matcher(parameter.path());
      Matcher vit = VIT_BLOCK.matcher(parameter.path());
      if (swin.matches()) {
        int stage = Integer.parseInt(swin.group(1));
        depths[stage] = Math.max(depths[stage], Integer.parseInt(swin.group(2)) + 1);
        stages = Math.max(stages, stage + 1);
      } else if (vit.matches()) {
        depths[0] = Math.max(depths[0], Integer.parseInt(vit.group(1)) + 1);
        stages = 1;
      }
    }
    return Arrays.copyOf(depths, stages);
  }

  private int blocksBefore(int stage) {
    int blocks = 0;
    for (int i = 0; i < stage; i++) {
      blocks += depths[i];
    }
    return blocks;
  }

  private int layer(String path) {
    Matcher vit = VIT_BLOCK.matcher(path);
    if (vit.matches()) {
      return Integer.parseInt(vit.group(1)) + 1;
    }
    Matcher swin = SWIN_BLOCK.matcher(path);
    if (swin.matches()) {
      return blocksBefore(Integer.parseInt(swin.group(1))) + Integer.parseInt(swin.group(2)) + 1;
    }
    Matcher downsample = DOWNSAMPLE.matcher(path);
    if (downsample.matches()) {
      return blocksBefore(Integer.parseInt(downsample.group(1)) + 1);
    }
    return Freeze.isEmbedding(path) ? 0 : last;
  }

  @Override
  public double applyAsDouble(Parameter parameter) {
    double factor = 1;
    // By multiplication, because the library's power may differ between JDKs.
    for (int i = layer(parameter.path()); i < last; i++) {
      factor *= decay;
    }
    return ModelWeights.isHead(parameter.path()) ? factor * head : factor;
  }
}
