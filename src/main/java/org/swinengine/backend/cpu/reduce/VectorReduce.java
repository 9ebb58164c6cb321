package org.swinengine.backend.cpu.reduce;

import jdk.incubator.vector.FloatVector;
import org.swinengine.backend.cpu.simd.Lanes;

/** {@link ReduceLoops} in vectors. Sums in double are not here: see {@link DoubleSums}. */
public final class VectorReduce implements ReduceLoops {
  @Override
  public float maximum(float[] x, int at, int n, float[] lanes, int lanesAt) {
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
