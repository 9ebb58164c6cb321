package org.swinengine.backend.cpu.norm;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.swinengine.backend.cpu.runtime.Scratch;
import org.swinengine.backend.cpu.simd.Lanes;

/**
 * Layer normalisation on vectors. A vector narrower than 16 floats sums its share of the lanes in a pass of
 * its own; the row is in the nearest cache.
 */
public final class VectorLayerNormRows implements LayerNormRows {
  private static final VectorSpecies<Float> FLOAT = Lanes.FLOAT;

  @Override
  public void statistics(
      int rows,
      int columns,
      float[] x,
      int xStart,
      double epsilon,
      float[] mean,
      int meanStart,
      float[] inverseDeviation,
      int inverseDeviationStart) {
    float[] lanes = Scratch.get().lanes();
    for (int r = 0; r < rows; r++) {
      int row = xStart + r * columns;
      float mu = sum(x, row, columns, lanes) / columns;
      mean[meanStart + r] = mu;
      inverseDeviation[inverseDeviationStart + r] =
          LayerNormRows.inverseDeviation(sumOfSquares(x, row, columns, mu, lanes), columns, epsilon);
    }
  }

  private static float sum(float[] x, int row, int columns, float[] lanes) {
    int whole = columns / LANES * LANES;
    for (int lane = 0; lane < LANES; lane += Lanes.COUNT) {
      FloatVector sum = FloatVector.zero(FLOAT);
      for (int c = 0; c < whole; c += LANES) {
        sum = sum.add(FloatVector.fromArray(FLOAT, x, row + lane + c));
      }
      sum.intoArray(lanes, lane);
    }
    for (int c = whole; c < columns; c++) {
      lanes[c - whole] += x[row + c];
    }
    return LayerNormRows.sum(lanes);
  }

  private static float sumOfSquares(float[] x, int row, int columns, float mean, float[] lanes) {
    int whole = columns / LANES * LANES;
    FloatVector mu = FloatVector.broadcast(FLOAT, mean);
    for (int lane = 0; lane < LANES; lane += Lanes.COUNT) {
      FloatVector sum = FloatVector.zero(FLOAT);
      for (int c = 0; c < whole; c += LANES) {
        FloatVector d = FloatVector.fromArray(FLOAT, x, row + lane + c).sub(mu);
        sum = d.fma(d, sum);
      }
      sum.intoArray(lanes, lane);
    }
    for (int c = whole; c < columns; c++) {
      float d = x[row + c] - mean;
      lanes[c - whole] = Math.fma(d, d, lanes[c - whole]);
    }
    return LayerNormRows.sum(lanes);
  }

  @Override
  public void normalise(
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
      int yStride) {
    for (int r = 0; r < rows; r++) {
      normaliseRow(
          columns,
          x,
          xStart + r * xStride,
          mean[meanStart + r],
          inverseDeviation[inverseDeviationStart + r],
          gamma,
          gammaStart,
          beta,
          betaStart,
          y,
          yStart + r * yStride);
    }
  }

  private static void normaliseRow(
      int columns,
      float[] x,
      int from,
      float mean,
      float inverseDeviation,
      float[] gamma,
      int gammaStart,
      float[] beta,
      int betaStart,
      float[] y,
      int to) {
    FloatVector mu = FloatVector.broadcast(FLOAT, mean);
    FloatVector scale = FloatVector.broadcast(FLOAT, inverseDeviation);
    int whole = FLOAT.loopBound(columns);
    for (int c = 0; c < whole; c += Lanes.COUNT) {
      FloatVector g = FloatVector.fromArray(FLOAT, gamma, gammaStart + c);
      FloatVector b = FloatVector.fromArray(FLOAT, beta, betaStart + c);
      FloatVector.fromArray(FLOAT, x, from + c).sub(mu).mul(scale).fma(g, b).intoArray(y, to + c);
    }
    for (int c = whole; c < columns; c++) {
      y[to + c] =
          LayerNormRows.normalise(x[from + c], mean, inverseDeviation, gamma[gammaStart + c],
              beta[betaStart + c]);
    }
  }
}
