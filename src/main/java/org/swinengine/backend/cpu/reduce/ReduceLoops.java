package org.swinengine.backend.cpu.reduce;

/** Reductions of a row to one number. Both implementations give the same bits. */
public interface ReduceLoops {
  /**
   * The largest element; NaN if one is.
   *
   * @param lanes working memory: 16 elements from {@code lanesAt} on
   */
  float maximum(float[] x, int at, int n, float[] lanes, int lanesAt);
}
