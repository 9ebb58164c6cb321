package org.swinengine.backend.cpu.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link ScalarGelu} on the rows of a matrix, on vectors: the same operations in the same order, hence the
 * same bits.
 *
 * <p>Whole loops, with the polynomials written out: a method of this size is compiled on its own and
 * everything in it is inlined. As a function of one vector it would share the fate of its callers, and where
 * the compiler's budget for one of them is spent, vectors go to the heap.
 */
public final class VectorGelu {
  private static final VectorSpecies<Float> FLOAT = Lanes.FLOAT;

  private VectorGelu() {}

  /** {@code y = x·Φ(x)}; strides are those of rows. */
  public static void gelu(
      int rows, int columns, float[] x, int xStart, int xStride, float[] y, int yStart, int yStride) {
    int whole = FLOAT.loopBound(columns);
    for (int i = 0; i < rows; i++) {
      int xi = xStart + i * xStride;
      int yi = yStart + i * yStride;
      for (int j = 0; j < whole; j += Lanes.COUNT) {
        FloatVector x0 = FloatVector.fromArray(FLOAT, x, xi + j);
        FloatVector s =
            x0.mul(x0).fma(
                FloatVector.broadcast(FLOAT, ScalarGelu.CDF_SCALE), FloatVector.broadcast(FLOAT, -1f));
        FloatVector p = FloatVector.broadcast(FLOAT, ScalarGelu.C15);
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.C14));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.C13));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.C12));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.C11));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.C10));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.C9));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.C8));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.C7));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.C6));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.C5));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.C4));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.C3));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.C2));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.C1));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.C0));
        p = p.fma(x0, FloatVector.broadcast(FLOAT, 0.5f));
        p = p.blend(0f, x0.compare(VectorOperators.LT, -ScalarGelu.CDF_LIMIT));
        p = p.blend(1f, x0.compare(VectorOperators.GT, ScalarGelu.CDF_LIMIT));
        x0.mul(p).intoArray(y, yi + j);
      }
      for (int j = whole; j < columns; j++) {
        y[yi + j] = ScalarGelu.gelu(x[xi + j]);
      }
    }
  }

  /** {@code y = t·(Φ(x) + x·φ(x))}; strides are those of rows. */
  public static void timesGradient(
      int rows,
      int columns,
      float[] t,
      int tStart,
      int tStride,
      float[] x,
      int xStart,
      int xStride,
      float[] y,
      int yStart,
      int yStride) {
    int whole = FLOAT.loopBound(columns);
    for (int i = 0; i < rows; i++) {
      int ti = tStart + i * tStride;
      int xi = xStart + i * xStride;
      int yi = yStart + i * yStride;
      for (int j = 0; j < whole; j += Lanes.COUNT) {
        FloatVector x0 = FloatVector.fromArray(FLOAT, x, xi + j);
        FloatVector s =
            x0.mul(x0).fma(
                FloatVector.broadcast(FLOAT, ScalarGelu.GRADIENT_SCALE), FloatVector.broadcast(FLOAT, -1f));
        FloatVector p = FloatVector.broadcast(FLOAT, ScalarGelu.G18);
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G17));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G16));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G15));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G14));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G13));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G12));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G11));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G10));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G9));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G8));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G7));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G6));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G5));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G4));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G3));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G2));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G1));
        p = p.fma(s, FloatVector.broadcast(FLOAT, ScalarGelu.G0));
        p = p.fma(x0, FloatVector.broadcast(FLOAT, 0.5f));
        p = p.blend(0f, x0.compare(VectorOperators.LT, -ScalarGelu.GRADIENT_LIMIT));
        p = p.blend(1f, x0.compare(VectorOperators.GT, ScalarGelu.GRADIENT_LIMIT));
        FloatVector.fromArray(FLOAT, t, ti + j).mul(p).intoArray(y, yi + j);
      }
      for (int j = whole; j < columns; j++) {
        y[yi + j] = t[ti + j] * ScalarGelu.gradient(x[xi + j]);
      }
    }
  }
}
