package org.swinengine.backend.cpu.norm;

import org.swinengine.backend.cpu.simd.LaneSums;

/**
 * Layer normalisation of dense rows on one thread (Ba et al. 2016), for all kernels that normalise. Both
 * implementations give the same bits at any vector width: a row is summed in 16 logical lanes, element c
 * going to lane c mod 16 in ascending order, and the lanes are added by the fixed tree of {@link #sum}. The
 * variance is summed in a second pass over the differences from the mean, where nothing cancels.
 */
public interface LayerNormRows {
  /** Logical lanes of a row's sum. */
  int LANES = LaneSums.COUNT;

  /** Writes the rows' means and 1/√(variance + epsilon). */
  void statistics(
      int rows,
      int columns,
      float[] x,
      int xStart,
      double epsilon,
      float[] mean,
      int meanStart,
      float[] inverseDeviation,
      int inverseDeviationStart);

  /** {@code y = (x − mean)·inverseDeviation·gamma + beta}; y may be x. Strides are those of rows. */
  void normalise(
      int rows,
      int columns,
      float[] x,
      int xStart,
      int xStride,
      float[] mean,
      int meanStart,
      float[] inverseDeviation,
      int inverseDeviationStart,
      float[] gamma,
      int gammaStart,
      float[] beta,
      int betaStart,
      float[] y,
      int yStart,
      int yStride);

  /** Adds the 16 lanes pairwise: halves, quarters, eighths. */
  static float sum(float[] lanes) {
    return LaneSums.fold(lanes, 0);
  }

  /** One element of the normalised row. */
  static float normalise(float x, float mean, float inverseDeviation, float gamma, float beta) {
    return Math.fma((x - mean) * inverseDeviation, gamma, beta);
  }

  /** 1/√(sumOfSquares/columns + epsilon), rounded once. */
  static float inverseDeviation(float sumOfSquares, int columns, double epsilon) {
    return (float) (1 / Math.sqrt((double) sumOfSquares / columns + epsilon));
  }
}
