package org.swinengine.backend.cpu.norm;

import org.swinengine.backend.cpu.simd.LaneSums;

/** {@link NormLoops}, one element at a time; also the tails of {@link VectorNorm}. */
public final class ScalarNorm implements NormLoops {
  @Override
  public void sums(
      float[] dy, int dyAt, float[] x, int xAt, float[] gamma, int gammaAt, int columns, float mean,
      float inverseDeviation, float[] lanes, int lanesAt) {
    for (int i = 0; i < 2 * LaneSums.COUNT; i++) {
      lanes[lanesAt + i] = 0;
    }
    for (int c = 0; c < columns; c += LaneSums.COUNT) {
      int count = Math.min(LaneSums.COUNT, columns - c);
      addToSums(
          dy, dyAt + c, x, xAt + c, gamma, gammaAt + c, count, mean, inverseDeviation, lanes, lanesAt);
    }
    lanes[lanesAt] = LaneSums.fold(lanes, lanesAt);
    lanes[lanesAt + LaneSums.COUNT] = LaneSums.fold(lanes, lanesAt + LaneSums.COUNT);
  }

  /** Adds {@code count} ≤ 16 elements to the lanes. */
  static void addToSums(
      float[] dy, int dyAt, float[] x, int xAt, float[] gamma, int gammaAt, int count, float mean,
      float inverseDeviation, float[] lanes, int lanesAt) {
    for (int i = 0; i < count; i++) {
      float g = dy[dyAt + i] * gamma[gammaAt + i];
      float normalised = (x[xAt + i] - mean) * inverseDeviation;
      int lane = lanesAt + i;
      lanes[lane] += g;
      lanes[lane + LaneSums.COUNT] = Math.fma(g, normalised, lanes[lane + LaneSums.COUNT]);
    }
  }

  @Override
  public void parameters(
      float[] dy, int dyAt, float[] x, int xAt, int columns, float mean, float inverseDeviation, float[] sums,
      int dGammaAt, int dBetaAt) {
    for (int c = 0; c < columns; c++) {
      float normalised = (x[xAt + c] - mean) * inverseDeviation;
      sums[dGammaAt + c] = Math.fma(dy[dyAt + c], normalised, sums[dGammaAt + c]);
      sums[dBetaAt + c] += dy[dyAt + c];
    }
  }

  @Override
  public void input(
      float[] dy, int dyAt, float[] x, int xAt, float[] gamma, int gammaAt, int columns, float mean,
      float inverseDeviation, float meanG, float meanGx, float[] dx, int dxAt, boolean accumulate) {
    for (int c = 0; c < columns; c++) {
      float normalised = (x[xAt + c] - mean) * inverseDeviation;
      float centred = dy[dyAt + c] * gamma[gammaAt + c] - meanG;
      float projected = Math.fma(-meanGx, normalised, centred);
      dx[dxAt + c] =
          accumulate ? Math.fma(inverseDeviation, projected, dx[dxAt + c]) : inverseDeviation * projected;
    }
  }
}
