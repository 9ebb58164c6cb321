package org.swinengine.models.swinunet;

import org.swinengine.autograd.Variable;
import org.swinengine.models.Blocks;
import org.swinengine.nn.LayerNorm;
import org.swinengine.nn.Linear;
import org.swinengine.nn.Module;
import org.swinengine.ops.ChannelsFirstOp;
import org.swinengine.ops.PatchExpandOp;
import org.swinengine.ops.ReshapeOp;
import org.swinengine.tensor.Shape;

/**
 * From tokens back to pixels, the original's {@code FinalPatchExpand_X4}: each token becomes patch × patch
 * pixels of as many channels as it had ({@code expand}, no bias), which are normalised ({@code norm}).
 */
final class FinalPatchExpanding extends Module {
  private final int patch;
  private final Linear expand;
  private final LayerNorm norm;

  FinalPatchExpanding(int dim, int patch, double normEpsilon) {
    this.patch = patch;
    expand = add("expand", new Linear(dim, patch * patch * dim, false));
    norm = add("norm", new LayerNorm(dim, normEpsilon));
  }

  /**
   * The original puts the pixels into place, normalises them and classifies them. The latter two act on each
   * pixel alone, so here the pixels find their places last, when they have a value for each class and not for
   * each channel.
   *
   * @param x {@code [B, H, W, dim]}
   * @param inputNorm normalises x before
   * @param output classifies pixels
   * @return logits {@code [B, classes, patch·H, patch·W]}
   */
  Variable forward(Variable x, LayerNorm inputNorm, Linear output) {
    Shape tokens = x.shape();
    int pixels = patch * patch;
    Shape rows = Shape.of(tokens.rows() * pixels, tokens.dim(3));
    Variable wide =
        Blocks.replace(
            x,
            in -> ReshapeOp.apply(expand.forward(inputNorm.normalization(), in), rows));
    Variable logits =
        Blocks.replace(wide, in -> output.forward(norm.normalization(), in));
    Shape cells = tokens.withLast(pixels * logits.dim(1));
    return Blocks.replace(
        logits,
        in -> ChannelsFirstOp.apply(PatchExpandOp.apply(ReshapeOp.apply(in, cells), patch)));
  }
}
