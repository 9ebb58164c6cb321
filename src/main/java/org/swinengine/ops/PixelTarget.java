package org.swinengine.ops;

import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * The classes of a batch's pixels as {@link RegionLossOp} takes them: one plane of 0 and 1 for each class.
 */
public final class PixelTarget {
  private final Tensor planes;
  private final @Nullable Tensor counted;
  private final double[] sizes;

  private PixelTarget(Tensor planes, @Nullable Tensor counted, double[] sizes) {
    this.planes = planes;
    this.counted = counted;
    this.sizes = sizes;
  }

  /**
   * Of labels on the host.
   *
   * @param labels class numbers, {@code [batch, height, width]}
   * @param ignored pixels with this label count nowhere, neither in the truth nor in the prediction; null:
   *     there is none
   * @throws IllegalArgumentException if a label is no class, or there are not as many as pixels
   */
  public static PixelTarget of(
      Backend backend, int[] labels, int batch, int classes, int height, int width,
      @Nullable Integer ignored) {
    int pixels = height * width;
    if (labels.length != batch * pixels) {
      throw new IllegalArgumentException(
          labels.length + " labels are not " + batch + "x" + height + "x" + width);
    }
    float[] planes = new float[Math.multiplyExact(labels.length, classes)];
    float[] counted = new float[planes.length];
    double[] sizes = new double[classes];
    boolean all = true;
    for (int i = 0; i < labels.length; i++) {
      if (ignored != null && labels[i] == ignored) {
        all = false;
        continue;
      }
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException(
            "the label " + labels[i] + " of pixel " + i + " is no class of 0 to " + (classes - 1));
      }
      int first = i / pixels * classes * pixels + i % pixels;
      planes[first + labels[i] * pixels] = 1;
      sizes[labels[i]]++;
      for (int c = 0; c < classes; c++) {
        counted[first + c * pixels] = 1;
      }
    }
    Shape shape = Shape.of(batch, classes, height, width);
    return new PixelTarget(
        Tensor.of(backend, shape, planes), all ? null : Tensor.of(backend, shape, counted), sizes);
  }

  /** {@code [batch, classes, height, width]}: 1 where a pixel has the class. */
  Tensor planes() {
    return planes;
  }

  /** The same shape: 0 where a pixel counts nowhere; null where all count. */
  @Nullable
  Tensor counted() {
    return counted;
  }

  /** Pixels of each class. */
  double[] sizes() {
    return sizes.clone();
  }
}
