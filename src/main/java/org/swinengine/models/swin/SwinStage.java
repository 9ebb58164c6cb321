package org.swinengine.models.swin;

import org.swinengine.autograd.Variable;
import org.swinengine.models.Blocks;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.Module;
import org.swinengine.nn.ModuleList;
import org.swinengine.nn.PatchMerging;

/**
 * Blocks at one resolution ({@code blocks}), and the merging to the next ({@code downsample}) but for the
 * last.
 */
final class SwinStage extends Module {
  private final ModuleList<SwinBlock> blocks;
  private final PatchMerging downsample;

  SwinStage(SwinConfig config, int stage, int height, int width, double dropRate, double[] dropPathRates) {
    blocks = add("blocks", new ModuleList<>());
    for (int i = 0; i < dropPathRates.length; i++) {
      blocks.append(new SwinBlock(config, stage, i % 2 == 1, height, width, dropRate, dropPathRates[i]));
    }
    boolean last = stage == config.stages() - 1;
    downsample = last ? null : add("downsample", new PatchMerging(config.dim(stage), config.normEpsilon()));
  }

  /** Takes {@code x} over: its memory may go back. */
  Variable forward(Variable x, ForwardMode mode) {
    Variable result = x;
    for (SwinBlock block : blocks) {
      result = Blocks.replace(result, mode, in -> block.forward(in, mode));
    }
    return downsample == null ? result : Blocks.replace(result, ForwardMode.EVALUATION, downsample::forward);
  }
}
