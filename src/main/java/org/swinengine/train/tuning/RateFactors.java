package org.swinengine.train.tuning;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.swinengine.autograd.Parameter;
import org.swinengine.models.Model;
import org.swinengine.models.ParameterPlace;

/**
 * Learning rates that differ by place, as factors of the schedule's. Layer decay (Bao et al. 2022, BEiT,
 * arXiv 2106.08254; the numbering of its and SimMIM's code): of a model of L blocks the embeddings are layer
 * 0, block i is layer i + 1, a Swin's downsampling goes with the block before it, all else is layer L + 1; a
 * layer's factor is {@code decay^(L + 1 − layer)}, which is 1 for the head.
 */
public final class RateFactors implements ToDoubleFunction<Parameter> {
  private final Model model;
  private final double decay;
  private final double head;

  /** Blocks of each stage; a ViT has one stage. */
  private final int[] depths;

  private final int last;

  public RateFactors(Model model, FineTuning tuning) {
    this.model = model;
    decay = tuning.layerDecay();
    head = tuning.headRate();
    depths = depths(model);
    last = blocksBefore(depths.length) + 1;
  }

  private static int[] depths(Model model) {
    int[] depths = new int[64];
    int stages = 0;
    for (Parameter parameter : model.parameters()) {
      ParameterPlace place = ParameterPlace.of(model, parameter.path());
      if (place.block() >= 0) {
        int stage = Math.max(0, place.stage());
        depths[stage] = Math.max(depths[stage], place.block() + 1);
        stages = Math.max(stages, stage + 1);
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

  private int layer(ParameterPlace place) {
    return switch (place.part()) {
      case EMBEDDING -> 0;
      case BLOCK -> blocksBefore(Math.max(0, place.stage())) + place.block() + 1;
      case STAGE -> blocksBefore(place.stage() + 1);
      default -> last;
    };
  }

  @Override
  public double applyAsDouble(Parameter parameter) {
    ParameterPlace place = ParameterPlace.of(model, parameter.path());
    double factor = 1;
    // By multiplication, because the library's power may differ between JDKs.
    for (int i = layer(place); i < last; i++) {
      factor *= decay;
    }
    return place.isHead() ? factor * head : factor;
  }
}
