package org.swinengine.data.webp;

import java.util.Arrays;

/** The coefficients of a macroblock: what prediction left over (RFC 6386, section 13). */
final class Residuals {
  private static final int[] BANDS = {0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0};
  private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
  private static final int[][] EXTRA_BITS = {
    {173, 148, 140},
    {176, 155, 140, 135},
    {180, 157, 141, 134, 130},
    {254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129}
  };

  /** Types of blocks: luma without its means, the means, chroma, luma with its means. */
  private static final int WITHOUT_MEAN = 0;

  private static final int MEANS = 1;
  private static final int CHROMA = 2;
  private static final int WITH_MEAN = 3;

  /** Of the present macroblock: 16 blocks of luma, 4 of each chroma, 16 coefficients each. */
  final short[] coefficients = new short[24 * 16];

  /** How many of a block's coefficients may be others than 0. */
  final int[] counts = new int[24];

  private final int[] probabilities;
  private final InverseTransform transform = new InverseTransform();
  private final short[] means = new short[16];

  /** Whether blocks above had coefficients: for each macroblock 4 of luma, 2 and 2 of chroma, the means. */
  private final boolean[] above;

  private final boolean[] left = new boolean[9];

  Residuals(int[] probabilities, int macroblocks) {
    this.probabilities = probabilities;
    above = new boolean[9 * macroblocks];
  }

  void startRow() {
    Arrays.fill(left, false);
  }

  /** Takes note of a macroblock without coefficients. */
  void skip(int column, boolean hasMeans) {
    Arrays.fill(coefficients, (short) 0);
    Arrays.fill(counts, 0);
    int count = hasMeans ? 9 : 8;
    Arrays.fill(left, 0, count, false);
    Arrays.fill(above, 9 * column, 9 * column + count, false);
  }

  /**
   * Reads a macroblock.
   *
   * @param steps of quantisation: luma's mean and others, the means', chroma's
   * @return whether there is any coefficient
   */
  boolean read(BooleanDecoder bits, int column, boolean hasMeans, int[] steps) {
    Arrays.fill(coefficients, (short) 0);
    int up = 9 * column;
    int type = WITH_MEAN;
    if (hasMeans) {
      Arrays.fill(means, (short) 0);
      int context = (above[up + 8] ? 1 : 0) + (left[8] ? 1 : 0);
      int count = block(bits, MEANS, context, steps[2], steps[3], 0, means, 0);
      above[up + 8] = left[8] = count > 0;
      transform.spreadMeans(means, coefficients);
      type = WITHOUT_MEAN;
    }
    boolean any = false;
    for (int n = 0; n < 24; n++) {
      boolean luma = n < 16;
      int across = luma ? n & 3 : 4 + (n - 16 >> 2) * 2 + (n & 1);
      int down = luma ? n >> 2 : 4 + (n - 16 >> 2) * 2 + (n >> 1 & 1);
      int context = (above[up + across] ? 1 : 0) + (left[down] ? 1 : 0);
      int first = luma && hasMeans ? 1 : 0;
      int count =
          block(
              bits, luma ? type : CHROMA, context, steps[luma ? 0 : 4], steps[luma ? 1 : 5], first,
              coefficients,
              16 * n);
      above[up + across] = left[down] = count > first;
      counts[n] = count > 1 ? count : coefficients[16 * n] != 0 ? 1 : 0;
      any |= counts[n] > 0;
    }
    return any;
  }

  private int block(
      BooleanDecoder bits, int type, int context, int meanStep, int step, int first, short[] out, int from) {
    int p = at(type, first, context);
    for (int n = first; n < 16; n++) {
      if (bits.bit(probabilities[p]) == 0) {
        return n;
      }
      while (bits.bit(probabilities[p + 1]) == 0) {
        if (++n == 16) {
          return 16;
        }
        p = at(type, n, 0);
      }
      int value = 1;
      if (bits.bit(probabilities[p + 2]) == 1) {
        value = large(bits, p);
      }
      out[from + ZIGZAG[n]] = (short) (bits.signed(value) * (n > 0 ? step : meanStep));
      p = at(type, n + 1, value == 1 ? 1 : 2);
    }
    return 16;
  }

  private static int at(int type, int n, int context) {
    return ((type * 8 + BANDS[n]) * 3 + context) * 11;
  }

  private int large(BooleanDecoder bits, int p) {
    if (bits.bit(probabilities[p + 3]) == 0) {
      return bits.bit(probabilities[p + 4]) == 0 ? 2 : 3 + bits.bit(probabilities[p + 5]);
    }
    if (bits.bit(probabilities[p + 6]) == 0) {
      if (bits.bit(probabilities[p + 7]) == 0) {
        return 5 + bits.bit(159);
      }
      int upper = 7 + 2 * bits.bit(165);
      return upper + bits.bit(145);
    }
    int high = bits.bit(probabilities[p + 8]);
    int category = 2 * high + bits.bit(probabilities[p + 9 + high]);
    int value = 0;
    for (int probability : EXTRA_BITS[category]) {
      value = 2 * value + bits.bit(probability);
    }
    return value + 3 + (8 << category);
  }
}
