package org.swinengine.data.augment;

import java.util.Arrays;
import org.swinengine.data.RawImage;

/** Filters of neighbouring pixels, with the bytes of Pillow or torchvision. */
final class Filters {
  private Filters() {}

  /** {@code ImageFilter.SMOOTH}: 3x3, the middle five times; the outermost pixels stay. */
  static RawImage smooth(RawImage image) {
    int height = image.height();
    int width = image.width();
    int channels = image.channels();
    byte[] in = image.pixels();
    byte[] out = in.clone();
    float side = 1f / 13;
    float middle = 5f / 13;
    int row = width * channels;
    for (int y = 1; y < height - 1; y++) {
      for (int i = y * row + channels; i < (y + 1) * row - channels; i++) {
        // Pillow begins with the row below and adds up in single precision.
        float sum = 0.5f;
        sum += threeOf(in, i + row, channels, side, side);
        sum += threeOf(in, i, channels, side, middle);
        sum += threeOf(in, i - row, channels, side, side);
        out[i] = (byte) Math.min(255, (int) sum);
      }
    }
    return new RawImage(height, width, channels, out);
  }

  private static float threeOf(byte[] in, int at, int step, float side, float middle) {
    return (in[at - step] & 255) * side + (in[at] & 255) * middle + (in[at + step] & 255) * side;
  }

  /**
   * {@code ImageFilter.GaussianBlur}: three box filters of a fractional radius along each axis (Gwosdek et
   * al., "Theoretical foundations of Gaussian convolution by extended box filtering", 2011).
   */
  static RawImage pillowBlur(RawImage image, double radius) {
    float boxRadius = boxRadius((float) radius, 3);
    if (boxRadius == 0) {
      return image;
    }
    int height = image.height();
    int width = image.width();
    int channels = image.channels();
    byte[] pixels = image.pixels().clone();
    byte[] line = new byte[Math.max(height, width)];
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < height; y++) {
        for (int pass = 0; pass < 3; pass++) {
          boxBlur(pixels, y * width * channels + c, channels, width, boxRadius, line);
        }
      }
      for (int x = 0; x < width; x++) {
        for (int pass = 0; pass < 3; pass++) {
          boxBlur(pixels, x * channels + c, width * channels, height, boxRadius, line);
        }
      }
    }
    return new RawImage(height, width, channels, pixels);
  }

  /** Pillow's {@code _gaussian_blur_radius}, in single precision where it is. */
  private static float boxRadius(float radius, int passes) {
    float variance = radius * radius / passes;
    float length = (float) Math.sqrt(12.0 * variance + 1.0);
    float whole = (float) Math.floor((length - 1.0) / 2.0);
    float part = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance);
    part /= 6 * (variance - (whole + 1) * (whole + 1));
    return whole + part;
  }

  /** Averages a line in place; what is beyond its ends equals its ends. */
  private static void boxBlur(byte[] pixels, int first, int step, int size, float boxRadius, byte[] line) {
    for (int i = 0; i < size; i++) {
      line[i] = pixels[first + i * step];
    }
    int radius = (int) boxRadius;
    // 24 fractional bits; integers without sign, whose overflow does not matter.
    int inner = (int) (long) ((1 << 24) / (boxRadius * 2 + 1));
    int outer = ((1 << 24) - (radius * 2 + 1) * inner) / 2;
    int last = size - 1;
    int sum = 0;
    for (int i = -radius - 1; i < radius; i++) {
      sum += line[Math.max(0, Math.min(last, i))] & 255;
    }
    for (int i = 0; i < size; i++) {
      int left = line[Math.max(0, i - radius - 1)] & 255;
      int entering = line[Math.min(last, i + radius)] & 255;
      int right = line[Math.min(last, i + radius + 1)] & 255;
      sum += entering - left;
      pixels[first + i * step] = (byte) (sum * inner + (left + right) * outer + (1 << 23) >>> 24);
    }
  }

  /** {@code ImageFilter.MedianFilter} of an odd size; what is beyond the edge equals the edge. */
  static RawImage median(RawImage image, int size) {
    int height = image.height();
    int width = image.width();
    int channels = image.channels();
    int radius = size / 2;
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    int rank = size * size / 2;
    int[] counts = new int[256];
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < height; y++) {
        Arrays.fill(counts, 0);
        for (int x = -radius; x < radius; x++) {
          count(in, height, width, channels, c, y, x, radius, counts, 1);
        }
        for (int x = 0; x < width; x++) {
          count(in, height, width, channels, c, y, x + radius, radius, counts, 1);
          int value = 0;
          for (int below = counts[0]; below <= rank; below += counts[value]) {
            value++;
          }
          out[(y * width + x) * channels + c] = (byte) value;
          count(in, height, width, channels, c, y, x - radius, radius, counts, -1);
        }
      }
    }
    return new RawImage(height, width, channels, out);
  }

  /** Counts the column of a window, or takes it away again. */
  private static void count(
      byte[] in, int height, int width, int channels, int channel, int y, int x, int radius, int[] counts,
      int by) {
    int column = Math.max(0, Math.min(width - 1, x)) * channels + channel;
    for (int dy = -radius; dy <= radius; dy++) {
      int row = Math.max(0, Math.min(height - 1, y + dy)) * width * channels;
      counts[in[row + column] & 255] += by;
    }
  }

  /**
   * torchvision's {@code gaussian_blur}: a kernel of odd size, the picture mirrored at its edges, rounded to
   * the nearest integer; in float64, so that the sum's order does not show.
   */
  static RawImage gaussianBlur(RawImage image, int size, double sigma) {
    double[] kernel = gaussian(size, sigma);
    int height = image.height();
    int width = image.width();
    int channels = image.channels();
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    double[] plane = new double[height * width];
    for (int c = 0; c < channels; c++) {
      for (int i = 0; i < plane.length; i++) {
        plane[i] = in[i * channels + c] & 255;
      }
      blur(plane, height, width, kernel);
      for (int i = 0; i < plane.length; i++) {
        out[i * channels + c] = (byte) Math.max(0, Math.min(255, (int) Math.rint(plane[i])));
      }
    }
    return new RawImage(height, width, channels, out);
  }

  /** The weights of a Gaussian, which sum to 1. */
  static double[] gaussian(int size, double sigma) {
    double[] kernel = new double[size];
    double sum = 0;
    for (int i = 0; i < size; i++) {
      double x = (i - (size - 1) * 0.5) / sigma;
      kernel[i] = StrictMath.exp(-0.5 * x * x);
      sum += kernel[i];
    }
    for (int i = 0; i < size; i++) {
      kernel[i] /= sum;
    }
    return kernel;
  }

  /** Filters a plane in place along both axes; it is mirrored at its edges as often as the kernel needs. */
  static void blur(double[] plane, int height, int width, double[] kernel) {
    int radius = kernel.length / 2;
    double[] padded = new double[Math.max(height, width) + 2 * radius];
    for (int y = 0; y < height; y++) {
      blurLine(plane, y * width, 1, width, kernel, padded);
    }
    for (int x = 0; x < width; x++) {
      blurLine(plane, x, width, height, kernel, padded);
    }
  }

  private static void blurLine(
      double[] plane, int first, int step, int size, double[] kernel, double[] padded) {
    int radius = kernel.length / 2;
    for (int i = -radius; i < size + radius; i++) {
      padded[i + radius] = plane[first + reflect(i, size) * step];
    }
    for (int i = 0; i < size; i++) {
      double sum = 0;
      for (int k = 0; k < kernel.length; k++) {
        sum += kernel[k] * padded[i + k];
      }
      plane[first + i * step] = sum;
    }
  }

  private static int reflect(int at, int size) {
    if (size == 1) {
      return 0;
    }
    int period = 2 * (size - 1);
    int rest = Math.floorMod(at, period);
    return rest < size ? rest : period - rest;
  }
}
