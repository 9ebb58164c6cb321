package org.swinengine.models.swin;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.models.Blocks;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.Module;
import org.swinengine.nn.ModuleList;
import org.swinengine.nn.PatchMerging;
import org.swinengine.nn.TokenMixing;
import org.swinengine.tensor.Scope;

/**
 * Blocks at one resolution ({@code blocks}), and the merging to the next ({@code downsample}) but for the
 * last.
 */
public final class SwinStage extends Module {
  /** One of a stage's blocks; Swin V1 and V2 have their own. */
  public abstract static class Block extends Module {
    /** {@code [B, H, W, C]} to the same shape. */
    public abstract Variable forward(Variable x, ForwardMode mode);

    /** How its attention mixes the tokens of one image {@code [1, H, W, C]}. */
    public abstract TokenMixing attention(Variable x);
  }

  private final ModuleList<Block> blocks;
  private final @Nullable PatchMerging downsample;

  /**
   * @param stageBlocks in order
   * @param merging to the next stage; null after the last
   */
  public SwinStage(List<? extends Block> stageBlocks, @Nullable PatchMerging merging) {
    blocks = add("blocks", new ModuleList<>());
    stageBlocks.forEach(blocks::append);
    downsample = merging == null ? null : add("downsample", merging);
  }

  /** Takes {@code x} over: its memory may go back. */
  Variable forward(Variable x, ForwardMode mode) {
    Variable result = blocks(x, mode);
    return downsample == null ? result : Blocks.replace(result, downsample::forward);
  }

  /** What the stage gives before the merging. Takes {@code x} over: its memory may go back. */
  Variable blocks(Variable x, ForwardMode mode) {
    Variable result = x;
    for (Block block : blocks) {
      result = Blocks.replace(result, mode, in -> block.forward(in, mode));
    }
    return result;
  }

  /**
   * {@link #forward} of one image.
   *
   * @param mixings receives how the tokens are mixed on the way
   */
  Variable trace(Variable x, ForwardMode mode, List<TokenMixing> mixings) {
    Variable result = x;
    for (Block block : blocks) {
      try (Scope scope = Scope.open()) {
        mixings.add(block.attention(result));
      }
      result = Blocks.replace(result, mode, in -> block.forward(in, mode));
    }
    if (downsample == null) {
      return result;
    }
    mixings.add(TokenMixing.merging(result.dim(1), result.dim(2)));
    return Blocks.replace(result, downsample::forward);
  }

  /** The merging of {@link #blocks}, which stays readable. */
  Variable merge(Variable x) {
    return downsample == null ? x : Blocks.run(x, downsample::forward);
  }
}
