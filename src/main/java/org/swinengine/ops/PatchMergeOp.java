package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * The gather of patch merging (Swin Transformer, section 3.1): the channels of each 2×2 tokens side by side,
 * in the order (row, column) = (even, even), (odd, even), (even, odd), (odd, odd) of the original.
 */
public final class PatchMergeOp {
  private static final String NAME = "patchMerge";

  private PatchMergeOp() {}

  /**
   * Saves nothing: the gradient goes back to the token it came from. Tokens beyond an odd edge are zero.
   *
   * @param x {@code [batch, height, width, channels]}
   * @return {@code [batch, ⌈height/2⌉, ⌈width/2⌉, 4·channels]}
   */
  public static Variable apply(Variable x) {
    return apply(x, false);
  }

  /**
   * The same.
   *
   * @param isNormalized whether the result is what a LayerNorm reads, so that its statistics are worth
   *     keeping
   */
  public static Variable apply(Variable x, boolean isNormalized) {
    Operands.checkRank(NAME, "x", x, 4, "[batch, height, width, channels]");
    int batch = x.dim(0);
    int height = x.dim(1);
    int width = x.dim(2);
    int channels = x.dim(3);
    Shape shape = Shape.of(batch, (height + 1) / 2, (width + 1) / 2, 4 * channels);
    try (Scope scope = Scope.open()) {
      Tensor merged = scope.keep(Tensor.emptyLike(x.value(), shape));
      Tensor statistics = isNormalized ? Operands.rowStatistics(merged) : null;
      if (statistics == null) {
        x.backend().patch().mergeGather(batch, height, width, channels, x.value(), merged);
      } else {
        x.backend().patch().mergeGather(batch, height, width, channels, x.value(), merged, statistics);
      }
      if (!Tape.records(x)) {
        return Variable.constant(scope.keep(merged.withRowStatistics(statistics)));
      }
      return Tape.record(
          NAME,
          Operands.where(x),
          merged,
          new Tensor[0],
          flow -> {
            Tensor dy = flow.output();
            flow.compute(x, dx -> x.backend().patch().mergeScatter(batch, height, width, channels, dy, dx));
          });
    }
  }
}
