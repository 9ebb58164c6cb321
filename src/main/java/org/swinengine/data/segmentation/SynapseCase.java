package org.swinengine.data.segmentation;

import java.util.Arrays;
import org.swinengine.data.DatasetException;

/** A picture or a volume with a class for each element, as TransUNet's preprocessing of Synapse stores it. */
public final class SynapseCase {
  private final int[] shape;
  private final float[] image;
  private final int[] labels;

  SynapseCase(int[] shape, float[] image, int[] labels) {
    this.shape = shape.clone();
    this.image = image;
    this.labels = labels;
  }

  /** {@code [height, width]} of a slice or {@code [slices, height, width]} of a volume. */
  public int[] shape() {
    return shape.clone();
  }

  /** The values in C order; not a copy. */
  public float[] image() {
    return image;
  }

  /** A class number for each value; not a copy. */
  public int[] labels() {
    return labels;
  }

  /** Checks numbers of classes that were stored as any type, and makes ints of them. */
  static int[] labels(String what, float[] stored, long[] shape, int classes) throws DatasetException {
    int[] labels = new int[stored.length];
    for (int i = 0; i < stored.length; i++) {
      labels[i] = (int) stored[i];
      if (labels[i] != stored[i] || labels[i] < 0 || labels[i] >= classes) {
        throw new DatasetException(
            what + " holds " + ClassNumbers.text(stored[i]) + " at " + place(i, shape)
                + ", but the classes are 0 to " + (classes - 1) + ".");
      }
    }
    return labels;
  }

  private static String place(int element, long[] shape) {
    long[] index = new long[shape.length];
    long rest = element;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis];
      rest /= shape[axis];
    }
    return Arrays.toString(index);
  }
}
