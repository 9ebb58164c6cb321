package org.swinengine.backend.cpu.matrix;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.swinengine.backend.cpu.runtime.Scratch;
import org.swinengine.backend.cpu.simd.Lanes;
import org.swinengine.backend.cpu.simd.VectorGelu;

/**
 * The matrix family's inner loops on vectors. One species only: a second width in the same process would cost the
 * compiler its knowledge of every vector's class, and put vectors on the heap.
 */
public final class VectorMatrixTiles implements MatrixTiles {
  private static final VectorSpecies<Float> FLOAT = Lanes.FLOAT;

  /** AVX-512 and NEON have 32 registers, AVX2 and SSE 16. */
  private static final boolean MANY_REGISTERS =
      Lanes.COUNT == 16 || System.getProperty("os.arch").equals("aarch64");

  private static final int ROWS = MANY_REGISTERS ? 8 : 4;
  private static final int WIDTH = 3 * Lanes.COUNT;

  @Override
  public int rows() {
    return ROWS;
  }

  @Override
  public int columns() {
    return WIDTH;
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
    if (start == null) {
      float[] own = Scratch.get().tile();
      tile(rows, depth, a, aStart, b, bStart, own, 0, own, WIDTH, WIDTH);
      add(rows, WIDTH, own, WIDTH, WIDTH, c, cStart, cStride, c, cStart, cStride);
    } else {
      tile(rows, depth, a, aStart, b, bStart, start, startStart, c, cStart, cStride);
    }
  }

  private static void tile(
      int rows,
      int depth,
      float[] a,
      int ao,
      float[] b,
      int bo,
      float[] start,
      int so,
      float[] c,
      int co,
      int ldc) {
    switch (rows) {
      case 1:
        VectorThinGemmTiles.rows1(depth, a, ao, b, bo, start, so, c, co, ldc);
        break;
      case 2:
        VectorThinGemmTiles.rows2(depth, a, ao, b, bo, start, so, c, co, ldc);
        break;
      case 3:
        VectorThinGemmTiles.rows3(depth, a, ao, b, bo, start, so, c, co, ldc);
        break;
      case 4:
        VectorThinGemmTiles.rows4(depth, a, ao, b, bo, start, so, c, co, ldc);
        break;
      case 5:
        VectorGemmTiles.rows5(depth, a, ao, b, bo, start, so, c, co, ldc);
        break;
      case 6:
        VectorGemmTiles.rows6(depth, a, ao, b, bo, start, so, c, co, ldc);
        break;
      case 7:
        VectorGemmTiles.rows7(depth, a, ao, b, bo, start, so, c, co, ldc);
        break;
      case 8:
        VectorGemmTiles.rows8(depth, a, ao, b, bo, start, so, c, co, ldc);
        break;
      default:
        throw new IllegalArgumentException(rows + " rows");
    }
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
    boolean adds = start == null;
    float[] own = adds ? Scratch.get().tile() : null;
    float[] from = adds ? own : start;
    int fromAt = adds ? 0 : startStart;
    float[] to = adds ? own : c;
    int toAt = adds ? WIDTH : cStart;
    int toStride = adds ? WIDTH : cStride;
    if (ROWS == 8) {
      VectorPackedGemmTiles.rows8(depth, a, aStart, b, bStart, from, fromAt, to, toAt, toStride);
    } else {
      VectorPackedGemmTiles.rows4(depth, a, aStart, b, bStart, from, fromAt, to, toAt, toStride);
    }
    if (adds) {
      add(ROWS, WIDTH, own, WIDTH, WIDTH, c, cStart, cStride, c, cStart, cStride);
    }
  }

  @Override
  public void packColumns(
      int depth, float[] x, int xStart, int xStride, float[] packed, int packedStart, float[] sums, int sumsStart) {
    for (int j = 0; j < 2 * ROWS; j += Lanes.COUNT) {
      if (sums == null) {
        packVector(depth, x, xStart + j, xStride, packed, packedStart + j);
      } else {
        packVector(depth, x, xStart + j, xStride, packed, packedStart + j, sums, sumsStart + j);
      }
    }
  }

  private static void packVector(int depth, float[] x, int xStart, int xStride, float[] packed, int packedStart) {
    for (int k = 0; k < depth; k++) {
      FloatVector.fromArray(FLOAT, x, xStart + k * xStride).intoArray(packed, packedStart + k * 2 * ROWS);
    }
  }

  private static void packVector(
      int depth, float[] x, int xStart, int xStride, float[] packed, int packedStart, float[] sums, int sumsStart) {
    FloatVector sum = FloatVector.fromArray(FLOAT, sums, sumsStart);
    for (int k = 0; k < depth; k++) {
      FloatVector row = FloatVector.fromArray(FLOAT, x, xStart + k * xStride);
      row.intoArray(packed, packedStart + k * 2 * ROWS);
      sum = sum.add(row);
    }
    sum.intoArray(sums, sumsStart);
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
    int whole = FLOAT.loopBound(columns);
    for (int i = 0; i < rows; i++) {
      int ti = tStart + i * tStride;
      int ui = uStart + i * uStride;
      int yi = yStart + i * yStride;
      for (int j = 0; j < whole; j += Lanes.COUNT) {
        FloatVector w = FloatVector.fromArray(FLOAT, t, ti + j);
        FloatVector v = FloatVector.fromArray(FLOAT, u, ui + j);
        w.add(v).intoArray(y, yi + j);
      }
      for (int j = whole; j < columns; j++) {
        y[yi + j] = t[ti + j] + u[ui + j];
      }
    }
  }

  @Override
  public void gelu(
      int rows, int columns, float[] t, int tStart, int tStride, float[] y, int yStart, int yStride) {
    VectorGelu.gelu(rows, columns, t, tStart, tStride, y, yStart, yStride);
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
    VectorGelu.timesGradient(rows, columns, t, tStart, tStride, u, uStart, uStride, y, yStart, yStride);
  }
}
