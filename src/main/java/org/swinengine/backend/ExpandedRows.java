package org.swinengine.backend;

/**
 * Where patch expanding (Swin-Unet, Cao et al. 2021) puts the rows that tokens fall into: x holds them
 * token by token, {@code [outer, width, factor, factor]}, y as an image, {@code [outer, factor, width,
 * factor]}, each a row of so many channels.
 *
 * @param outer rows of tokens, of all images; at least 0
 * @param width tokens of a row, at least 0
 * @param factor rows and columns of the cell that a token becomes, at least 1
 */
public record ExpandedRows(int outer, int width, int factor) {
  /** Checks the ranges. */
  public ExpandedRows {
    if (outer < 0 || width < 0 || factor < 1) {
      throw new IllegalArgumentException(
          "expanded rows: outer " + outer + ", width " + width + ", factor " + factor
              + ", but factor must be at least 1 and the others at least 0");
    }
  }

  /** Rows of x, and of y. */
  public int rows() {
    return Math.multiplyExact(outer * width, factor * factor);
  }

  /** Which row of y a row of x is. */
  public int placeOf(int row) {
    int token = row / (factor * factor);
    int ofCell = row / factor % factor;
    int ofImage = token / width * factor + ofCell;
    return (ofImage * width + token % width) * factor + row % factor;
  }

  /** Which row of x a row of y is. */
  public int sourceOf(int row) {
    int token = row / factor % width;
    int ofImage = row / factor / width;
    return ((ofImage / factor * width + token) * factor + ofImage % factor) * factor + row % factor;
  }
}
