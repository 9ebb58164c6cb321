package org.swinengine.backend.cpu.attention;

import java.util.Arrays;

/** Copies of the rows of one head, and cosine attention's normalisation of them. */
final class AttentionRows {
  /** Smallest norm that divides, as in {@code torch.nn.functional.normalize}. */
  private static final float SMALLEST_NORM = 1e-12f;

  private AttentionRows() {}

  /**
   * Copies {@code n} floats and fills the row up to {@code width} with zeros; zeros alone if {@code from}
   * is null.
   */
  static void copy(float[] from, int fromStart, int n, float[] to, int toStart, int width) {
    int copied = from == null ? 0 : n;
    if (copied > 0) {
      System.arraycopy(from, fromStart, to, toStart, copied);
    }
    Arrays.fill(to, toStart + copied, toStart + width, 0f);
  }

  /** Divides a row by max(its norm, 1e-12) and returns the norm. */
  static float normalise(float[] x, int start, int n) {
    float norm = (float) Math.sqrt(dot(x, start, x, start, n));
    float divisor = Math.max(norm, SMALLEST_NORM);
    for (int i = start; i < start + n; i++) {
      x[i] /= divisor;
    }
    return norm;
  }

  /**
   * Turns the gradient {@code g} of a normalised row {@code x} into the row's own: (g − x·(x·g))/norm. A row
   * whose norm was below the limit was divided by a constant.
   */
  static void normaliseBackward(float[] x, int xStart, float[] g, int gStart, int n, float norm) {
    if (norm < SMALLEST_NORM) {
      for (int i = gStart; i < gStart + n; i++) {
        g[i] /= SMALLEST_NORM;
      }
      return;
    }
    float along = dot(x, xStart, g, gStart, n);
    for (int i = 0; i < n; i++) {
      g[gStart + i] = (g[gStart + i] - x[xStart + i] * along) / norm;
    }
  }

  /** Σ x·y in the order of the index. */
  static float dot(float[] x, int xStart, float[] y, int yStart, int n) {
    float sum = 0;
    for (int i = 0; i < n; i++) {
      sum = Math.fma(x[xStart + i], y[yStart + i], sum);
    }
    return sum;
  }
}
