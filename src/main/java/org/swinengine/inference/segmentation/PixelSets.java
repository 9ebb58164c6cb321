package org.swinengine.inference.segmentation;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.LossKernels.BinaryCost;
import org.swinengine.ops.BinaryCrossEntropyOp;
import org.swinengine.ops.ChannelsFirstOp;
import org.swinengine.ops.MultiplyOp;
import org.swinengine.ops.ReshapeOp;
import org.swinengine.ops.ScaleOp;
import org.swinengine.ops.SumOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * The classes of a batch's pixels on a device, of which each may have several or none: a yes or no for each
 * class. Pixels whose set is below 0 count nowhere.
 */
public final class PixelSets implements PixelTruth {
  private final Backend backend;
  private final int[] sets;
  private final int pixels;
  private final int classes;

  /** 1 where a pixel counts; null where all do. */
  private final @Nullable Tensor counted;
  private final long count;

  /**
   * Uploads what counts; to be made within a scope.
   *
   * @param sets of a batch {@code [batch, height, width]}, at the front; a bit for each class, the lowest
   *     that of the first
   */
  public PixelSets(Backend backend, int[] sets, int batch, int classes, int height, int width) {
    this.backend = backend;
    this.sets = sets;
    this.classes = classes;
    pixels = batch * height * width;
    float[] ones = new float[pixels];
    long counting = 0;
    for (int i = 0; i < pixels; i++) {
      ones[i] = sets[i] >= 0 ? 1 : 0;
      counting += sets[i] >= 0 ? 1 : 0;
    }
    count = counting;
    counted = count == pixels ? null : Tensor.ofMaster(backend, Shape.of(pixels), ones);
  }

  @Override
  public long count() {
    return count;
  }

  /**
   * The mean over the pixels that count, and over the classes, of PyTorch's {@code
   * binary_cross_entropy_with_logits}, or with γ above 0 of torchvision's {@code sigmoid_focal_loss} without
   * α.
   *
   * @param logits {@code [batch, classes, height, width]}
   * @param weights how much more a yes of each class weighs than its no, {@code pos_weight}; null: as much
   * @param smoothing a yes is 1 − ε + ε/classes then and a no ε/classes, as of whole images
   * @param gamma γ of the focal loss; 0: cross-entropy
   */
  @Override
  public Variable crossEntropy(
      Variable logits, double @Nullable [] weights, double smoothing, double gamma) {
    Variable rows = ReshapeOp.apply(ChannelsFirstOp.channelsLast(logits), Shape.of(pixels, classes));
    Tensor answers = answers(smoothing);
    Tensor factors = weights == null ? null : Tensor.ofMaster(backend, Shape.of(classes), weights);
    BinaryCost cost = gamma > 0 ? new BinaryCost(-1, gamma) : BinaryCost.PLAIN;
    Variable losses = BinaryCrossEntropyOp.rows(rows, answers, factors, cost);
    if (counted != null) {
      losses = MultiplyOp.apply(losses, Variable.constant(counted));
    }
    return ScaleOp.apply(SumOp.apply(losses), count > 0 ? 1.0 / count / classes : 0);
  }

  private Tensor answers(double smoothing) {
    float yes = (float) (1 - smoothing + smoothing / classes);
    float no = (float) (smoothing / classes);
    float[] values = new float[Math.multiplyExact(pixels, classes)];
    for (int i = 0; i < pixels; i++) {
      for (int c = 0; c < classes; c++) {
        values[i * classes + c] = sets[i] >= 0 && (sets[i] >> c & 1) != 0 ? yes : no;
      }
    }
    return Tensor.ofMaster(backend, Shape.of(pixels, classes), values);
  }
}
