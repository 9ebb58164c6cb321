package org.swinengine.metrics.segmentation;

/**
 * Size and spacing of a plane or a volume. Elements are stored row by row, slice by slice.
 *
 * @param volume whether neighbours along the first axis count; a volume of one slice is not a plane: above
 *     and below it is background
 * @param depth slices; 1 of a plane
 * @param height rows of a slice
 * @param width columns of a slice
 * @param spacingDepth distance of neighbouring slices, in the unit of all distances
 * @param spacingHeight distance of neighbouring rows
 * @param spacingWidth distance of neighbouring columns
 */
public record Grid(
    boolean volume,
    int depth,
    int height,
    int width,
    double spacingDepth,
    double spacingHeight,
    double spacingWidth) {

  /**
   * Checks it.
   *
   * @throws IllegalArgumentException if a size is below 1, there are more elements than an array can have, or
   *     a spacing is not a positive number
   */
  public Grid {
    if (depth < 1 || height < 1 || width < 1 || !volume && depth != 1) {
      throw new IllegalArgumentException(
          "a grid of " + depth + "×" + height + "×" + width + " has no element; sizes must be at least 1");
    }
    if ((long) depth * height > Integer.MAX_VALUE / width) {
      throw new IllegalArgumentException(
          "a grid of " + depth + "×" + height + "×" + width + " has more than 2^31 elements");
    }
    for (double spacing : new double[] {spacingDepth, spacingHeight, spacingWidth}) {
      if (!(spacing > 0 && spacing < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "the spacing " + spacing + " is no distance; it must be a positive number");
      }
    }
  }

  /** A plane whose distances are in pixels. */
  public static Grid plane(int height, int width) {
    return plane(height, width, 1, 1);
  }

  /** A plane with spacing. */
  public static Grid plane(int height, int width, double spacingHeight, double spacingWidth) {
    return new Grid(false, 1, height, width, 1, spacingHeight, spacingWidth);
  }

  /** A volume whose distances are in voxels. */
  public static Grid volume(int depth, int height, int width) {
    return new Grid(true, depth, height, width, 1, 1, 1);
  }

  /** The same elements at other distances. */
  public Grid withSpacing(double ofSlices, double ofRows, double ofColumns) {
    return new Grid(volume, depth, height, width, ofSlices, ofRows, ofColumns);
  }

  /** The number of elements. */
  public int elements() {
    return depth * height * width;
  }

  /** What an element measures: area in a plane, volume in a volume. */
  public double elementSize() {
    return (volume ? spacingDepth : 1) * spacingHeight * spacingWidth;
  }

  void check(int length, String what) {
    if (length != elements()) {
      throw new IllegalArgumentException(
          what + " has " + length + " elements, but a grid of " + depth + "×" + height + "×" + width + " has "
              + elements());
    }
  }
}
