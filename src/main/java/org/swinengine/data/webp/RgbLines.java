package org.swinengine.data.webp;

/**
 * Makes RGB of luma and chroma of half the resolution, which is interpolated as libwebp does it by default
 * ("fancy upsampling", src/dsp/upsampling.c and src/dsp/yuv.h).
 */
final class RgbLines {
  private final int width;
  private final int height;
  private final int step;
  private final Plane luma;
  private final Plane[] chroma;

  /** The chromas of one line, of as many pixels as luma. */
  private final byte[][] line;

  /** All pixels, row by row, three bytes each. */
  final byte[] pixels;

  private int next;

  /** @param step take one of so many rows and columns */
  RgbLines(int width, int height, int step, Plane luma, Plane... chroma) {
    this.width = width;
    this.height = height;
    this.step = step;
    this.luma = luma;
    this.chroma = chroma;
    line = new byte[chroma.length][width];
    pixels = new byte[Math.multiplyExact(3 * ((width + step - 1) / step), (height + step - 1) / step)];
  }

  /**
   * Writes some lines, of which luma and the chromas around are smoothed and still there.
   *
   * @param row the row of macroblocks that was decoded last
   */
  void write(int from, int to, int row) {
    int lastChroma = (height + 1) / 2 - 1;
    for (int y = from; y < to; y++) {
      if (y % step != 0) {
        continue;
      }
      int near = y / 2;
      int other = Math.max(0, Math.min(lastChroma, (y & 1) == 0 ? near - 1 : near + 1));
      for (int c = 0; c < chroma.length; c++) {
        Plane plane = chroma[c];
        interpolate(
            plane.smoothed, plane.smoothedIndex(0, near - row * plane.size),
            plane.smoothedIndex(0, other - row * plane.size), line[c]);
      }
      convert(luma.smoothedIndex(0, y - row * luma.size));
    }
  }

  /** Nine parts of the nearest sample, three of each of its neighbours, one of the one across. */
  private void interpolate(byte[] data, int near, int other, byte[] out) {
    int a = data[near] & 255;
    int d = data[other] & 255;
    out[0] = (byte) (3 * a + d + 2 >> 2);
    int last = (width + 1) / 2 - 1;
    for (int i = 0; i < last; i++) {
      int b = data[near + i + 1] & 255;
      int e = data[other + i + 1] & 255;
      int sum = a + b + d + e + 8;
      out[2 * i + 1] = (byte) ((sum + 2 * (b + d) >> 3) + a >> 1);
      out[2 * i + 2] = (byte) ((sum + 2 * (a + e) >> 3) + b >> 1);
      a = b;
      d = e;
    }
    if (width % 2 == 0) {
      out[width - 1] = (byte) (3 * a + d + 2 >> 2);
    }
  }

  private void convert(int start) {
    byte[] light = luma.smoothed;
    byte[] blue = line[0];
    byte[] red = line[1];
    int at = next;
    for (int x = 0; x < width; x += step) {
      int y = (light[start + x] & 255) * 19077 >> 8;
      int u = blue[x] & 255;
      int v = red[x] & 255;
      pixels[at] = Pixels.level(y + (v * 26149 >> 8) - 14234 >> 6);
      pixels[at + 1] = Pixels.level(y - (u * 6419 >> 8) - (v * 13320 >> 8) + 8708 >> 6);
      pixels[at + 2] = Pixels.level(y + (u * 33050 >> 8) - 17685 >> 6);
      at += 3;
    }
    next = at;
  }
}
