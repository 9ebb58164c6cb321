package org.swinengine.backend.cpu.matrix;

import java.util.Arrays;
import org.swinengine.backend.cpu.runtime.Scratch;
import org.swinengine.backend.cpu.simd.LaneSums;
import org.swinengine.backend.cpu.simd.ScalarGelu;

/**
 * The matrix family's inner loops in scalar code; its loops over columns may be vectorised by the compiler.
 */
public final class ScalarMatrixTiles implements MatrixTiles {
  private static final int ROWS = 4;
  private static final int COLUMNS = LaneSums.COUNT;
  private static final int PACKED_TILES = 2;

  @Override
  public int rows() {
    return ROWS;
  }

  @Override
  public int columns() {
    return COLUMNS;
  }

  @Override
  public void multiply(
      int rows,
      int depth,
      float[] a,
      int aStart,
      float[] b,
      int bStart,
      float[] start,
      int startStart,
      float[] c,
      int cStart,
      int cStride) {
    float[] sum = Scratch.get().lanes();
    for (int i = 0; i < rows; i++) {
      int ai = aStart + i * ROW_STRIDE;
      begin(start, startStart, sum);
      for (int k = 0; k < depth; k++) {
        addRow(a[ai + k], b, bStart + k * COLUMNS, sum);
      }
      end(start == null, sum, c, cStart + i * cStride);
    }
  }

  @Override
  public int packedTiles() {
    return PACKED_TILES;
  }

  @Override
  public void multiplyPacked(
      int depth,
      float[] a,
      int aStart,
      float[] b,
      int bStart,
      float[] start,
      int startStart,
      float[] c,
      int cStart,
      int cStride) {
    float[] sum = Scratch.get().lanes();
    for (int i = 0; i < ROWS; i++) {
      begin(start, startStart, sum);
      for (int k = 0; k < depth; k++) {
        addRow(a[aStart + k * PACKED_TILES * ROWS + i], b, bStart + k * COLUMNS, sum);
      }
      end(start == null, sum, c, cStart + i * cStride);
    }
  }

  private static void begin(float[] start, int startStart, float[] sum) {
    if (start == null) {
      Arrays.fill(sum, 0, COLUMNS, 0f);
    } else {
      System.arraycopy(start, startStart, sum, 0, COLUMNS);
    }
  }

  private static void end(boolean add, float[] sum, float[] c, int cStart) {
    for (int j = 0; j < COLUMNS; j++) {
      c[cStart + j] = add ? c[cStart + j] + sum[j] : sum[j];
    }
  }

  private static void addRow(float factor, float[] b, int bStart, float[] sum) {
    for (int j = 0; j < COLUMNS; j++) {
      sum[j] = Math.fma(factor, b[bStart + j], sum[j]);
    }
  }

  @Override
  public void packColumns(
      int depth, float[] x, int xStart, int xStride, float[] packed, int packedStart, float[] sums,
      int sumsStart) {
    for (int k = 0; k < depth; k++) {
      System.arraycopy(
          x, xStart + k * xStride, packed, packedStart + k * PACKED_TILES * ROWS, PACKED_TILES * ROWS);
      for (int i = 0; sums != null && i < PACKED_TILES * ROWS; i++) {
        sums[sumsStart + i] += x[xStart + k * xStride + i];
      }
    }
  }

  @Override
  public void add(
      int rows,
      int columns,
      float[] t,
      int tStart,
      int tStride,
      float[] u,
      int uStart,
      int uStride,
      float[] y,
      int yStart,
      int yStride) {
    for (int i = 0; i < rows; i++) {
      int ti = tStart + i * tStride;
      int ui = uStart + i * uStride;
      int yi = yStart + i * yStride;
      for (int j = 0; j < columns; j++) {
        y[yi + j] = t[ti + j] + u[ui + j];
      }
    }
  }

  @Override
  public void gelu(
      int rows, int columns, float[] t, int tStart, int tStride, float[] y, int yStart, int yStride) {
    for (int i = 0; i < rows; i++) {
      int ti = tStart + i * tStride;
      int yi = yStart + i * yStride;
      for (int j = 0; j < columns; j++) {
        y[yi + j] = ScalarGelu.gelu(t[ti + j]);
      }
    }
  }

  @Override
  public void timesGeluGradient(
      int rows,
      int columns,
      float[] t,
      int tStart,
      int tStride,
      float[] u,
      int uStart,
      int uStride,
      float[] y,
      int yStart,
      int yStride) {
    for (int i = 0; i < rows; i++) {
      int ti = tStart + i * tStride;
      int ui = uStart + i * uStride;
      int yi = yStart + i * yStride;
      for (int j = 0; j < columns; j++) {
        y[yi + j] = t[ti + j] * ScalarGelu.gradient(u[ui + j]);
      }
    }
  }
}
