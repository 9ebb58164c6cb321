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
            JpegPixels.toRgb(pixel, pixel[0], pixel[1], pixel[2]);
            for (int i = 0; i < 3; i++) {
              pixel[i] = 255 - pixel[i];
            }
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
}
