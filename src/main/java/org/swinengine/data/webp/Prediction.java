package org.swinengine.data.webp;

import java.util.Arrays;

/** Predicts blocks from their neighbours (RFC 6386, section 12). */
final class Prediction {
  static final int DC = 0;
  static final int TRUE_MOTION = 1;
  static final int VERTICAL = 2;
  static final int HORIZONTAL = 3;

  /**
   * Which mean each pixel of a 4x4 block is, by mode: the weighted mean around one of the 13 neighbours, from
   * {@link #PAIRS} on that of a neighbour and the next, {@link #LAST} the lowest neighbour on the left.
   */
  private static final byte[][] PLACES = new byte[10][16];

  private static final int PAIRS = 13;
  private static final int LAST = 25;

  static {
    for (int i = 0; i < 16; i++) {
      int x = i & 3;
      int y = i >> 2;
      PLACES[VERTICAL][i] = (byte) (5 + x);
      PLACES[HORIZONTAL][i] = (byte) (3 - y);
      PLACES[4][i] = (byte) (4 + x - y);
      PLACES[5][i] = (byte) verticalRight(x, y);
      PLACES[6][i] = (byte) (6 + x + y);
      PLACES[7][i] = (byte) verticalLeft(x, y);
      PLACES[8][i] = (byte) horizontalDown(x, y);
      PLACES[9][i] = (byte) horizontalUp(2 * y + x);
    }
  }

  /** Neighbours of a 4x4 block from the lower left upwards, then along the line above: LKJI X ABCDEFGH. */
  private final int[] edge = new int[13];

  private final byte[] means = new byte[LAST + 1];

  private static int verticalRight(int x, int y) {
    int column = 2 * x - y;
    if (column < 0) {
      return column == -1 ? 4 : 5 - y;
    }
    return column % 2 == 0 ? PAIRS + 4 + column / 2 : 4 + (column + 1) / 2;
  }

  private static int horizontalDown(int x, int y) {
    int row = 2 * y - x;
    if (row < 0) {
      return row == -1 ? 4 : 3 + x;
    }
    return row % 2 == 0 ? PAIRS + 3 - row / 2 : 4 - (row + 1) / 2;
  }

  private static int verticalLeft(int x, int y) {
    if (x == 3 && y >= 2) {
      return 8 + y;
    }
    int first = 5 + x + y / 2;
    return y % 2 == 0 ? PAIRS + first : first + 1;
  }

  private static int horizontalUp(int place) {
    if (place > 5) {
      return LAST;
    }
    return place % 2 == 0 ? PAIRS + 2 - place / 2 : 2 - place / 2;
  }

  /**
   * A whole macroblock of a plane.
   *
   * @param first whether it is in the first row
   */
  void macroblock(Plane plane, int column, boolean first, int mode) {
    int size = plane.size;
    int stride = plane.stride;
    byte[] data = plane.work;
    int start = plane.workIndex(column * size, 0);
    switch (mode) {
      case TRUE_MOTION -> trueMotion(data, start, stride, size);
      case VERTICAL -> {
        for (int y = 0; y < size; y++) {
          System.arraycopy(data, start - stride, data, start + y * stride, size);
        }
      }
      case HORIZONTAL -> {
        for (int at = start, y = 0; y < size; y++, at += stride) {
          Arrays.fill(data, at, at + size, data[at - 1]);
        }
      }
      default -> mean(data, start, stride, size, !first, column > 0);
    }
  }

  /** Of what there is above and on the left. */
  private static void mean(byte[] data, int start, int stride, int size, boolean above, boolean left) {
    int sum = 0;
    for (int i = 0; i < size; i++) {
      sum += above ? data[start - stride + i] & 255 : 0;
      sum += left ? data[start + i * stride - 1] & 255 : 0;
    }
    int count = (above ? size : 0) + (left ? size : 0);
    byte mean = (byte) (count == 0 ? 128 : (sum + count / 2) / count);
    for (int y = 0; y < size; y++) {
      Arrays.fill(data, start + y * stride, start + y * stride + size, mean);
    }
  }

  private static void trueMotion(byte[] data, int start, int stride, int size) {
    int above = start - stride;
    int corner = data[above - 1] & 255;
    for (int y = 0; y < size; y++) {
      int at = start + y * stride;
      int left = (data[at - 1] & 255) - corner;
      for (int x = 0; x < size; x++) {
        data[at + x] = Pixels.level(left + (data[above + x] & 255));
      }
    }
  }

  /**
   * A block of 4x4 pixels.
   *
   * @param aboveRight index of the four pixels above and to the right
   */
  void block(byte[] data, int start, int stride, int mode, int aboveRight) {
    if (mode == TRUE_MOTION) {
      trueMotion(data, start, stride, 4);
      return;
    }
    if (mode == DC) {
      mean(data, start, stride, 4, true, true);
      return;
    }
    for (int i = 0; i < 4; i++) {
      edge[i] = data[start + (3 - i) * stride - 1] & 255;
      edge[5 + i] = data[start - stride + i] & 255;
      edge[9 + i] = data[aboveRight + i] & 255;
    }
    edge[4] = data[start - stride - 1] & 255;
    for (int i = 0; i < 12; i++) {
      means[i] = (byte) (edge[Math.max(0, i - 1)] + 2 * edge[i] + edge[i + 1] + 2 >> 2);
      means[PAIRS + i] = (byte) (edge[i] + edge[i + 1] + 1 >> 1);
    }
    means[12] = (byte) (edge[11] + 3 * edge[12] + 2 >> 2);
    means[LAST] = (byte) edge[0];
    byte[] places = PLACES[mode];
    for (int i = 0; i < 16; i++) {
      data[start + (i >> 2) * stride + (i & 3)] = means[places[i]];
    }
  }
}
