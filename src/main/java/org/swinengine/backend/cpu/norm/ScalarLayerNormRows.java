package org.swinengine.backend.cpu.norm;

import java.util.Arrays;
import org.swinengine.backend.cpu.runtime.Scratch;

/** Layer normalisation in scalar code. */
public final class ScalarLayerNormRows implements LayerNormRows {
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
      Arrays.fill(lanes, 0f);
      for (int c = 0; c < columns; c++) {
        lanes[c % LANES] += x[row + c];
      }
      float mu = LayerNormRows.sum(lanes) / columns;
      Arrays.fill(lanes, 0f);
      for (int c = 0; c < columns; c++) {
        float d = x[row + c] - mu;
        lanes[c % LANES] = Math.fma(d, d, lanes[c % LANES]);
      }
      mean[meanStart + r] = mu;
      inverseDeviation[inverseDeviationStart + r] =
          LayerNormRows.inverseDeviation(LayerNormRows.sum(lanes), columns, epsilon);
    }
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
      int from = xStart + r * xStride;
      int to = yStart + r * yStride;
      float mu = mean[meanStart + r];
      float scale = inverseDeviation[inverseDeviationStart + r];
      for (int c = 0; c < columns; c++) {
        y[to + c] =
            LayerNormRows.normalise(x[from + c], mu, scale, gamma[gammaStart + c], beta[betaStart + c]);
      }
    }
  }
}
