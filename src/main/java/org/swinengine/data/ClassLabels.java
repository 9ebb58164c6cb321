package org.swinengine.data;

import org.swinengine.weights.ArrayData;

/** Class numbers out of an array of any type: data sets keep them as floats now and then. */
public final class ClassLabels {
  private ClassLabels() {}

  /**
   * The whole numbers of an array.
   *
   * @throws IllegalArgumentException if one of them is not whole, or is beyond the range of int
   * @throws org.swinengine.weights.WeightFileException if they are complex, or the array cannot be read
   */
  public static int[] of(ArrayData labels) {
    if (!labels.type().isFloatingPoint()) {
      return labels.toInts();
    }
    double[] values = labels.toDoubles();
    int[] whole = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      whole[i] = (int) values[i];
      if (whole[i] != values[i]) {
        throw new IllegalArgumentException(
            "element " + i + " is " + values[i] + ", but class numbers are whole; they may be stored as "
                + labels.type() + ", but not be anything between");
      }
    }
    return whole;
  }
}
