package org.swinengine.backend.cpu.norm;

import jdk.incubator.vector.FloatVector;
import org.swinengine.backend.cpu.simd.LaneSums;
import org.swinengine.backend.cpu.simd.Lanes;

/** {@link NormLoops} in vectors. */
public final class VectorNorm implements NormLoops {
  /** What is left of a row behind the last whole vector. */
  private static final ScalarNorm TAIL = new ScalarNorm();

  @Override
  public void sums(
      float[] dy, int dyAt, float[] x, int xAt, float[] gamma, int gammaAt, int columns, float mean,
      float inverseDeviation, float[] lanes, int lanesAt) {
    int whole = columns - columns % LaneSums.COUNT;
    FloatVector means = FloatVector.broadcast(Lanes.FLOAT, mean);
    FloatVector inverses = FloatVector.broadcast(Lanes.FLOAT, inverseDeviation);
    // One vector of lanes at a time; with 512 bits that is all, narrower vectors pass over the row again.
    for (int part = 0; part < LaneSums.COUNT; part += Lanes.COUNT) {
      FloatVector sumG = FloatVector.zero(Lanes.FLOAT);
      FloatVector sumGx = sumG;
      for (int c = part; c < whole; c += LaneSums.COUNT) {
        FloatVector weight = FloatVector.fromArray(Lanes.FLOAT, gamma, gammaAt + c);
        FloatVector g = FloatVector.fromArray(Lanes.FLOAT, dy, dyAt + c).mul(weight);
        FloatVector normalised = FloatVector.fromArray(Lanes.FLOAT, x, xAt + c).sub(means).mul(inverses);
        sumG = sumG.add(g);
        sumGx = g.fma(normalised, sumGx);
      }
      sumG.intoArray(lanes, lanesAt + part);
      sumGx.intoArray(lanes, lanesAt + LaneSums.COUNT + part);
    }
    ScalarNorm.addToSums(
        dy, dyAt + whole, x, xAt + whole, gamma, gammaAt + whole, columns - whole, mean, inverseDeviation,
        lanes, lanesAt);
    lanes[lanesAt] = LaneSums.fold(lanes, lanesAt);
    lanes[lanesAt + LaneSums.COUNT] = LaneSums.fold(lanes, lanesAt + LaneSums.COUNT);
  }

  @Override
  public void parameters(
      float[] dy, int dyAt, float[] x, int xAt, int columns, float mean, float inverseDeviation, float[] sums,
      int dGammaAt, int dBetaAt) {
    FloatVector means = FloatVector.broadcast(Lanes.FLOAT, mean);
    FloatVector inverses = FloatVector.broadcast(Lanes.FLOAT, inverseDeviation);
    int c = 0;
    for (; c <= columns - Lanes.COUNT; c += Lanes.COUNT) {
      FloatVector gradient = FloatVector.fromArray(Lanes.FLOAT, dy, dyAt + c);
      FloatVector normalised = FloatVector.fromArray(Lanes.FLOAT, x, xAt + c).sub(means).mul(inverses);
      gradient
          .fma(normalised, FloatVector.fromArray(Lanes.FLOAT, sums, dGammaAt + c))
          .intoArray(sums, dGammaAt + c);
      FloatVector.fromArray(Lanes.FLOAT, sums, dBetaAt + c).add(gradient).intoArray(sums, dBetaAt + c);
    }
    TAIL.parameters(
        dy, dyAt + c, x, xAt + c, columns - c, mean, inverseDeviation, sums, dGammaAt + c, dBetaAt + c);
  }

  @Override
  public void input(
      float[] dy, int dyAt, float[] x, int xAt, float[] gamma, int gammaAt, int columns, float mean,
      float inverseDeviation, float meanG, float meanGx, float[] dx, int dxAt, boolean accumulate) {
    FloatVector means = FloatVector.broadcast(Lanes.FLOAT, mean);
    FloatVector inverses = FloatVector.broadcast(Lanes.FLOAT, inverseDeviation);
    FloatVector meansG = FloatVector.broadcast(Lanes.FLOAT, meanG);
    FloatVector slopes = FloatVector.broadcast(Lanes.FLOAT, -meanGx);
    int c = 0;
    for (; c <= columns - Lanes.COUNT; c += Lanes.COUNT) {
      FloatVector weight = FloatVector.fromArray(Lanes.FLOAT, gamma, gammaAt + c);
      FloatVector normalised = FloatVector.fromArray(Lanes.FLOAT, x, xAt + c).sub(means).mul(inverses);
      FloatVector centred = FloatVector.fromArray(Lanes.FLOAT, dy, dyAt + c).mul(weight).sub(meansG);
      FloatVector projected = slopes.fma(normalised, centred);
      if (accumulate) {
        inverses.fma(projected, FloatVector.fromArray(Lanes.FLOAT, dx, dxAt + c)).intoArray(dx, dxAt + c);
      } else {
        inverses.mul(projected).intoArray(dx, dxAt + c);
      }
    }
    TAIL.input(
        dy, dyAt + c, x, xAt + c, gamma, gammaAt + c, columns - c, mean, inverseDeviation, meanG, meanGx, dx,
        dxAt + c, accumulate);
  }
}
