package org.swinengine.data.segmentation;

/** A class number, or the number of an object, for each pixel, row by row. */
public final class Mask {
  private final int height;
  private final int width;
  private final int[] labels;

  Mask(int height, int width, int[] labels) {
    this.height = height;
    this.width = width;
    this.labels = labels;
  }

  /** Rows. */
  public int height() {
    return height;
  }

  /** Columns. */
  public int width() {
    return width;
  }

  /** A number for each pixel; not a copy. */
  public int[] labels() {
    return labels;
  }
}
