package org.swinengine.data.webp;

import java.util.Arrays;

/**
 * Luma or a chroma of a frame, of which one row of macroblocks is predicted and the last two are smoothed:
 * macroblocks are predicted from what is not smoothed yet.
 */
final class Plane {
  private static final int BORDER = 16;

  /** Pixels on a side of a macroblock. */
  final int size;

  final int stride;

  /** The row of macroblocks that is decoded, below the line above it, with 129 on its left. */
  final byte[] work;

  /** The row before and the same row, for the loop filter. */
  final byte[] smoothed;

  Plane(int columns, int size) {
    this.size = size;
    stride = columns * size + 2 * BORDER;
    work = new byte[(size + 1) * stride];
    smoothed = new byte[2 * size * stride];
    Arrays.fill(work, 0, stride, (byte) 127);
    for (int y = 0; y < size; y++) {
      work[workIndex(0, y) - 1] = (byte) 129;
    }
  }

  /** In {@link #work}; −1 is the line above and the column on the left. */
  int workIndex(int x, int y) {
    return (1 + y) * stride + BORDER + x;
  }

  /** In {@link #smoothed}; lines of the row before are negative. */
  int smoothedIndex(int x, int y) {
    return (size + y) * stride + BORDER + x;
  }

  /** Hands the decoded row on to the filter. */
  void finishRow() {
    System.arraycopy(smoothed, size * stride, smoothed, 0, size * stride);
    System.arraycopy(work, stride, smoothed, size * stride, size * stride);
    System.arraycopy(work, size * stride, work, 0, stride);
  }
}
