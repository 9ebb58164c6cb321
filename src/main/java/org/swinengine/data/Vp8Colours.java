package org.swinengine.data;

/** Makes RGB of luma and chroma of half the resolution, which is interpolated as libwebp does it. */
final class Vp8Colours {
  private Vp8Colours() {}

  static RawImage toRgb(int width, int height, Vp8Plane luma, Vp8Plane blue, Vp8Plane red) {
    byte[] pixels = new byte[width * height * 3];
    int lastColumn = (width + 1) / 2 - 1;
    int lastRow = (height + 1) / 2 - 1;
    int next = 0;
    for (int y = 0; y < height; y++) {
      int row = y >> 1;
      int otherRow = Math.max(0, Math.min(lastRow, row + (y & 1) * 2 - 1));
      for (int x = 0; x < width; x++) {
        int column = x >> 1;
        int otherColumn = Math.max(0, Math.min(lastColumn, column + (x & 1) * 2 - 1));
        int light = luma.at(luma.index(x, y)) * 19077 >> 8;
        int u = interpolated(blue, column, row, otherColumn, otherRow);
        int v = interpolated(red, column, row, otherColumn, otherRow);
        pixels[next++] = level(light + (v * 26149 >> 8) - 14234);
        pixels[next++] = level(light - (u * 6419 >> 8) - (v * 13320 >> 8) + 8708);
        pixels[next++] = level(light + (u * 33050 >> 8) - 17685);
      }
    }
    return new RawImage(height, width, 3, pixels);
  }

  /** Nine parts of the nearest sample, three of each of its neighbours, one of the one across. */
  private static int interpolated(Vp8Plane plane, int column, int row, int otherColumn, int otherRow) {
    int near = plane.at(plane.index(column, row));
    int beside = plane.at(plane.index(otherColumn, row));
    int below = plane.at(plane.index(column, otherRow));
    if (column == otherColumn) {
      return 3 * near + below + 2 >> 2;
    }
    int across = plane.at(plane.index(otherColumn, otherRow));
    return (near + 3 * beside + 3 * below + across + 8 >> 3) + near >> 1;
  }

  /** From units of a 64th. */
  private static byte level(int value) {
    return (byte) (value < 0 ? 0 : Math.min(255, value >> 6));
  }
}
