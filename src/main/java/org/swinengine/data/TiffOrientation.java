package org.swinengine.data;

/**
 * How the rows and columns of a TIFF file lie, which Pillow heeds when it loads one (and of no other format).
 *
 * @param code of the tag Orientation, 1 (as stored) to 8
 */
record TiffOrientation(int code) {
  private static final TiffOrientation AS_STORED = new TiffOrientation(1);

  /** What the first picture's tags say; as stored where the file is no TIFF or says nothing. */
  static TiffOrientation of(byte[] file) {
    int code = new TiffTags(file).number(TiffTags.ORIENTATION, 1);
    return code >= 2 && code <= 8 ? new TiffOrientation(code) : AS_STORED;
  }

  /** Turns and mirrors a picture accordingly. */
  RawImage apply(RawImage stored) {
    if (code == 1) {
      return stored;
    }
    boolean swapped = code >= 5;
    int height = swapped ? stored.width() : stored.height();
    int width = swapped ? stored.height() : stored.width();
    int channels = stored.channels();
    byte[] pixels = new byte[stored.pixels().length];
    for (int y = 0, next = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        // The first row of what is stored is the top, the bottom, the left or the right side.
        int row = swapped ? x : y;
        int column = swapped ? y : x;
        boolean fromBelow = code == 3 || code == 4 || code == 7 || code == 6;
        boolean fromRight = code == 2 || code == 3 || code == 7 || code == 8;
        row = fromBelow ? stored.height() - 1 - row : row;
        column = fromRight ? stored.width() - 1 - column : column;
        int from = (row * stored.width() + column) * channels;
        for (int c = 0; c < channels; c++) {
          pixels[next++] = stored.pixels()[from + c];
        }
      }
    }
    return new RawImage(height, width, channels, pixels);
  }
}
