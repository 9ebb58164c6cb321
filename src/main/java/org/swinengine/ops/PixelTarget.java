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
  private final boolean ofEachPicture;
  private final boolean overlapping;

  private PixelTarget(
      Tensor planes, @Nullable Tensor counted, double[] sizes, boolean ofEachPicture, boolean overlapping) {
    this.planes = planes;
    this.counted = counted;
    this.sizes = sizes;
    this.ofEachPicture = ofEachPicture;
    this.overlapping = overlapping;
  }

  /**
   * Of labels on the host; a class's region is what the whole batch has of it.
   *
   * @param labels class numbers, {@code [batch, height, width]}
   * @param ignored pixels with this label count nowhere, neither in the truth nor in the prediction; null:
   *     there is none
   * @throws IllegalArgumentException if a label is no class, or there are not as many as pixels
   */
  public static PixelTarget of(
      Backend backend, int[] labels, int batch, int classes, int height, int width,
      @Nullable Integer ignored) {
    return of(backend, labels, new int[] {batch, classes, height, width}, ignored, false);
  }

  /**
   * The same, but a class has a region in each picture, and all pictures weigh the same, however much of the
   * class they have. Where a picture has nothing of a class the region's Dice loss is next to 1, its gradient
   * next to 0.
   */
  public static PixelTarget ofEachPicture(
      Backend backend, int[] labels, int batch, int classes, int height, int width,
      @Nullable Integer ignored) {
    return of(backend, labels, new int[] {batch, classes, height, width}, ignored, true);
  }

  /**
   * Of pixels that may have several classes or none; losses take the sigmoid of each logit then.
   *
   * @param sets {@code [batch, height, width]}, a bit for each class, the lowest that of the first; pixels
   *     with a number below 0 count nowhere
   * @param classes at most 31
   * @param ofEachPicture whether a class has a region in each picture, in place of one in the batch
   * @throws IllegalArgumentException if a bit is of no class, or there are not as many numbers as pixels
   */
  public static PixelTarget ofSets(
      Backend backend, int[] sets, int batch, int classes, int height, int width, boolean ofEachPicture) {
    int pixels = height * width;
    if (sets.length != batch * pixels) {
      throw new IllegalArgumentException(sets.length + " sets are not " + batch + "x" + height + "x" + width);
    }
    float[] planes = new float[Math.multiplyExact(sets.length, classes)];
    float[] counted = new float[planes.length];
    double[] sizes = new double[ofEachPicture ? batch * classes : classes];
    boolean all = true;
    for (int i = 0; i < sets.length; i++) {
      if (sets[i] < 0) {
        all = false;
        continue;
      }
      if ((long) sets[i] >> classes != 0) {
        throw new IllegalArgumentException(
            "the set " + Integer.toBinaryString(sets[i]) + " of pixel " + i + " has more than the "
                + classes + " classes that there are");
      }
      int first = i / pixels * classes * pixels + i % pixels;
      for (int c = 0; c < classes; c++) {
        counted[first + c * pixels] = 1;
        if ((sets[i] >> c & 1) != 0) {
          planes[first + c * pixels] = 1;
          sizes[(ofEachPicture ? i / pixels * classes : 0) + c]++;
        }
      }
    }
    Shape whole = Shape.of(batch, classes, height, width);
    return new PixelTarget(
        Tensor.of(backend, whole, planes), all ? null : Tensor.of(backend, whole, counted), sizes,
        ofEachPicture, true);
  }

  private static PixelTarget of(
      Backend backend, int[] labels, int[] shape, @Nullable Integer ignored, boolean ofEachPicture) {
    int batch = shape[0];
    int classes = shape[1];
    int height = shape[2];
    int width = shape[3];
    int pixels = height * width;
    if (labels.length != batch * pixels) {
      throw new IllegalArgumentException(
          labels.length + " labels are not " + batch + "x" + height + "x" + width);
    }
    float[] planes = new float[Math.multiplyExact(labels.length, classes)];
    float[] counted = new float[planes.length];
    double[] sizes = new double[ofEachPicture ? batch * classes : classes];
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
      sizes[(ofEachPicture ? i / pixels * classes : 0) + labels[i]]++;
      for (int c = 0; c < classes; c++) {
        counted[first + c * pixels] = 1;
      }
    }
    Shape whole = Shape.of(batch, classes, height, width);
    return new PixelTarget(
        Tensor.of(backend, whole, planes), all ? null : Tensor.of(backend, whole, counted), sizes,
        ofEachPicture, false);
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

  /** Whether a pixel may have several classes. */
  boolean isOverlapping() {
    return overlapping;
  }

  /** Whether a class has a region in each picture, in place of one in the batch. */
  boolean isOfEachPicture() {
    return ofEachPicture;
  }

  /** Pixels of each class, {@code [classes]}; or of each picture and class, {@code [batch, classes]}. */
  double[] sizes() {
    return sizes.clone();
  }
}
