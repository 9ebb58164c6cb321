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

  /** Whether height and width are exchanged. */
  public boolean swapsSides() {
    return swaps;
  }

  /** The turn that takes this one back. */
  public Turn inverse() {
    return this == LEFT ? RIGHT : this == RIGHT ? LEFT : this;
  }

  @Override
  public RawImage image(RawImage image) {
    if (this == NONE) {
      return image;
    }
    int channels = image.channels();
    int height = swaps ? image.width() : image.height();
    int width = swaps ? image.height() : image.width();
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    int stepX = stepX(image.width());
    int stepY = stepY(image.width());
    int first = first(image.height(), image.width());
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

  /**
   * Turns planes of floats, as a model reads and gives them.
   *
   * @param in holds [planes, height, width] floats
   * @param offset index of the first of them
   * @param out receives as many, [planes, width, height] where sides are swapped
   * @param outOffset index of the first of them
   */
  public void planes(
      float[] in, int offset, int planes, int height, int width, float[] out, int outOffset) {
    int outHeight = swaps ? width : height;
    int outWidth = swaps ? height : width;
    int stepX = stepX(width);
    int stepY = stepY(width);
    int next = outOffset;
    for (int plane = 0; plane < planes; plane++) {
      int start = offset + plane * height * width + first(height, width);
      for (int y = 0; y < outHeight; y++) {
        int at = start + y * stepY;
        for (int x = 0; x < outWidth; x++, at += stepX) {
          out[next++] = in[at];
        }
      }
    }
  }

  /** Of a step to the right in the result, the step in the source's pixels. */
  private int stepX(int width) {
    return swaps ? (fromRight ? -width : width) : (fromRight ? -1 : 1);
  }

  /** Of a step down in the result, the step in the source's pixels. */
  private int stepY(int width) {
    return swaps ? (fromBelow ? -1 : 1) : (fromBelow ? -width : width);
  }

  /** The source's pixel that becomes the upper left one. */
  private int first(int height, int width) {
    int row = (swaps ? fromRight : fromBelow) ? height - 1 : 0;
    int column = (swaps ? fromBelow : fromRight) ? width - 1 : 0;
    return row * width + column;
  }

  @Override
  public RawImage mask(RawImage mask, int fill) {
    return image(mask);
  }
}
