package org.swinengine.nn;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.ops.AddRowOp;
import org.swinengine.ops.CyclicShiftOp;
import org.swinengine.ops.PatchConvolutionOp;
import org.swinengine.ops.PatchGatherOp;
import org.swinengine.ops.ReshapeOp;
import org.swinengine.ops.SkipTokensOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;

/**
 * Image to patch tokens: a convolution whose kernel is its stride ({@code proj}), with an optional LayerNorm
 * of each patch's pixels before it ({@code norm_pre}) and of the tokens after it ({@code norm}).
 */
public final class PatchEmbed extends Layer {
  private final int patch;
  private final Linear proj;
  private final @Nullable LayerNorm normPre;
  private final @Nullable LayerNorm norm;
  private final boolean padded;

  /** One that pads, as {@link #PatchEmbed(int, int, int, Double, boolean)} says. */
  public PatchEmbed(int channels, int patch, int dim, @Nullable Double normEpsilon) {
    this(channels, patch, dim, normEpsilon, true);
  }

  /**
   * @param channels of the image
   * @param patch side of a patch in pixels
   * @param dim channels of a token
   * @param normEpsilon epsilon of the LayerNorm; null: no norm
   * @param padded whether pixels beyond the last whole patch count, filled up with zeros; else they are left
   *     out, as a convolution without padding does
   */
  public PatchEmbed(int channels, int patch, int dim, @Nullable Double normEpsilon, boolean padded) {
    this(channels, patch, dim, null, normEpsilon, padded);
  }

  /** @param preEpsilon epsilon of the LayerNorm over a patch's pixels in all channels; null: no such norm */
  public PatchEmbed(
      int channels, int patch, int dim, @Nullable Double preEpsilon, @Nullable Double normEpsilon,
      boolean padded) {
    this.patch = patch;
    this.padded = padded;
    normPre =
        preEpsilon == null ? null
            : add("norm_pre", new LayerNorm(channels * patch * patch, preEpsilon));
    proj = add("proj", Linear.patchConvolution(channels, patch, dim));
    norm = normEpsilon == null ? null : add("norm", new LayerNorm(dim, normEpsilon));
  }

  @Override
  public Variable forward(Variable image, ForwardMode mode) {
    return forward(image);
  }

  /**
   * {@code [B, channels, H, W]} to {@code [B, H/patch, W/patch, dim]}, rounded up if padded and else down.
   */
  public Variable forward(Variable image) {
    boolean isWhole = padded || image.dim(2) % patch == 0 && image.dim(3) % patch == 0;
    if (normPre == null && isWhole) {
      Variable tokens = PatchConvolutionOp.apply(image, patch, proj.weight, proj.bias);
      return norm == null ? tokens : norm.forward(tokens);
    }
    Variable gathered = PatchGatherOp.apply(image, patch);
    Variable patches =
        padded ? gathered : whole(gathered, image.dim(2) % patch > 0, image.dim(3) % patch > 0);
    Variable tokens = proj.forward(normPre == null ? patches : normPre.forward(patches));
    return norm == null ? tokens : norm.forward(tokens);
  }

  /**
   * Without the last row and the last column, if they are no whole patches: shifted to the front and skipped.
   */
  private static Variable whole(Variable patches, boolean row, boolean column) {
    if (!row && !column) {
      return patches;
    }
    int batch = patches.dim(0);
    int rows = patches.dim(1) - (row ? 1 : 0);
    int columns = patches.dim(2) - (column ? 1 : 0);
    int values = patches.dim(3);
    ShapeException.check(rows > 0 && columns > 0, "patch embedding", "the image is smaller than a patch");
    Variable shifted = CyclicShiftOp.apply(patches, row ? 1 : 0, column ? 1 : 0);
    Variable x = ReshapeOp.apply(shifted, Shape.of(batch, patches.dim(1), patches.dim(2) * values));
    x = row ? SkipTokensOp.apply(x, 1) : x;
    x = ReshapeOp.apply(x, Shape.of(batch * rows, patches.dim(2), values));
    x = column ? SkipTokensOp.apply(x, 1) : x;
    return ReshapeOp.apply(x, Shape.of(batch, rows, columns, values));
  }

  /**
   * {@link #forward(Variable)} plus an embedding of each token's place.
   *
   * @param positions {@code [1, tokens, dim]}; null: none
   */
  public Variable forward(Variable image, @Nullable Parameter positions) {
    Variable tokens = forward(image);
    if (positions == null) {
      return tokens;
    }
    Shape layout = tokens.shape();
    Shape sequence = Shape.of(layout.dim(0), layout.dim(1) * layout.dim(2), layout.dim(3));
    return ReshapeOp.apply(AddRowOp.apply(ReshapeOp.apply(tokens, sequence), positions), layout);
  }
}
