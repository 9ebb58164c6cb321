package org.swinengine.data.webp;

import java.util.Arrays;

/** How a macroblock is predicted (RFC 6386, section 11). */
final class MacroblockModes {
  /** A tree: positive numbers are the next pair, others the negated modes. */
  private static final int[] TREE = {0, 1, -1, 2, -2, 3, 4, 6, -3, 5, -4, -5, -6, 7, -7, 8, -8, -9};

  private final int[] above;
  private final int[] left = new int[4];
  private final int[] modes = new int[16];
  private boolean ofBlocks;
  private int chroma;

  MacroblockModes(int columns) {
    above = new int[4 * columns];
  }

  void startRow() {
    Arrays.fill(left, Prediction.DC);
  }

  /** Reads those of the next macroblock. */
  void read(BooleanDecoder bits, int column) {
    int up = 4 * column;
    ofBlocks = bits.bit(145) == 0;
    if (ofBlocks) {
      for (int n = 0; n < 16; n++) {
        int x = up + (n & 3);
        int y = n >> 2;
        modes[n] = block(bits, (above[x] * 10 + left[y]) * 9);
        above[x] = modes[n];
        left[y] = modes[n];
      }
    } else {
      if (bits.bit(156) == 1) {
        modes[0] = bits.bit(128) == 1 ? Prediction.TRUE_MOTION : Prediction.HORIZONTAL;
      } else {
        modes[0] = bits.bit(163) == 1 ? Prediction.VERTICAL : Prediction.DC;
      }
      Arrays.fill(above, up, up + 4, modes[0]);
      Arrays.fill(left, modes[0]);
    }
    if (bits.bit(142) == 0) {
      chroma = Prediction.DC;
    } else if (bits.bit(114) == 0) {
      chroma = Prediction.VERTICAL;
    } else {
      chroma = bits.bit(183) == 1 ? Prediction.TRUE_MOTION : Prediction.HORIZONTAL;
    }
  }

  private static int block(BooleanDecoder bits, int probabilities) {
    int i = TREE[bits.bit(Vp8Tables.MODES[probabilities])];
    while (i > 0) {
      i = TREE[2 * i + bits.bit(Vp8Tables.MODES[probabilities + i])];
    }
    return -i;
  }

  /** Whether each block of 4x4 pixels has its own mode, {@link #of}; else all have that of the first. */
  boolean ofBlocks() {
    return ofBlocks;
  }

  int of(int block) {
    return modes[block];
  }

  int chroma() {
    return chroma;
  }
}
