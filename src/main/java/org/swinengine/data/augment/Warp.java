package org.swinengine.data.augment;

import org.swinengine.data.Interpolation;
import org.swinengine.data.RawImage;

/**
 * Pictures in which every pixel comes from some place of another: Pillow's {@code Image.transform}, byte for
 * byte (its Geometry.c), fixed-point arithmetic of nearest pixels and cut fractions of the others included.
 */
final class Warp {
  private Warp() {}

  /** Where the pixels of a row of the result come from. */
  interface Places {
    /**
     * Gives the places of a row.
     *
     * @param y number of the row
     * @param xs receives the horizontal places, on which pixel i reaches from i to i + 1
     * @param ys receives the vertical places
     */
    void ofRow(int y, double[] xs, double[] ys);
  }

  /** An affine map; the size stays. */
  static RawImage affine(RawImage image, Affine map, Interpolation interpolation, FillColor fill) {
    if (interpolation == Interpolation.NEAREST) {
      return nearestAffine(image, map, fill);
    }
    return warp(image, (y, xs, ys) -> {
      double yIn = y + 0.5;
      for (int x = 0; x < xs.length; x++) {
        double xIn = x + 0.5;
        xs[x] = map.a() * xIn + map.b() * yIn + map.c();
        ys[x] = map.d() * xIn + map.e() * yIn + map.f();
      }
    }, interpolation, fill);
  }

  /** A perspective map by Pillow's eight numbers; the size stays. */
  static RawImage perspective(RawImage image, float[] map, Interpolation interpolation, FillColor fill) {
    return warp(image, (y, xs, ys) -> {
      double yIn = y + 0.5;
      for (int x = 0; x < xs.length; x++) {
        double xIn = x + 0.5;
        double depth = map[6] * xIn + map[7] * yIn + 1;
        xs[x] = (map[0] * xIn + map[1] * yIn + map[2]) / depth;
        ys[x] = (map[3] * xIn + map[4] * yIn + map[5]) / depth;
      }
    }, interpolation, fill);
  }

  private static RawImage warp(RawImage image, Places places, Interpolation interpolation, FillColor fill) {
    int height = image.height();
    int width = image.width();
    int channels = image.channels();
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    byte[] outside = fill.in(channels);
    double[] xs = new double[width];
    double[] ys = new double[width];
    int next = 0;
    for (int y = 0; y < height; y++) {
      places.ofRow(y, xs, ys);
      for (int x = 0; x < width; x++, next += channels) {
        double fromX = xs[x];
        double fromY = ys[x];
        // Negated, so that a place that is not a number lies outside.
        if (!(fromX >= 0 && fromX < width && fromY >= 0 && fromY < height)) {
          System.arraycopy(outside, 0, out, next, channels);
        } else if (interpolation == Interpolation.NEAREST) {
          int row = (int) fromY;
          int at = (row * width + (int) fromX) * channels;
          System.arraycopy(in, at, out, next, channels);
        } else if (interpolation == Interpolation.BILINEAR) {
          bilinear(in, height, width, channels, fromX - 0.5, fromY - 0.5, out, next);
        } else {
          bicubic(in, height, width, channels, fromX - 0.5, fromY - 0.5, out, next);
        }
      }
    }
    return new RawImage(height, width, channels, out);
  }

  private static void bilinear(
      byte[] in, int height, int width, int channels, double fromX, double fromY, byte[] out, int next) {
    int x = (int) Math.floor(fromX);
    int y = (int) Math.floor(fromY);
    double dx = fromX - x;
    double dy = fromY - y;
    int left = clip(x, width) * channels;
    int right = clip(x + 1, width) * channels;
    int above = clip(y, height) * width * channels;
    // Beyond the last row the one above counts again.
    int below = y + 1 < height ? (y + 1) * width * channels : above;
    for (int c = 0; c < channels; c++) {
      int first = in[above + left + c] & 255;
      double upper = first + ((in[above + right + c] & 255) - first) * dx;
      int second = in[below + left + c] & 255;
      double lower = second + ((in[below + right + c] & 255) - second) * dx;
      out[next + c] = (byte) (upper + (lower - upper) * dy);
    }
  }

  private static void bicubic(
      byte[] in, int height, int width, int channels, double fromX, double fromY, byte[] out, int next) {
    int x = (int) Math.floor(fromX);
    int y = (int) Math.floor(fromY);
    double dx = fromX - x;
    double dy = fromY - y;
    int x0 = clip(x - 1, width) * channels;
    int x1 = clip(x, width) * channels;
    int x2 = clip(x + 1, width) * channels;
    int x3 = clip(x + 2, width) * channels;
    int row0 = clip(y - 1, height) * width * channels;
    int row1 = y >= 0 && y < height ? y * width * channels : row0;
    int row2 = y + 1 >= 0 && y + 1 < height ? (y + 1) * width * channels : row1;
    int row3 = y + 2 >= 0 && y + 2 < height ? (y + 2) * width * channels : row2;
    for (int c = 0; c < channels; c++) {
      double v0 = cubicOfRow(in, row0 + c, x0, x1, x2, x3, dx);
      double v1 = cubicOfRow(in, row1 + c, x0, x1, x2, x3, dx);
      double v2 = cubicOfRow(in, row2 + c, x0, x1, x2, x3, dx);
      double v3 = cubicOfRow(in, row3 + c, x0, x1, x2, x3, dx);
      double value = cubic(v0, v1, v2, v3, dy);
      out[next + c] = (byte) (value <= 0 ? 0 : value >= 255 ? 255 : (int) value);
    }
  }

  private static double cubicOfRow(byte[] in, int row, int x0, int x1, int x2, int x3, double distance) {
    return cubic(in[row + x0] & 255, in[row + x1] & 255, in[row + x2] & 255, in[row + x3] & 255, distance);
  }

  private static double cubic(double v1, double v2, double v3, double v4, double distance) {
    double p2 = -v1 + v3;
    double p3 = 2 * (v1 - v2) + v3 - v4;
    double p4 = -v1 + v2 - v3 + v4;
    return v2 + distance * (p2 + distance * (p3 + distance * p4));
  }

  private static int clip(int at, int size) {
    return Math.max(0, Math.min(size - 1, at));
  }

  private static RawImage nearestAffine(RawImage image, Affine map, FillColor fill) {
    int height = image.height();
    int width = image.width();
    if (map.b() == 0 && map.d() == 0) {
      return scaled(image, map, fill);
    }
    if (fitsFixedPoint(map, 0, 0) && fitsFixedPoint(map, width, height) && fitsFixedPoint(map, 0, height)
        && fitsFixedPoint(map, width, 0)) {
      return fixedPoint(image, map, fill);
    }
    // Rows come in their order, and Pillow sums up steps here.
    double[] row = {
      map.c() + map.b() * 0.5 + map.a() * 0.5, map.f() + map.e() * 0.5 + map.d() * 0.5
    };
    return warp(image, (y, xs, ys) -> {
      double fromX = row[0];
      double fromY = row[1];
      for (int x = 0; x < xs.length; x++) {
        xs[x] = fromX;
        ys[x] = fromY;
        fromX += map.a();
        fromY += map.d();
      }
      row[0] += map.b();
      row[1] += map.e();
    }, Interpolation.NEAREST, fill);
  }

  private static boolean fitsFixedPoint(Affine map, int x, int y) {
    return Math.abs(x * map.a() + y * map.b() + map.c()) < 32768
        && Math.abs(x * map.d() + y * map.e() + map.f()) < 32768;
  }

  private static RawImage fixedPoint(RawImage image, Affine map, FillColor fill) {
    int height = image.height();
    int width = image.width();
    int channels = image.channels();
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    byte[] outside = fill.in(channels);
    int stepX = fixed(map.a());
    int stepY = fixed(map.d());
    int rowX = fixed(map.c() + map.a() * 0.5 + map.b() * 0.5);
    int rowY = fixed(map.f() + map.d() * 0.5 + map.e() * 0.5);
    int next = 0;
    for (int y = 0; y < height; y++) {
      int atX = rowX;
      int atY = rowY;
      for (int x = 0; x < width; x++, next += channels) {
        int fromX = atX >> 16;
        int fromY = atY >> 16;
        if (fromX >= 0 && fromX < width && fromY >= 0 && fromY < height) {
          System.arraycopy(in, (fromY * width + fromX) * channels, out, next, channels);
        } else {
          System.arraycopy(outside, 0, out, next, channels);
        }
        atX += stepX;
        atY += stepY;
      }
      rowX += fixed(map.b());
      rowY += fixed(map.e());
    }
    return new RawImage(height, width, channels, out);
  }

  private static int fixed(double value) {
    return (int) Math.floor(value * 65536 + 0.5);
  }

  /** A map without turn or shear: columns and rows apart. */
  private static RawImage scaled(RawImage image, Affine map, FillColor fill) {
    int height = image.height();
    int width = image.width();
    int channels = image.channels();
    int[] columns = positions(width, map.c(), map.a());
    int[] rows = positions(height, map.f(), map.e());
    byte[] in = image.pixels();
    byte[] out = new byte[in.length];
    byte[] outside = fill.in(channels);
    int next = 0;
    for (int row : rows) {
      for (int column : columns) {
        if (row >= 0 && column >= 0) {
          System.arraycopy(in, (row * width + column) * channels, out, next, channels);
        } else {
          System.arraycopy(outside, 0, out, next, channels);
        }
        next += channels;
      }
    }
    return new RawImage(height, width, channels, out);
  }

  /** Where each pixel along an axis comes from, −1 for outside; sums in Pillow's order. */
  private static int[] positions(int size, double shift, double scale) {
    int[] positions = new int[size];
    double at = shift + scale * 0.5;
    for (int i = 0; i < size; i++, at += scale) {
      positions[i] = at >= 0 && at < size ? (int) at : -1;
    }
    return positions;
  }
}
