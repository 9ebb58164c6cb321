package org.swinengine.inference.segmentation;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.metrics.segmentation.LabelKind;

/** What a batch's pixels really are, on a device. */
public sealed interface PixelTruth permits PixelLabels, PixelSets {
  /**
   * Uploads labels; to be made within a scope.
   *
   * @param kind what the labels say
   * @param labels of a batch {@code [batch, height, width]}, at the front
   * @param classes channels of the logits
   */
  static PixelTruth of(
      Backend backend, LabelKind kind, int[] labels, int batch, int classes, int height, int width) {
    return kind == LabelKind.SETS
        ? new PixelSets(backend, labels, batch, classes, height, width)
        : new PixelLabels(backend, labels, batch, height, width);
  }

  /** Pixels that count. */
  long count();

  /**
   * The mean cross-entropy over the pixels that count, or with γ above 0 the mean focal loss.
   *
   * @param logits {@code [batch, classes, height, width]}
   * @param weights of the classes; null: 1 for each
   * @param smoothing of the labels
   * @param gamma γ of the focal loss; 0: cross-entropy
   */
  Variable crossEntropy(Variable logits, double @Nullable [] weights, double smoothing, double gamma);
}
