package org.swinengine.backend.cpu.reduce;

/** {@link ReduceLoops}, one element at a time; also the tails of {@link VectorReduce}. */
public final class ScalarReduce implements ReduceLoops {
  @Override
  public float maximum(float[] x, int at, int n, float[] lanes, int lanesAt) {
    return maximum(x, at, n);
  }

  /** The largest element; NaN if one is. */
  static float maximum(float[] x, int at, int n) {
    float maximum = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      maximum = Math.max(maximum, x[at + i]);
    }
    return maximum;
  }
}
