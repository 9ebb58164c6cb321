package org.swinengine.data;

/** The symmetries of the square, which move pixels without computing any; Pillow's {@code transpose}. */
public enum Turn implements DrawnTransform {
  /** As it is. */
  NONE(false, false, false),
  /** Left and right exchanged; Pillow's {@code FLIP_LEFT_RIGHT}. */
  MIRRORED(false, false, true),
  /** Top and bottom exchanged; {@code FLIP_TOP_BOTTOM}. */
  FLIPPED(false, true, false),
  /** Half a turn; {@code ROTATE_180}. */
  HALF(false, true, true),
  /** Rows become columns; {@code TRANSPOSE}. */
  TRANSPOSED(true, false, false),
  /** A quarter of a turn to the left, against the clock; {@code ROTATE_90}. */
  LEFT(true, true, false),
  /** A quarter of a turn to the right; {@code ROTATE_270}. */
  RIGHT(true, false, true),
  /** Rows become columns from the other end; {@code TRANSVERSE}. */
  TRANSVERSED(true, true, true);

  private final boolean swaps;
  private final boolean fromBelow;
  private final boolean fromRight;

  Turn(boolean swaps, boolean fromBelow, boolean fromRight) {
    this.swaps = swaps;
    this.fromBelow = fromBelow;
    this.fromRight = fromRight;
  }

  @Override
  public RawImage image(RawImage image) {
    if (this == NONE) {
      return image;
    }
    int channels = image.channels();
    int inHeight = image.height();
    int inWidth = image.width();
    int height = swaps ? inWidth : inHeight;
    int width = swaps ? inHeight : inWidth;
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    // Of a step to the right and a step down in the result, the steps in the source.
    int stepX = swaps ? (fromRight ? -inWidth : inWidth) : (fromRight ? -1 : 1);
    int stepY = swaps ? (fromBelow ? -1 : 1) : (fromBelow ? -inWidth : inWidth);
    int first = (swaps ? fromRight : fromBelow) ? (inHeight - 1) * inWidth : 0;
    first += (swaps ? fromBelow : fromRight) ? inWidth - 1 : 0;
    int next = 0;
    for (int y = 0; y < height; y++) {
      int at = (first + y * stepY) * channels;
      for (int x = 0; x < width; x++, at += stepX * channels) {
        for (int c = 0; c < channels; c++) {
          out[next++] = in[at + c];
        }
      }
    }
    return new RawImage(height, width, channels, out);
  }

  @Override
  public RawImage mask(RawImage mask, int fill) {
    return image(mask);
  }
}
