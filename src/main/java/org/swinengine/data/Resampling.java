package org.swinengine.data;

import java.util.Arrays;

/**
 * Antialiased resizing, equal to Pillow's {@code Image.resize} byte for byte: one pass along rows, one along
 * columns, 8-bit pixels between them, weights as fixed-point integers with 22 fractional bits.
 */
final class Resampling {
  /** 32 bits less 8 of the pixel and 2 for the overshoot of the cubic filter. */
  private static final int PRECISION_BITS = 32 - 8 - 2;

  private Resampling() {}

  /**
   * The weights along one axis.
   *
   * @param first for each output the first input that it reads
   * @param count how many it reads
   * @param stride distance between the weights of consecutive outputs
   * @param values the weights; those of one output sum to 1
   */
  record Weights(int[] first, int[] count, int stride, double[] values) {}

  /** Computes the weights for shrinking or enlarging an axis from one number of pixels to another. */
  static Weights weights(int inputs, int outputs, Interpolation filter) {
    double scale = (double) inputs / outputs;
    double stretch = Math.max(scale, 1);
    double support = filter.support() * stretch;
    int stride = (int) Math.ceil(support) * 2 + 1;
    double[] values = new double[Math.multiplyExact(outputs, stride)];
    int[] first = new int[outputs];
    int[] count = new int[outputs];
    double inverseStretch = 1 / stretch;
    for (int i = 0; i < outputs; i++) {
      double center = (i + 0.5) * scale;
      int from = Math.max((int) (center - support + 0.5), 0);
      int to = Math.min((int) (center + support + 0.5), inputs);
      double sum = 0;
      for (int j = from; j < to; j++) {
        double weight = filter.weight((j - center + 0.5) * inverseStretch);
        values[i * stride + j - from] = weight;
        sum += weight;
      }
      if (sum != 0) {
        for (int j = 0; j < to - from; j++) {
          values[i * stride + j] /= sum;
        }
      }
      first[i] = from;
      count[i] = to - from;
    }
    return new Weights(first, count, stride, values);
  }

  /** Resizes an image; the image itself when it has that size already. */
  static RawImage resize(RawImage image, int height, int width, Interpolation filter) {
    if (filter == Interpolation.NEAREST) {
      return height == image.height() && width == image.width() ? image : nearest(image, height, width);
    }
    if (image.channels() > 3) {
      return ofEach(image, height, width, filter);
    }
    RawImage result = image;
    if (width != image.width()) {
      result = alongRows(result, width, filter);
    }
    if (height != image.height()) {
      result = alongColumns(result, height, filter);
    }
    return result;
  }

  private static RawImage nearest(RawImage image, int height, int width) {
    int channels = image.channels();
    int[] columns = positions(image.width(), width);
    int[] rows = positions(image.height(), height);
    byte[] in = image.pixels();
    byte[] out = new byte[Math.multiplyExact(Math.multiplyExact(height, width), channels)];
    int next = 0;
    for (int row : rows) {
      for (int column : columns) {
        int at = (row * image.width() + column) * channels;
        for (int c = 0; c < channels; c++) {
          out[next++] = in[at + c];
        }
      }
    }
    return new RawImage(height, width, channels, out);
  }

  /** Sums in Pillow's order, where a product would round otherwise. */
  private static int[] positions(int inputs, int outputs) {
    double scale = (double) inputs / outputs;
    int[] positions = new int[outputs];
    double at = scale * 0.5;
    for (int i = 0; i < outputs; i++, at += scale) {
      positions[i] = Math.min((int) at, inputs - 1);
    }
    return positions;
  }

  /** Slices one by one. */
  private static RawImage ofEach(RawImage image, int height, int width, Interpolation filter) {
    int channels = image.channels();
    byte[] result = new byte[Math.multiplyExact(Math.multiplyExact(height, width), channels)];
    byte[] plane = new byte[image.height() * image.width()];
    for (int c = 0; c < channels; c++) {
      for (int i = 0; i < plane.length; i++) {
        plane[i] = image.pixels()[i * channels + c];
      }
      byte[] resized =
          resize(new RawImage(image.height(), image.width(), 1, plane), height, width, filter).pixels();
      for (int i = 0; i < resized.length; i++) {
        result[i * channels + c] = resized[i];
      }
    }
    return new RawImage(height, width, channels, result);
  }

  private static RawImage alongRows(RawImage image, int width, Interpolation filter) {
    Weights weights = weights(image.width(), width, filter);
    int[] fixed = fixedPoint(weights.values());
    int channels = image.channels();
    byte[] in = image.pixels();
    byte[] out = new byte[Math.multiplyExact(Math.multiplyExact(image.height(), width), channels)];
    for (int y = 0; y < image.height(); y++) {
      int row = y * image.width() * channels;
      if (channels == 3) {
        colorRow(in, row, weights, fixed, out, y * width * 3);
      } else {
        greyRow(in, row, weights, fixed, out, y * width);
      }
    }
    return new RawImage(image.height(), width, channels, out);
  }

  private static void greyRow(byte[] in, int row, Weights weights, int[] fixed, byte[] out, int next) {
    int[] first = weights.first();
    int[] counts = weights.count();
    for (int x = 0; x < first.length; x++) {
      int weight = x * weights.stride();
      int sum = 1 << PRECISION_BITS - 1;
      for (int j = 0, at = row + first[x]; j < counts[x]; j++) {
        sum += (in[at + j] & 255) * fixed[weight + j];
      }
      out[next + x] = clip(sum);
    }
  }

  /** Three sums at a time, so that a weight is read once. */
  private static void colorRow(byte[] in, int row, Weights weights, int[] fixed, byte[] out, int start) {
    int[] first = weights.first();
    int[] counts = weights.count();
    int next = start;
    for (int x = 0; x < first.length; x++) {
      int red = 1 << PRECISION_BITS - 1;
      int green = red;
      int blue = red;
      int at = row + first[x] * 3;
      int from = x * weights.stride();
      int to = from + counts[x];
      for (int j = from; j < to; j++, at += 3) {
        int weight = fixed[j];
        red += (in[at] & 255) * weight;
        green += (in[at + 1] & 255) * weight;
        blue += (in[at + 2] & 255) * weight;
      }
      out[next] = clip(red);
      out[next + 1] = clip(green);
      out[next + 2] = clip(blue);
      next += 3;
    }
  }

  private static RawImage alongColumns(RawImage image, int height, Interpolation filter) {
    Weights weights = weights(image.height(), height, filter);
    int[] fixed = fixedPoint(weights.values());
    int rowBytes = image.width() * image.channels();
    byte[] in = image.pixels();
    byte[] out = new byte[Math.multiplyExact(height, rowBytes)];
    int[] sums = new int[rowBytes];
    for (int y = 0; y < height; y++) {
      Arrays.fill(sums, 1 << PRECISION_BITS - 1);
      for (int j = 0; j < weights.count()[y]; j++) {
        int weight = fixed[y * weights.stride() + j];
        int row = (weights.first()[y] + j) * rowBytes;
        for (int i = 0; i < rowBytes; i++) {
          sums[i] += (in[row + i] & 255) * weight;
        }
      }
      for (int i = 0; i < rowBytes; i++) {
        out[y * rowBytes + i] = clip(sums[i]);
      }
    }
    return new RawImage(height, image.width(), image.channels(), out);
  }

  private static int[] fixedPoint(double[] values) {
    int[] fixed = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      fixed[i] = (int) (values[i] * (1 << PRECISION_BITS) + (values[i] < 0 ? -0.5 : 0.5));
    }
    return fixed;
  }

  private static byte clip(int sum) {
    return (byte) Math.max(0, Math.min(255, sum >> PRECISION_BITS));
  }
}
