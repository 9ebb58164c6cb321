package org.swinengine.backend.cpu.matrix;

import java.util.Arrays;

/** Copies a piece of a matrix into the form in which {@link MatrixTiles} reads its right operand. */
final class Panels {
  private Panels() {}

  /**
   * Packs {@code depth} rows of one panel; columns from {@code valid} to {@code width} become 0.
   *
   * @param transposed whether element (k, j) is at {@code from + j·stride + k} instead of {@code from +
   *     k·stride + j}
   */
  static void pack(
      int depth,
      int valid,
      int width,
      boolean transposed,
      float[] x,
      int from,
      int stride,
      float[] panel,
      int to) {
    if (valid < width) {
      Arrays.fill(panel, to, to + depth * width, 0f);
    }
    if (transposed) {
      for (int j = 0; j < valid; j++) {
        int column = from + j * stride;
        for (int k = 0; k < depth; k++) {
          panel[to + k * width + j] = x[column + k];
        }
      }
    } else {
      for (int k = 0; k < depth; k++) {
        System.arraycopy(x, from + k * stride, panel, to + k * width, valid);
      }
    }
  }
}
