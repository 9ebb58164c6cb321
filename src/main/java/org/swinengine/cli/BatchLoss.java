package org.swinengine.cli;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.ops.AddOp;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.ops.MultiplyOp;
import org.swinengine.ops.PixelTarget;
import org.swinengine.ops.RegionLossOp;
import org.swinengine.ops.ScaleOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * The mean cross-entropy over the elements of a target that are to be counted: PyTorch's {@code
 * F.cross_entropy} with {@code ignore_index}.
 *
 * <p>Where elements are left out, their logits are multiplied by 0 and get a label that exists: their loss is
 * a constant and their gradient 0; the mean is scaled to that of the others.
 *
 * <p>{@link #withDice} is the original Swin-Unet's loss: the Dice loss of the batch's regions beside it.
 */
final class BatchLoss {
  private static final double DICE_SHARE = 0.6;
  private static final double SMOOTH = 1e-5;

  private final Shape shape;
  private final int classes;

  /** Null for an element that does not count. */
  private final @Nullable Integer[] labels;

  private final int counted;
  private final Tensor onDevice;

  /** As the logits; null where all count. */
  private final @Nullable Variable mask;

  /** Null for the cross-entropy alone. */
  private @Nullable PixelTarget regions;

  /**
   * @param shape of the target, {@code [n]} or {@code [n, height, width]}
   * @param labels in [0, classes), or what is ignored
   * @param ignored the label that does not count; null: all count
   * @throws IllegalArgumentException if a label is no class, or none counts
   */
  BatchLoss(Backend backend, Shape shape, int[] labels, int classes, @Nullable Integer ignored,
      String model) {
    this.shape = shape;
    this.classes = classes;
    this.labels = new Integer[labels.length];
    int[] safe = new int[labels.length];
    int left = 0;
    for (int i = 0; i < labels.length; i++) {
      if (ignored != null && labels[i] == ignored) {
        left++;
        continue;
      }
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException(
            "the target holds the class " + labels[i] + " (element " + i + "), but " + model
                + " has the classes 0 to " + (classes - 1)
                + (labels[i] == 255 || labels[i] == -100
                    ? "; if it marks what is not to be learnt, give --ignore-index " + labels[i]
                    : ""));
      }
      this.labels[i] = labels[i];
      safe[i] = labels[i];
    }
    counted = labels.length - left;
    if (counted == 0) {
      throw new IllegalArgumentException(
          "all elements of the target are " + ignored
              + ", which --ignore-index leaves out: there is nothing to learn");
    }
    onDevice = Tensor.ofInts(backend, shape, safe);
    mask = left == 0 ? null : mask(backend);
  }

  /** The same with Dice: 0.4 parts of cross-entropy, 0.6 of the Dice loss, of a target with pixels. */
  BatchLoss withDice() {
    int[] numbers = new int[labels.length];
    Arrays.setAll(numbers, i -> labels[i] == null ? -1 : labels[i]);
    regions =
        PixelTarget.of(
            onDevice.backend(), numbers, shape.dim(0), classes, shape.dim(1), shape.dim(2), -1);
    return this;
  }

  /** {@code [n, classes]}, or {@code [n, classes, height, width]}: classes before pixels. */
  private Variable mask(Backend backend) {
    float[] ones = new float[Math.multiplyExact(labels.length, classes)];
    int pixels = labels.length / shape.dim(0);
    for (int i = 0; i < labels.length; i++) {
      for (int c = 0; c < classes && labels[i] != null; c++) {
        ones[(i / pixels * classes + c) * pixels + i % pixels] = 1;
      }
    }
    int[] dims = new int[shape.rank() + 1];
    dims[0] = shape.dim(0);
    dims[1] = classes;
    for (int axis = 1; axis < shape.rank(); axis++) {
      dims[axis + 1] = shape.dim(axis);
    }
    return Variable.constant(Tensor.of(backend, Shape.of(dims), ones));
  }

  /**
   * What the backward pass begins with, whose value is the loss where all elements count.
   *
   * @param loss receives the loss
   */
  Variable of(Variable logits, double[] loss) {
    Variable mean = crossEntropy(logits, loss);
    if (regions == null) {
      return mean;
    }
    Variable dice = RegionLossOp.dice(logits, regions, SMOOTH);
    loss[0] = (1 - DICE_SHARE) * loss[0] + DICE_SHARE * dice.value().item();
    return AddOp.apply(ScaleOp.apply(mean, 1 - DICE_SHARE), ScaleOp.apply(dice, DICE_SHARE));
  }

  private Variable crossEntropy(Variable logits, double[] loss) {
    if (mask == null) {
      Variable mean = CrossEntropyOp.apply(logits, onDevice, 0);
      loss[0] = mean.value().item();
      return mean;
    }
    loss[0] = onHost(logits.value().toFloats());
    Variable mean = CrossEntropyOp.apply(MultiplyOp.apply(logits, mask), onDevice, 0);
    return ScaleOp.apply(mean, (double) labels.length / counted);
  }

  /** In float64, because the constants of what is left out would cancel out badly. */
  private double onHost(float[] logits) {
    int pixels = labels.length / shape.dim(0);
    double sum = 0;
    double[] row = new double[classes];
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] == null) {
        continue;
      }
      for (int c = 0; c < classes; c++) {
        row[c] = logits[(i / pixels * classes + c) * pixels + i % pixels];
      }
      double largest = Arrays.stream(row).max().orElseThrow();
      double exponentials = 0;
      for (double logit : row) {
        exponentials += StrictMath.exp(logit - largest);
      }
      sum += largest + StrictMath.log(exponentials) - row[labels[i]];
    }
    return sum / counted;
  }
}
