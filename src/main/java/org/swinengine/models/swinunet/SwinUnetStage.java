package org.swinengine.models.swinunet;

import org.swinengine.autograd.Variable;
import org.swinengine.models.Blocks;
import org.swinengine.models.swin.SwinBlock;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.Module;
import org.swinengine.nn.ModuleList;
import org.swinengine.nn.PatchExpanding;
import org.swinengine.nn.PatchMerging;

/**
 * Blocks at one scale ({@code blocks}) and the way to the next: {@code downsample} in the encoder,
 * {@code upsample} in the decoder; none at the bottleneck and at the last.
 */
final class SwinUnetStage extends Module {
  private final ModuleList<SwinBlock> blocks;
  private PatchMerging downsample;
  private PatchExpanding upsample;

  /**
   * @param stage number of the encoder's stage at this scale
   * @param resolution rows and columns of tokens
   */
  SwinUnetStage(SwinConfig config, int stage, int[] resolution, double dropRate, double[] dropPathRates) {
    blocks = add("blocks", new ModuleList<>());
    for (int i = 0; i < dropPathRates.length; i++) {
      blocks.append(new SwinBlock(config, stage, i % 2 == 1, resolution, dropRate, dropPathRates[i]));
    }
  }

  SwinUnetStage withDownsample(PatchMerging merging) {
    downsample = add("downsample", merging);
    return this;
  }

  SwinUnetStage withUpsample(PatchExpanding expanding) {
    upsample = add("upsample", expanding);
    return this;
  }

  /**
   * @param keepsInput whether somebody reads {@code x} afterwards; else its memory may go back
   */
  Variable forward(Variable x, ForwardMode mode, boolean keepsInput) {
    return toNext(blocks(x, mode, keepsInput), mode);
  }

  /**
   * What the blocks give.
   *
   * @param keepsInput as in {@link #forward}
   */
  Variable blocks(Variable x, ForwardMode mode, boolean keepsInput) {
    Variable result = x;
    boolean keeps = keepsInput;
    for (SwinBlock block : blocks) {
      result =
          keeps
              ? Blocks.run(result, mode, in -> block.forward(in, mode))
              : Blocks.replace(result, mode, in -> block.forward(in, mode));
      keeps = false;
    }
    return result;
  }

  /** The way to the next scale. Takes {@code result} over. */
  private Variable toNext(Variable result, ForwardMode mode) {
    if (downsample != null) {
      return Blocks.replace(result, downsample::forward);
    }
    return upsample == null
        ? result
        : Blocks.replace(result, in -> upsample.forward(in, mode));
  }

  /** The merging of {@link #blocks}, which stays readable. */
  Variable merge(Variable x) {
    return downsample == null ? x : Blocks.run(x, downsample::forward);
  }
}
