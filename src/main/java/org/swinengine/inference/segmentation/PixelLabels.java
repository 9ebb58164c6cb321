package org.swinengine.inference.segmentation;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.ops.MultiplyOp;
import org.swinengine.ops.ScaleOp;
import org.swinengine.ops.SumOp;
import org.swinengine.ops.WeightedCrossEntropyOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * The classes of a batch's pixels on a device, for the cross-entropy; pixels that are {@link
 * SegmentationDataset#IGNORED} count nowhere.
 */
public final class PixelLabels implements PixelTruth {
  private final Backend backend;
  private final Tensor classes;
  private final int[] labels;

  /** 1 where a pixel counts; null where all do. */
  private final @Nullable Tensor counted;
  private final long count;

  /**
   * Uploads labels; to be made within a scope.
   *
   * @param from of a batch {@code [batch, height, width]}, at the front
   */
  public PixelLabels(Backend backend, int[] from, int batch, int height, int width) {
    this.backend = backend;
    int pixels = batch * height * width;
    labels = new int[pixels];
    float[] ones = new float[pixels];
    long counting = 0;
    for (int i = 0; i < pixels; i++) {
      boolean counts = from[i] != SegmentationDataset.IGNORED;
      labels[i] = counts ? from[i] : 0;
      ones[i] = counts ? 1 : 0;
      counting += counts ? 1 : 0;
    }
    count = counting;
    classes = Tensor.empty(backend, DType.INT32, Shape.of(batch, height, width));
    backend.memory().upload(labels, 0, classes, pixels);
    counted = count == pixels ? null : Tensor.ofMaster(backend, Shape.of(pixels), ones);
  }

  @Override
  public long count() {
    return count;
  }

  /**
   * The mean cross-entropy over the pixels that count, or with γ above 0 the mean focal loss.
   *
   * @param logits {@code [batch, classes, height, width]}
   * @param weights of the classes, over whose sum the cross-entropy is meant; null: 1 for each
   * @param smoothing of the labels
   * @param gamma γ of the focal loss; 0: cross-entropy
   */
  @Override
  public Variable crossEntropy(
      Variable logits, double @Nullable [] weights, double smoothing, double gamma) {
    Tensor factors = weights == null ? null : Tensor.ofMaster(backend, Shape.of(weights.length), weights);
    if (counted == null && gamma == 0) {
      return factors == null
          ? CrossEntropyOp.apply(logits, classes, smoothing)
          : WeightedCrossEntropyOp.apply(logits, classes, factors, smoothing);
    }
    if (counted == null) {
      return WeightedCrossEntropyOp.focal(logits, classes, factors, gamma);
    }
    Variable losses = WeightedCrossEntropyOp.rows(logits, classes, factors, smoothing, gamma);
    Variable counting = MultiplyOp.apply(losses, Variable.constant(counted));
    double weight = weights == null || gamma > 0 ? count : weight(weights);
    return ScaleOp.apply(SumOp.apply(counting), weight > 0 ? 1 / weight : 0);
  }

  private double weight(double[] weights) {
    float[] counting = counted == null ? new float[0] : counted.toFloats();
    double sum = 0;
    for (int i = 0; i < counting.length; i++) {
      sum += counting[i] == 0 ? 0 : weights[labels[i]];
    }
    return sum;
  }
}
