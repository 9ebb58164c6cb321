package org.swinengine.data.augment;

import org.swinengine.data.RawImage;

/** Blends of a picture with a degenerate one: Pillow's {@code ImageEnhance}, byte for byte; and its hue. */
final class Enhance {
  private Enhance() {}

  /** {@code ImageEnhance.Brightness}: towards black. */
  static RawImage brightness(RawImage image, float factor) {
    return Levels.map(image, value -> blend(0, value, factor));
  }

  /** {@code ImageEnhance.Contrast}: towards the mean grey of the image. */
  static RawImage contrast(RawImage image, float factor) {
    byte[] grey = image.withChannels(1).pixels();
    long sum = 0;
    for (byte value : grey) {
      sum += value & 255;
    }
    int mean = (int) ((double) sum / grey.length + 0.5);
    return Levels.map(image, value -> blend(mean, value, factor));
  }

  /** {@code ImageEnhance.Color}: towards the grey of each pixel. Slices have no colours. */
  static RawImage saturation(RawImage image, float factor) {
    if (image.channels() != 3) {
      return image;
    }
    byte[] grey = image.withChannels(1).pixels();
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    for (int pixel = 0, i = 0; pixel < grey.length; pixel++) {
      int from = grey[pixel] & 255;
      for (int c = 0; c < 3; c++, i++) {
        out[i] = (byte) blend(from, in[i] & 255, factor);
      }
    }
    return new RawImage(image.height(), image.width(), 3, out);
  }

  /** {@code ImageEnhance.Sharpness}: towards the smoothed image. */
  static RawImage sharpness(RawImage image, float factor) {
    byte[] smooth = Filters.smooth(image).pixels();
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    for (int i = 0; i < in.length; i++) {
      out[i] = (byte) blend(smooth[i] & 255, in[i] & 255, factor);
    }
    return new RawImage(image.height(), image.width(), image.channels(), out);
  }

  /** All channels become the luma; slices are grey already. */
  static RawImage grayscale(RawImage image) {
    return image.channels() > 3 ? image : image.withChannels(1).withChannels(image.channels());
  }

  /**
   * torchvision's {@code adjust_hue} of a Pillow image: colours turn around the circle, in 8-bit HSV.
   *
   * @param factor of a whole turn, −0.5 to 0.5
   */
  static RawImage hue(RawImage image, double factor) {
    if (image.channels() != 3) {
      return image;
    }
    int turn = (int) (factor * 255);
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    for (int i = 0; i < in.length; i += 3) {
      turnHue(in[i] & 255, in[i + 1] & 255, in[i + 2] & 255, turn, out, i);
    }
    return new RawImage(image.height(), image.width(), 3, out);
  }

  /** Pillow's rgb2hsv_row and hsv2rgb, whose intermediate results have a float's and a double's bits. */
  private static void turnHue(int red, int green, int blue, int turn, byte[] out, int at) {
    int most = Math.max(red, Math.max(green, blue));
    int least = Math.min(red, Math.min(green, blue));
    int hue = 0;
    int saturation = 0;
    if (least != most) {
      float range = most - least;
      float share = range / most;
      float rc = (most - red) / range;
      float gc = (most - green) / range;
      float bc = (most - blue) / range;
      float h = red == most ? bc - gc : green == most ? (float) (2.0 + rc - bc) : (float) (4.0 + gc - rc);
      h = (float) ((h / 6.0 + 1.0) % 1.0);
      hue = Math.max(0, Math.min(255, (int) (h * 255.0)));
      saturation = Math.max(0, Math.min(255, (int) (share * 255.0)));
    }
    hue = hue + turn & 255;
    int p = most;
    int q = most;
    int t = most;
    int sector = 0;
    if (saturation > 0) {
      sector = (int) Math.floor((float) hue * 6.0 / 255.0);
      float rest = (float) ((float) hue * 6.0 / 255.0 - sector);
      float fs = (float) (saturation / 255.0);
      p = rounded(most * (1.0 - fs));
      q = rounded(most * (1.0 - fs * rest));
      t = rounded(most * (1.0 - fs * (1.0 - rest)));
    }
    int[] rgb = switch (sector % 6) {
      case 0 -> new int[] {most, t, p};
      case 1 -> new int[] {q, most, p};
      case 2 -> new int[] {p, most, t};
      case 3 -> new int[] {p, q, most};
      case 4 -> new int[] {t, p, most};
      default -> new int[] {most, p, q};
    };
    out[at] = (byte) rgb[0];
    out[at + 1] = (byte) rgb[1];
    out[at + 2] = (byte) rgb[2];
  }

  /** C's round, of numbers that are not negative. */
  private static int rounded(double value) {
    return Math.min(255, (int) Math.floor(value + 0.5));
  }

  /** Pillow's {@code Image.blend}: single precision, cut to an integer, not rounded. */
  private static int blend(int from, int to, float factor) {
    float value = from + factor * (to - from);
    return Math.max(0, Math.min(255, (int) value));
  }
}
