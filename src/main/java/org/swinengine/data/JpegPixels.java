package org.swinengine.data;

import java.awt.image.DataBufferByte;
import java.awt.image.Raster;

/** Turns the stored components of a JPEG into grey or RGB, as the Independent JPEG Group's library does. */
final class JpegPixels {
  private JpegPixels() {}

  /** Of one component, or of three; the raster's bytes become those of the picture. */
  static RawImage of(Raster raster, boolean chroma) {
    int channels = raster.getNumBands();
    byte[] pixels = ((DataBufferByte) raster.getDataBuffer()).getData();
    if (channels == 3 && chroma) {
      int[] pixel = new int[3];
      for (int i = 0; i < pixels.length; i += 3) {
        toRgb(pixel, pixels[i] & 255, pixels[i + 1] & 255, pixels[i + 2] & 255);
        for (int c = 0; c < 3; c++) {
          pixels[i + c] = (byte) pixel[c];
        }
      }
    }
    return new RawImage(raster.getHeight(), raster.getWidth(), channels, pixels);
  }

  /** JFIF's conversion of YCbCr in the fixed-point arithmetic of the Independent JPEG Group. */
  static void toRgb(int[] rgb, int y, int storedCb, int storedCr) {
    int cb = storedCb - 128;
    int cr = storedCr - 128;
    int half = 1 << 15;
    rgb[0] = clamp(y + (91881 * cr + half >> 16));
    rgb[1] = clamp(y + (-22554 * cb - 46802 * cr + half >> 16));
    rgb[2] = clamp(y + (116130 * cb + half >> 16));
  }

  private static int clamp(int value) {
    return Math.max(0, Math.min(255, value));
  }
}
