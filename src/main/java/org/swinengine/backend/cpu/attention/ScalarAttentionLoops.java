package org.swinengine.backend.cpu.attention;

import java.util.Arrays;
import org.swinengine.backend.cpu.simd.ScalarExp;

/** {@link AttentionLoops} without the Vector API. */
public final class ScalarAttentionLoops implements AttentionLoops {
  @Override
  public void transpose(
      int count,
      int depth,
      float[] x,
      int[] rows,
      int first,
      int base,
      float factor,
      float[] y,
      int yStart,
      int stride) {
    for (int i = 0; i < count; i++) {
      int row = rows[first + i] + base;
      for (int d = 0; d < depth; d++) {
        y[yStart + d * stride + i] = factor * x[row + d];
      }
    }
    for (int i = count; i < stride; i++) {
      for (int d = 0; d < depth; d++) {
        y[yStart + d * stride + i] = 0;
      }
    }
  }

  @Override
  public void scores(
      int keys,
      int queries,
      int depth,
      float[] k,
      int[] rows,
      int first,
      int base,
      float[] q,
      int qStart,
      float[] start,
      int startStart,
      int startStride,
      float[] s,
      int sStart) {
    for (int i = 0; i < keys; i++) {
      int to = sStart + i * queries;
      System.arraycopy(start, startStart + i * startStride, s, to, queries);
      int row = rows[first + i] + base;
      for (int d = 0; d < depth; d++) {
        multiplyAdd(queries, k[row + d], q, qStart + d * queries, s, to);
      }
    }
  }

  @Override
  public void keySums(
      int keys,
      int width,
      int queries,
      float[] s,
      int sStart,
      int sStride,
      float[] x,
      int[] xRows,
      int xFirst,
      int xBase,
      float factor,
      float[] y,
      int[] yRows,
      int yFirst,
      int yBase) {
    for (int i = 0; i < keys; i++) {
      int to = yRows[yFirst + i] + yBase;
      for (int j = 0; j < queries; j++) {
        multiplyAdd(width, s[sStart + i * sStride + j], x, xRows[xFirst + j] + xBase, y, to);
      }
      multiply(width, factor, y, to);
    }
  }

  @Override
  public void querySums(
      int queries,
      int width,
      int keys,
      float[] s,
      int sStart,
      int sStride,
      float[] x,
      int[] xRows,
      int xFirst,
      int xBase,
      float[] factors,
      int factorsStart,
      float[] y,
      int[] yRows,
      int yFirst,
      int yBase) {
    for (int j = 0; j < queries; j++) {
      int to = yRows[yFirst + j] + yBase;
      for (int i = 0; i < keys; i++) {
        multiplyAdd(width, s[sStart + i * sStride + j], x, xRows[xFirst + i] + xBase, y, to);
      }
      multiply(width, factors[factorsStart + j], y, to);
    }
  }

  private static void multiplyAdd(int n, float factor, float[] x, int xStart, float[] y, int yStart) {
    for (int j = 0; j < n; j++) {
      y[yStart + j] = Math.fma(factor, x[xStart + j], y[yStart + j]);
    }
  }

  private static void multiply(int n, float factor, float[] y, int start) {
    for (int j = start; j < start + n; j++) {
      y[j] *= factor;
    }
  }

  @Override
  public void zero(int count, int width, float[] x, int[] rows, int first, int base) {
    for (int i = first; i < first + count; i++) {
      Arrays.fill(x, rows[i] + base, rows[i] + base + width, 0f);
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
  public void columnMaximum(int keys, int queries, float[] s, int sStart, float[] maximum, int maximumStart) {
    for (int i = 0; i < keys; i++) {
      for (int j = 0; j < queries; j++) {
        maximum[maximumStart + j] = Math.max(maximum[maximumStart + j], s[sStart + i * queries + j]);
      }
    }
  }

  @Override
  public void exponentials(
      int keys, int queries, float[] s, int sStart, float[] maximum, int maximumStart, float[] sum,
      int sumStart) {
    for (int i = 0; i < keys; i++) {
      for (int j = 0; j < queries; j++) {
        int at = sStart + i * queries + j;
        s[at] = exp(s[at] - maximum[maximumStart + j]);
        sum[sumStart + j] += s[at];
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
  public void probabilities(
      int keys,
      int queries,
      float[] s,
      int sStart,
      float[] maximum,
      int maximumStart,
      float[] factors,
      int factorsStart) {
    for (int i = 0; i < keys; i++) {
      for (int j = 0; j < queries; j++) {
        int at = sStart + i * queries + j;
        s[at] = exp(s[at] - maximum[maximumStart + j]) * factors[factorsStart + j];
      }
    }
  }

  @Override
  public void correlation(
      int keys, int queries, float[] p, int pStart, float[] dP, int dPStart, float[] delta, int deltaStart) {
    for (int j = 0; j < queries; j++) {
      float sum = 0;
      for (int i = 0; i < keys; i++) {
        sum = Math.fma(p[pStart + i * queries + j], dP[dPStart + i * queries + j], sum);
      }
      delta[deltaStart + j] = sum;
    }
  }

  @Override
  public void softmaxGradient(
      int keys, int queries, float[] p, int pStart, float[] dP, int dPStart, float[] delta, int deltaStart) {
    for (int i = 0; i < keys; i++) {
      for (int j = 0; j < queries; j++) {
        int at = dPStart + i * queries + j;
        dP[at] = p[pStart + i * queries + j] * (dP[at] - delta[deltaStart + j]);
      }
    }
  }
}
