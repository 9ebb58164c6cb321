package org.swinengine.data;

import java.awt.image.DataBufferByte;
import java.awt.image.Raster;

/** Turns the stored components of a JPEG into grey or RGB, as the Independent JPEG Group's library does. */
final class JpegPixels {
  private static final int HALF = 1 << 15;

  private JpegPixels() {}

  /** Of one component, or of three; the raster's bytes become those of the picture. */
  static RawImage of(Raster raster, boolean chroma) {
    int channels = raster.getNumBands();
    byte[] pixels = ((DataBufferByte) raster.getDataBuffer()).getData();
    if (channels == 3 && chroma) {
      for (int i = 0; i < pixels.length; i += 3) {
        int y = pixels[i] & 255;
        int cb = (pixels[i + 1] & 255) - 128;
        int cr = (pixels[i + 2] & 255) - 128;
        pixels[i] = (byte) red(y, cr);
        pixels[i + 1] = (byte) green(y, cb, cr);
        pixels[i + 2] = (byte) blue(y, cb);
      }
    }
    return new RawImage(raster.getHeight(), raster.getWidth(), channels, pixels);
  }

  /** JFIF's conversion of YCbCr in the fixed-point arithmetic of the Independent JPEG Group. */
  static void toRgb(int[] rgb, int y, int storedCb, int storedCr) {
    int cb = storedCb - 128;
    int cr = storedCr - 128;
    rgb[0] = red(y, cr);
    rgb[1] = green(y, cb, cr);
    rgb[2] = blue(y, cb);
  }

  private static int red(int y, int cr) {
    return clamp(y + (91881 * cr + HALF >> 16));
  }

  private static int green(int y, int cb, int cr) {
    return clamp(y + (-22554 * cb - 46802 * cr + HALF >> 16));
  }

  private static int blue(int y, int cb) {
    return clamp(y + (116130 * cb + HALF >> 16));
  }

  private static int clamp(int value) {
    return Math.max(0, Math.min(255, value));
  }
}
