package org.swinengine.data;

import java.awt.image.Raster;

/** Turns cyan, magenta, yellow and black into RGB by Pillow's integer formula, without a colour profile. */
final class CmykPixels {
  private CmykPixels() {}

  /**
   * From the stored components of a JPEG. JPEG files store the inverse of the ink (255: none), as Adobe's
   * programs do; Pillow takes every CMYK JPEG that way.
   *
   * @param ycck whether the first three components are luma and chroma of the stored CMY
   */
  static RawImage fromJpeg(Raster raster, boolean ycck) {
    return convert(
        raster,
        pixel -> {
          if (ycck) {
            fromYcc(pixel);
          }
          for (int i = 0; i < 4; i++) {
            pixel[i] = 255 - pixel[i];
          }
        });
  }

  /** From a raster of ink, 255: full. */
  static RawImage fromInk(Raster raster) {
    return convert(raster, pixel -> {});
  }

  private interface PixelStep {
    void apply(int[] pixel);
  }

  private static RawImage convert(Raster raster, PixelStep toInk) {
    int height = raster.getHeight();
    int width = raster.getWidth();
    int bands = raster.getNumBands();
    if (bands < 4) {
      throw new IllegalArgumentException("CMYK image with " + bands + " components");
    }
    byte[] pixels = new byte[height * width * 3];
    int[] row = new int[width * bands];
    int[] pixel = new int[4];
    int next = 0;
    for (int y = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        System.arraycopy(row, x * bands, pixel, 0, 4);
        toInk.apply(pixel);
        int light = 255 - pixel[3];
        for (int c = 0; c < 3; c++) {
          pixels[next++] = (byte) Math.max(0, light - multiplyDivide255(pixel[c], light));
        }
      }
    }
    return new RawImage(height, width, 3, pixels);
  }

  /** a × b / 255, rounded as Pillow rounds it. */
  private static int multiplyDivide255(int a, int b) {
    int product = a * b + 128;
    return (product >> 8) + product >> 8;
  }

  /**
   * JFIF's conversion of YCbCr in the fixed-point arithmetic of the Independent JPEG Group; CMY = 255 − RGB.
   */
  private static void fromYcc(int[] pixel) {
    int y = pixel[0];
    int cb = pixel[1] - 128;
    int cr = pixel[2] - 128;
    int half = 1 << 15;
    pixel[0] = clamp(255 - (y + (91881 * cr + half >> 16)));
    pixel[1] = clamp(255 - (y + (-22554 * cb - 46802 * cr + half >> 16)));
    pixel[2] = clamp(255 - (y + (116130 * cb + half >> 16)));
  }

  private static int clamp(int value) {
    return Math.max(0, Math.min(255, value));
  }
}
