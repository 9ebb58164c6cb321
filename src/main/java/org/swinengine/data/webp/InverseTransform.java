package org.swinengine.data.webp;

/** From coefficients to differences (RFC 6386, section 14). */
final class InverseTransform {
  private final int[] columns = new int[16];

  /** Adds a block's differences to its prediction. */
  void add(byte[] data, int start, int stride, short[] in, int from) {
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
      int at = start + i * stride;
      add(data, at, a + d >> 3);
      add(data, at + 1, b + c >> 3);
      add(data, at + 2, b - c >> 3);
      add(data, at + 3, a - d >> 3);
    }
  }

  /** The same for a block that has a mean alone. */
  static void addMean(byte[] data, int start, int stride, int mean) {
    int difference = mean + 4 >> 3;
    for (int y = 0; y < 4; y++) {
      for (int x = 0; x < 4; x++) {
        add(data, start + y * stride + x, difference);
      }
    }
  }

  private static void add(byte[] data, int at, int difference) {
    data[at] = Pixels.level((data[at] & 255) + difference);
  }

  /** Times √2 cos(π/8), in 16 bits. */
  private static int cosine(int value) {
    return (value * 20091 >> 16) + value;
  }

  /** Times √2 sin(π/8). */
  private static int sine(int value) {
    return value * 35468 >> 16;
  }

  /** The inverse Walsh-Hadamard transform of the means of luma's blocks, each of which goes to its block. */
  void spreadMeans(short[] means, short[] coefficients) {
    for (int i = 0; i < 4; i++) {
      int a0 = means[i] + means[12 + i];
      int a1 = means[4 + i] + means[8 + i];
      int a2 = means[4 + i] - means[8 + i];
      int a3 = means[i] - means[12 + i];
      columns[i] = a0 + a1;
      columns[8 + i] = a0 - a1;
      columns[4 + i] = a3 + a2;
      columns[12 + i] = a3 - a2;
    }
    for (int i = 0; i < 4; i++) {
      int rounded = columns[4 * i] + 3;
      int a0 = rounded + columns[4 * i + 3];
      int a1 = columns[4 * i + 1] + columns[4 * i + 2];
      int a2 = columns[4 * i + 1] - columns[4 * i + 2];
      int a3 = rounded - columns[4 * i + 3];
      coefficients[64 * i] = (short) (a0 + a1 >> 3);
      coefficients[64 * i + 16] = (short) (a3 + a2 >> 3);
      coefficients[64 * i + 32] = (short) (a0 - a1 >> 3);
      coefficients[64 * i + 48] = (short) (a3 - a2 >> 3);
    }
  }
}
