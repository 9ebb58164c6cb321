package org.swinengine.data;

import java.util.Arrays;

/**
 * Luma or a chroma of a frame, of whole macroblocks, with the border that prediction looks at: 127 above and 129 on the
 * left.
 */
final class Vp8Plane {
  private static final int BORDER = 16;

  final byte[] data;
  final int stride;

  /** Index of the first pixel. */
  final int origin;

  Vp8Plane(int width, int height) {
    stride = width + 2 * BORDER;
    origin = stride + BORDER;
    data = new byte[stride * (height + 1)];
    Arrays.fill(data, 0, stride, (byte) 127);
    for (int y = 0; y < height; y++) {
      data[origin + y * stride - 1] = (byte) 129;
    }
  }

  int index(int x, int y) {
    return origin + y * stride + x;
  }

  int at(int index) {
    return data[index] & 255;
  }

  void set(int index, int value) {
    data[index] = (byte) (value < 0 ? 0 : Math.min(value, 255));
  }
}
