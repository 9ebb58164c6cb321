package org.swinengine.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether a float32 kernel gives the same bits on the processor and on a GPU: docs/NUMERICS.md, "Towards one
 * hash", has the same lists. The kernels of the one do in every case; those of the other were seen not to,
 * which a run of all cases shows again, so that nobody is told less than is true.
 */
final class SameBits {
  /** Names of conformance tests. */
  private static final Set<String> SAME = Set.of(
      "copy", "copyRows", "copy between types", "fill", // Memory
      "add", "add in place", "multiply", "scale", "addRow", "multiplyRow", "scaleRows", // Pointwise
      "gelu", "geluBackward", "relu", "reluBackward", "sigmoid", "sigmoidBackward", "silu", "siluBackward",
      "expAtMost -1.0", "expAtMost 0.5", "expAtMost 2.0",
      "expAtMostBackward -1.0", "expAtMostBackward 0.5", "expAtMostBackward 2.0",
      "linear", "linear after the weight changed", "linearBackwardInput", "linearBackwardWeight", // Matrix
      "gemm", "mlp", "mlp over its input",
      "layerNorm", "layerNorm of constant rows", "layerNormExpand", // Norm
      "layerNormBackward",
      "windowForward", "cosine windowForward", "globalForward", "large logits", "statistics", // Attention
      "partition", "reverse", "cyclicShift", // Window
      "embedGather", "embedScatter", "mergeGather", "mergeScatter", "exchange", // Patch
      "sum", "sumOfSquares", "sumRows", "meanTokens", "meanTokensBackward", // Reduce
      "softmax", "crossEntropy", "crossEntropyBackward", "softCrossEntropy", // Loss
      "softCrossEntropyBackward", "weightedCrossEntropy", "weightedCrossEntropyBackward",
      "binaryCrossEntropy", "binaryCrossEntropyBackward",
      "adamW", "adamW from zero", "sgd", "lambDirection", "trustStep", "movingAverage", // Optimizer
      "stretchSquares", "adaptiveClip", "clipValue",
      "dropout", "dropPathScales"); // Random

  /** Sums over many rows, whose order differs, and what is made of other roundings. */
  private static final Set<String> OTHER = Set.of(
      "layerNormExpandBackward", // rows in another order
      "windowBackward", "cosine windowBackward", "globalBackward");

  private final String what;
  private final List<String> differences = new ArrayList<>();
  private int cases;

  SameBits(String what) {
    this.what = what;
  }

  /** One case: the first difference, or null. */
  void add(@Nullable String difference) {
    cases++;
    if (difference != null) {
      differences.add(difference);
    }
  }

  /**
   * Fails where a list is wrong.
   *
   * @param all whether all cases ran, so that there must have been a difference if there is one
   */
  void check(boolean all) {
    if (SAME.contains(what)) {
      assertEquals(List.of(), differences, what + " should give the processor's bits");
    }
    if (all && cases > 0 && OTHER.contains(what)) {
      assertFalse(
          differences.isEmpty(),
          what + " gives the processor's bits: name it so, here and in docs/NUMERICS.md");
    }
  }
}
