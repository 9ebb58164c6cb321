package org.swinengine.data.segmentation;

/**
 * Distances of neighbouring pixels or voxels, in millimetres.
 *
 * @param slice of neighbouring slices; of a picture by itself it counts nowhere
 * @param row of neighbouring rows
 * @param column of neighbouring columns
 */
public record Spacing(double slice, double row, double column) {
  /**
   * Checks it.
   *
   * @throws IllegalArgumentException if a distance is not a positive number
   */
  public Spacing {
    for (double distance : new double[] {slice, row, column}) {
      if (!(distance > 0 && distance < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "the spacing " + slice + ", " + row + ", " + column
                + " has a distance that is no positive number of millimetres");
      }
    }
  }

  /** Of a picture that was resized. */
  public Spacing resized(int height, int width, int toHeight, int toWidth) {
    return new Spacing(slice, row * height / toHeight, column * width / toWidth);
  }
}
