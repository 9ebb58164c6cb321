package org.swinengine.backend.cpu.norm;

/** Row loops of LayerNorm's gradient. Both implementations give the same bits. */
public interface NormLoops {
  /**
   * Σ g and Σ g·x̂ of a row, with g = dy·gamma and x̂ = (x − mean)·inverseDeviation. The sums are left in
   * {@code lanes[lanesAt]} and {@code lanes[lanesAt + 16]}; 32 elements are used.
   */
  void sums(
      float[] dy, int dyAt, float[] x, int xAt, float[] gamma, int gammaAt, int columns, float mean,
      float inverseDeviation, float[] lanes, int lanesAt);

  /** {@code dGamma += dy·x̂; dBeta += dy} of one row. */
  void parameters(
      float[] dy, int dyAt, float[] x, int xAt, int columns, float mean, float inverseDeviation, float[] sums,
      int dGammaAt, int dBetaAt);

  /** {@code dx = inverseDeviation·(g − meanG − x̂·meanGx)} of one row, replaced or added. */
  void input(
      float[] dy, int dyAt, float[] x, int xAt, float[] gamma, int gammaAt, int columns, float mean,
      float inverseDeviation, float meanG, float meanGx, float[] dx, int dxAt, boolean accumulate);
}
