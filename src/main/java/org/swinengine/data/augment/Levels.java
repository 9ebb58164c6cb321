package org.swinengine.data.augment;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import org.swinengine.data.RawImage;

/** Changes of each value by a table: Pillow's {@code ImageOps}, byte for byte, and torchvision's gamma. */
final class Levels {
  private Levels() {}

  /** The same table for all channels. */
  static RawImage map(RawImage image, IntUnaryOperator level) {
    byte[] table = new byte[256];
    for (int value = 0; value < 256; value++) {
      table[value] = (byte) level.applyAsInt(value);
    }
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    for (int i = 0; i < in.length; i++) {
      out[i] = table[in[i] & 255];
    }
    return new RawImage(image.height(), image.width(), image.channels(), out);
  }

  private static RawImage map(RawImage image, byte[][] tables) {
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    int channels = image.channels();
    for (int c = 0; c < channels; c++) {
      byte[] table = tables[c];
      for (int i = c; i < in.length; i += channels) {
        out[i] = table[in[i] & 255];
      }
    }
    return new RawImage(image.height(), image.width(), channels, out);
  }

  /** {@code ImageOps.invert}. */
  static RawImage invert(RawImage image) {
    return map(image, value -> 255 - value);
  }

  /** {@code ImageOps.solarize}: values of at least the threshold are inverted. */
  static RawImage solarize(RawImage image, double threshold) {
    return map(image, value -> value < threshold ? value : 255 - value);
  }

  /** timm's {@code solarize_add}: what is added to values below 128. */
  static RawImage solarizeAdd(RawImage image, int added) {
    return map(image, value -> value < 128 ? Math.min(255, value + added) : value);
  }

  /** {@code ImageOps.posterize}: keeps that many upper bits, 0 to 8. */
  static RawImage posterize(RawImage image, int bits) {
    int mask = -(1 << 8 - bits);
    return bits >= 8 ? image : map(image, value -> value & mask);
  }

  /** torchvision's {@code adjust_gamma} of a Pillow image. */
  static RawImage gamma(RawImage image, double gamma) {
    return map(image,
        value -> Math.min(255, (int) ((255 + 1 - 1e-3) * StrictMath.pow(value / 255.0, gamma))));
  }

  /**
   * {@code ImageOps.autocontrast}: the darkest value of each channel becomes black, the brightest white.
   *
   * @param low percentage of the darkest pixels that do not count, 0 to 100
   * @param high percentage of the brightest
   */
  static RawImage autocontrast(RawImage image, double low, double high) {
    byte[][] tables = new byte[image.channels()][256];
    for (int c = 0; c < tables.length; c++) {
      int[] counts = counts(image, c);
      long pixels = (long) image.height() * image.width();
      cut(counts, (long) Math.floor(pixels * low / 100), 0, 1);
      cut(counts, (long) Math.floor(pixels * high / 100), 255, -1);
      int least = 0;
      while (least < 255 && counts[least] == 0) {
        least++;
      }
      int most = 255;
      while (most > 0 && counts[most] == 0) {
        most--;
      }
      double scale = most <= least ? 1 : 255.0 / (most - least);
      double offset = most <= least ? 0 : -least * scale;
      for (int value = 0; value < 256; value++) {
        tables[c][value] = (byte) Math.max(0, Math.min(255, (int) (value * scale + offset)));
      }
    }
    return map(image, tables);
  }

  /** Takes so many pixels away, from one end of the histogram on. */
  private static void cut(int[] counts, long pixels, int from, int step) {
    long left = pixels;
    for (int value = from; value >= 0 && value < 256 && left > 0; value += step) {
      long taken = Math.min(left, counts[value]);
      counts[value] -= (int) taken;
      left -= taken;
    }
  }

  /** {@code ImageOps.equalize}: as many pixels of each value as can be, channel by channel. */
  static RawImage equalize(RawImage image) {
    byte[][] tables = new byte[image.channels()][256];
    for (int c = 0; c < tables.length; c++) {
      int[] counts = counts(image, c);
      int last = 255;
      while (counts[last] == 0) {
        last--;
      }
      boolean single = Arrays.stream(counts).filter(count -> count > 0).count() <= 1;
      int step = single ? 0 : (image.height() * image.width() - counts[last]) / 255;
      int sum = step / 2;
      for (int value = 0; value < 256; value++) {
        tables[c][value] = (byte) (step == 0 ? value : Math.min(255, sum / step));
        sum += counts[value];
      }
    }
    return map(image, tables);
  }

  private static int[] counts(RawImage image, int channel) {
    int[] counts = new int[256];
    byte[] pixels = image.pixels();
    for (int i = channel; i < pixels.length; i += image.channels()) {
      counts[pixels[i] & 255]++;
    }
    return counts;
  }
}
