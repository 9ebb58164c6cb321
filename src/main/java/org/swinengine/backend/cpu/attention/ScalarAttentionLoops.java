package org.swinengine.backend.cpu.attention;

import java.util.Arrays;
import org.swinengine.backend.cpu.simd.ScalarExp;

/** {@link AttentionLoops} without the Vector API. */
public final class ScalarAttentionLoops implements AttentionLoops {
  @Override
  public void load(int count, int width, float[] x, int[] rows, int first, int base, float[] f, int to) {
    for (int i = 0; i < count; i++) {
      int row = to + i * ROW;
      System.arraycopy(x, rows[first + i] + base, f, row, width);
      Arrays.fill(f, row + width, row + AttentionLoops.padded(width), 0f);
    }
  }

  @Override
  public void store(int count, int width, float[] f, int from, float[] y, int[] rows, int first, int base) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(f, from + i * ROW, y, rows[first + i] + base, width);
    }
  }

  @Override
  public void scores(
      int keys, int queries, int depth, float[] f, int k, int q, int start, int startStride, int s) {
    for (int i = 0; i < keys; i++) {
      int to = s + i * COLUMNS;
      begin(queries, f, start + i * startStride, to);
      for (int d = 0; d < depth; d++) {
        multiplyAdd(queries, f[k + i * ROW + d], f, q + d * COLUMNS, to);
      }
    }
  }

  @Override
  public void keySums(
      int keys, int width, int queries, float[] f, int s, int x, int start, int startStride, float factor,
      int y) {
    for (int i = 0; i < keys; i++) {
      int to = y + i * ROW;
      begin(width, f, start + i * startStride, to);
      for (int j = 0; j < queries; j++) {
        multiplyAdd(width, f[s + i * COLUMNS + j], f, x + j * ROW, to);
      }
      multiply(width, factor, f, to);
    }
  }

  @Override
  public void querySums(
      int queries, int width, int keys, float[] f, int s, int x, int start, int startStride, int factors,
      int y) {
    for (int j = 0; j < queries; j++) {
      int to = y + j * ROW;
      begin(width, f, start + j * startStride, to);
      for (int i = 0; i < keys; i++) {
        multiplyAdd(width, f[s + i * COLUMNS + j], f, x + i * ROW, to);
      }
      multiply(width, f[factors + j], f, to);
    }
  }

  private static void begin(int n, float[] f, int from, int to) {
    if (from != to) {
      System.arraycopy(f, from, f, to, n);
    }
  }

  private static void multiplyAdd(int n, float factor, float[] f, int x, int y) {
    for (int j = 0; j < n; j++) {
      f[y + j] = Math.fma(factor, f[x + j], f[y + j]);
    }
  }

  private static void multiply(int n, float factor, float[] y, int start) {
    for (int j = start; j < start + n; j++) {
      y[j] *= factor;
    }
  }

  @Override
  public void add(
      int rows, int columns, float[] x, int xStart, int xStride, float[] y, int yStart, int yStride) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        y[yStart + i * yStride + j] += x[xStart + i * xStride + j];
      }
    }
  }

  @Override
  public void columnMaximum(int keys, int queries, float[] f, int s, int maximum) {
    for (int i = 0; i < keys; i++) {
      for (int j = 0; j < queries; j++) {
        f[maximum + j] = Math.max(f[maximum + j], f[s + i * COLUMNS + j]);
      }
    }
  }

  @Override
  public void exponentials(int keys, int queries, float[] f, int s, int maximum, int sum) {
    for (int i = 0; i < keys; i++) {
      for (int j = 0; j < queries; j++) {
        int at = s + i * COLUMNS + j;
        f[at] = exp(f[at] - f[maximum + j]);
        f[sum + j] += f[at];
      }
    }
  }

  /**
   * {@link ScalarExp#exp} for x ≤ 0. Between {@link #NEGLIGIBLE} and 0 the power of two is a normal number,
   * so that its exponent may simply be added.
   */
  private static float exp(float x) {
    if (x < NEGLIGIBLE) {
      return 0;
    }
    float t = Math.fma(x, ScalarExp.LOG2_E, ScalarExp.ROUNDER);
    float n = t - ScalarExp.ROUNDER;
    float r = Math.fma(n, -ScalarExp.LN2_HIGH, x);
    r = Math.fma(n, -ScalarExp.LN2_LOW, r);
    float p = ScalarExp.E6;
    p = Math.fma(p, r, ScalarExp.E5);
    p = Math.fma(p, r, ScalarExp.E4);
    p = Math.fma(p, r, ScalarExp.E3);
    p = Math.fma(p, r, ScalarExp.E2);
    p = Math.fma(p, r * r, r) + 1f;
    return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(t) << 23));
  }

  @Override
  public void probabilities(int keys, int queries, float[] f, int s, int maximum, int factors) {
    for (int i = 0; i < keys; i++) {
      for (int j = 0; j < queries; j++) {
        int at = s + i * COLUMNS + j;
        f[at] = exp(f[at] - f[maximum + j]) * f[factors + j];
      }
    }
  }

  @Override
  public void correlation(int keys, int queries, float[] f, int p, int dP, int delta) {
    for (int j = 0; j < queries; j++) {
      float sum = 0;
      for (int i = 0; i < keys; i++) {
        sum = Math.fma(f[p + i * COLUMNS + j], f[dP + i * COLUMNS + j], sum);
      }
      f[delta + j] = sum;
    }
  }

  @Override
  public void softmaxGradient(int keys, int queries, float[] f, int p, int dP, int delta) {
    for (int i = 0; i < keys; i++) {
      for (int j = 0; j < queries; j++) {
        int at = dP + i * COLUMNS + j;
        f[at] = f[p + i * COLUMNS + j] * (f[at] - f[delta + j]);
      }
    }
  }
}
