package org.swinengine.backend.cpu;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Sums and maxima of a row in vectors; see {@link ScalarReduce}. */
final class VectorReduce {
  private static final VectorSpecies<Double> DOUBLE =
      VectorSpecies.of(double.class, VectorShape.forBitSize(Lanes.FLOAT.vectorBitSize()));
  private static final VectorSpecies<Float> HALF =
      VectorSpecies.of(float.class, VectorShape.forBitSize(Lanes.FLOAT.vectorBitSize() / 2));

  /** Doubles of a vector: 8, 4 or 2, so that the 16 lanes are 2, 4 or 8 vectors. */
  private static final int DOUBLES = Lanes.COUNT / 2;

  private VectorReduce() {}

  static double sumInDouble(float[] x, int at, int n, double[] lanes) {
    int whole = n - n % LaneSums.COUNT;
    // A pair of vectors at a time: the first pass sums lanes 0 to 2·DOUBLES − 1 of all elements, and so on. With
    // 512 bits that is one pass.
    for (int pair = 0; pair < LaneSums.COUNT; pair += 2 * DOUBLES) {
      DoubleVector sum0 = DoubleVector.zero(DOUBLE);
      DoubleVector sum1 = sum0;
      for (int i = at + pair; i < at + whole; i += LaneSums.COUNT) {
        sum0 = sum0.add(widen(x, i));
        sum1 = sum1.add(widen(x, i + DOUBLES));
      }
      sum0.intoArray(lanes, pair);
      sum1.intoArray(lanes, pair + DOUBLES);
    }
    return ScalarReduce.finishSumInDouble(x, at + whole, n - whole, lanes);
  }

  static double sumOfSquares(float[] x, int at, int n, double[] lanes) {
    int whole = n - n % LaneSums.COUNT;
    for (int pair = 0; pair < LaneSums.COUNT; pair += 2 * DOUBLES) {
      DoubleVector sum0 = DoubleVector.zero(DOUBLE);
      DoubleVector sum1 = sum0;
      for (int i = at + pair; i < at + whole; i += LaneSums.COUNT) {
        DoubleVector value0 = widen(x, i);
        DoubleVector value1 = widen(x, i + DOUBLES);
        sum0 = sum0.add(value0.mul(value0));
        sum1 = sum1.add(value1.mul(value1));
      }
      sum0.intoArray(lanes, pair);
      sum1.intoArray(lanes, pair + DOUBLES);
    }
    return ScalarReduce.finishSumOfSquares(x, at + whole, n - whole, lanes);
  }

  private static DoubleVector widen(float[] x, int at) {
    return (DoubleVector) FloatVector.fromArray(HALF, x, at).convertShape(VectorOperators.F2D, DOUBLE, 0);
  }

  static float maximum(float[] x, int at, int n, float[] lanes, int lanesAt) {
    FloatVector maximum = FloatVector.broadcast(Lanes.FLOAT, Float.NEGATIVE_INFINITY);
    int i = 0;
    for (; i <= n - Lanes.COUNT; i += Lanes.COUNT) {
      maximum = maximum.max(FloatVector.fromArray(Lanes.FLOAT, x, at + i));
    }
    maximum.intoArray(lanes, lanesAt);
    float ofLanes = ScalarReduce.maximum(lanes, lanesAt, Lanes.COUNT);
    return Math.max(ofLanes, ScalarReduce.maximum(x, at + i, n - i));
  }
}
