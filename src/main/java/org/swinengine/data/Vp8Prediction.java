package org.swinengine.data;

import java.util.Arrays;

/** Predicts blocks from their neighbours and adds what the file says of the difference (RFC 6386, 12 and 14). */
final class Vp8Prediction {
  static final int DC = 0;
  static final int TRUE_MOTION = 1;
  static final int VERTICAL = 2;
  static final int HORIZONTAL = 3;

  private Vp8Prediction() {}

  /** A square of 16 or 8 pixels; where nothing lies above or on the left, the mean is of what there is. */
  static void square(Vp8Plane plane, int x, int y, int size, int mode) {
    int start = plane.index(x, y);
    int stride = plane.stride;
    switch (mode) {
      case TRUE_MOTION -> trueMotion(plane, start, size);
      case VERTICAL -> {
        for (int row = 0; row < size; row++) {
          System.arraycopy(plane.data, start - stride, plane.data, start + row * stride, size);
        }
      }
      case HORIZONTAL -> {
        for (int at = start, row = 0; row < size; row++, at += stride) {
          Arrays.fill(plane.data, at, at + size, plane.data[at - 1]);
        }
      }
      default -> {
        int sum = 0;
        int count = 0;
        for (int i = 0; i < size; i++) {
          sum += y > 0 ? plane.at(start - stride + i) : 0;
          sum += x > 0 ? plane.at(start + i * stride - 1) : 0;
        }
        count = (y > 0 ? size : 0) + (x > 0 ? size : 0);
        byte mean = (byte) (count == 0 ? 128 : (sum + count / 2) / count);
        for (int row = 0; row < size; row++) {
          Arrays.fill(plane.data, start + row * stride, start + row * stride + size, mean);
        }
      }
    }
  }

  private static void trueMotion(Vp8Plane plane, int start, int size) {
    int above = start - plane.stride;
    int corner = plane.at(above - 1);
    for (int row = 0; row < size; row++) {
      int at = start + row * plane.stride;
      int left = plane.at(at - 1) - corner;
      for (int i = 0; i < size; i++) {
        plane.set(at + i, left + plane.at(above + i));
      }
    }
  }

  /**
   * A block of 4x4 pixels.
   *
   * @param edge room for 13 numbers
   * @param aboveRight index of the four pixels above and to the right
   */
  static void block(Vp8Plane plane, int start, int mode, int[] edge, int aboveRight) {
    int stride = plane.stride;
    if (mode == TRUE_MOTION) {
      trueMotion(plane, start, 4);
      return;
    }
    // From the lower left upwards, then along the row above: L K J I X A B C D E F G H.
    for (int i = 0; i < 4; i++) {
      edge[i] = plane.at(start + (3 - i) * stride - 1);
      edge[5 + i] = plane.at(start - stride + i);
      edge[9 + i] = plane.at(aboveRight + i);
    }
    edge[4] = plane.at(start - stride - 1);
    for (int y = 0; y < 4; y++) {
      for (int x = 0; x < 4; x++) {
        plane.data[start + y * stride + x] = (byte) pixel(mode, edge, x, y);
      }
    }
  }

  private static int pixel(int mode, int[] e, int x, int y) {
    return switch (mode) {
      case DC -> (e[0] + e[1] + e[2] + e[3] + e[5] + e[6] + e[7] + e[8] + 4) >> 3;
      case VERTICAL -> of3(e, 5 + x);
      case HORIZONTAL -> y == 3 ? (e[1] + 3 * e[0] + 2) >> 2 : of3(e, 3 - y);
      case 4 -> of3(e, 4 + x - y);
      case 5 -> verticalRight(e, x, y);
      case 6 -> x + y == 6 ? (e[11] + 3 * e[12] + 2) >> 2 : of3(e, 6 + x + y);
      case 7 -> verticalLeft(e, x, y);
      case 8 -> horizontalDown(e, x, y);
      default -> horizontalUp(e, 2 * y + x);
    };
  }

  private static int verticalRight(int[] e, int x, int y) {
    int column = 2 * x - y;
    if (column < 0) {
      return of3(e, column == -1 ? 4 : 4 - (y - 1));
    }
    return column % 2 == 0 ? of2(e, 4 + column / 2) : of3(e, 4 + (column + 1) / 2);
  }

  private static int horizontalDown(int[] e, int x, int y) {
    int row = 2 * y - x;
    if (row < 0) {
      return of3(e, row == -1 ? 4 : 4 + (x - 1));
    }
    return row % 2 == 0 ? of2(e, 3 - row / 2) : of3(e, 4 - (row + 1) / 2);
  }

  private static int verticalLeft(int[] e, int x, int y) {
    if (x == 3 && y >= 2) {
      return of3(e, y == 2 ? 10 : 11);
    }
    int first = 5 + x + y / 2;
    return y % 2 == 0 ? of2(e, first) : of3(e, first + 1);
  }

  private static int horizontalUp(int[] e, int place) {
    if (place > 5) {
      return e[0];
    }
    if (place == 5) {
      return (e[1] + 3 * e[0] + 2) >> 2;
    }
    int lower = 2 - place / 2;
    return place % 2 == 0 ? of2(e, lower) : of3(e, lower);
  }

  /** The mean of a number and the next. */
  private static int of2(int[] e, int i) {
    return (e[i] + e[i + 1] + 1) >> 1;
  }

  /** The weighted mean of a number and its neighbours. */
  private static int of3(int[] e, int i) {
    return (e[i - 1] + 2 * e[i] + e[i + 1] + 2) >> 2;
  }

  /** Adds the inverse transform of 16 coefficients to a block. */
  static void add(Vp8Plane plane, int start, short[] in, int from, int[] columns) {
    for (int i = 0; i < 4; i++) {
      int a = in[from + i] + in[from + 8 + i];
      int b = in[from + i] - in[from + 8 + i];
      int c = sine(in[from + 4 + i]) - cosine(in[from + 12 + i]);
      int d = cosine(in[from + 4 + i]) + sine(in[from + 12 + i]);
      columns[4 * i] = a + d;
      columns[4 * i + 1] = b + c;
      columns[4 * i + 2] = b - c;
      columns[4 * i + 3] = a - d;
    }
    for (int i = 0; i < 4; i++) {
      int rounded = columns[i] + 4;
      int a = rounded + columns[8 + i];
      int b = rounded - columns[8 + i];
      int c = sine(columns[4 + i]) - cosine(columns[12 + i]);
      int d = cosine(columns[4 + i]) + sine(columns[12 + i]);
      int at = start + i * plane.stride;
      plane.set(at, plane.at(at) + (a + d >> 3));
      plane.set(at + 1, plane.at(at + 1) + (b + c >> 3));
      plane.set(at + 2, plane.at(at + 2) + (b - c >> 3));
      plane.set(at + 3, plane.at(at + 3) + (a - d >> 3));
    }
  }

  /** Times √2 cos(π/8), in 16 bits. */
  private static int cosine(int value) {
    return (value * 20091 >> 16) + value;
  }

  /** Times √2 sin(π/8). */
  private static int sine(int value) {
    return value * 35468 >> 16;
  }
}
