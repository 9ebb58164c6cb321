package org.swinengine.backend.cpu;

import jdk.incubator.vector.FloatVector;

/**
 * The maximum of a row in vectors; see {@link ScalarReduce}. Sums in double are not here: they would need vectors of
 * half the width, and once the virtual machine has seen a second class of vectors it no longer knows, in other
 * kernels, which of the two it has before it, and puts them on the heap.
 */
final class VectorReduce {
  private VectorReduce() {}

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
