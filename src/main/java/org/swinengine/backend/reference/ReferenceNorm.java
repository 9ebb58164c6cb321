package org.swinengine.backend.reference;

import org.jspecify.annotations.Nullable;
import org.swinengine.backend.ExpandedRows;
import org.swinengine.backend.NormKernels;
import org.swinengine.backend.Span;

/** Norm family of the reference. */
final class ReferenceNorm implements NormKernels {
  /** Normalised rows and their statistics. */
  record Normalized(double[] y, double[] mean, double[] inverseDeviation) {}

  @Override
  public void layerNorm(
      @Nullable ExpandedRows places, int rows, int columns, Span x, Span gamma, Span beta, double epsilon,
      Span y, Span mean, Span inverseDeviation) {
    Normalized result =
        normalize(
            rows,
            columns,
            ReferenceBuffer.read(x, (long) rows * columns),
            ReferenceBuffer.read(gamma, columns),
            ReferenceBuffer.read(beta, columns),
            epsilon);
    ReferenceBuffer.write(places == null ? result.y : placed(places, columns, result.y), y);
    ReferenceBuffer.writeIfWanted(result.mean, mean);
    ReferenceBuffer.writeIfWanted(result.inverseDeviation, inverseDeviation);
  }

  /** LayerNorm of rows in an array. */
  static Normalized normalize(
      int rows, int columns, double[] x, double[] gamma, double[] beta, double epsilon) {
    double[] mean = new double[rows];
    double[] inverseDeviation = new double[rows];
    for (int r = 0; r < rows; r++) {
      double sum = 0;
      for (int c = 0; c < columns; c++) {
        sum += x[r * columns + c];
      }
      mean[r] = sum / columns;
      double squares = 0;
      for (int c = 0; c < columns; c++) {
        double deviation = x[r * columns + c] - mean[r];
        squares += deviation * deviation;
      }
      inverseDeviation[r] = 1 / Math.sqrt(squares / columns + epsilon);
    }
    double[] y = applyStatistics(rows, columns, x, gamma, beta, mean, inverseDeviation);
    return new Normalized(y, mean, inverseDeviation);
  }

  /** {@code (x − mean)·inverseDeviation·gamma + beta}. */
  static double[] applyStatistics(
      int rows,
      int columns,
      double[] x,
      double[] gamma,
      double[] beta,
      double[] mean,
      double[] inverseDeviation) {
    double[] y = new double[x.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        int i = r * columns + c;
        y[i] = (x[i] - mean[r]) * inverseDeviation[r] * gamma[c] + beta[c];
      }
    }
    return y;
  }

  @Override
  public void layerNormBackward(
      @Nullable ExpandedRows places, int rows, int columns, Span dy, Span x, Span mean,
      Span inverseDeviation, Span gamma, Span dx, boolean accumulateInput, Span dGamma, Span dBeta,
      boolean accumulateParameters) {
    double[] asPlaced = ReferenceBuffer.read(dy, (long) rows * columns);
    double[] outputGradient = places == null ? asPlaced : takenBack(places, columns, asPlaced);
    double[] input = ReferenceBuffer.read(x, (long) rows * columns);
    double[] rowMean = ReferenceBuffer.read(mean, rows);
    double[] rowInverseDeviation = ReferenceBuffer.read(inverseDeviation, rows);
    double[] weight = ReferenceBuffer.read(gamma, columns);
    double[] inputGradient = new double[input.length];
    double[] weightGradient = new double[columns];
    double[] biasGradient = new double[columns];
    double[] normalized = new double[columns];
    double[] g = new double[columns];
    for (int r = 0; r < rows; r++) {
      double meanG = 0;
      double meanGTimesNormalized = 0;
      for (int c = 0; c < columns; c++) {
        int i = r * columns + c;
        normalized[c] = (input[i] - rowMean[r]) * rowInverseDeviation[r];
        g[c] = outputGradient[i] * weight[c];
        meanG += g[c] / columns;
        meanGTimesNormalized += g[c] * normalized[c] / columns;
        weightGradient[c] += outputGradient[i] * normalized[c];
        biasGradient[c] += outputGradient[i];
      }
      for (int c = 0; c < columns; c++) {
        inputGradient[r * columns + c] =
            rowInverseDeviation[r] * (g[c] - meanG - normalized[c] * meanGTimesNormalized);
      }
    }
    ReferenceBuffer.writeIfWanted(inputGradient, accumulateInput, dx);
    ReferenceBuffer.writeIfWanted(weightGradient, accumulateParameters, dGamma);
    ReferenceBuffer.writeIfWanted(biasGradient, accumulateParameters, dBeta);
  }

  private static double[] placed(ExpandedRows places, int columns, double[] rows) {
    double[] placed = new double[rows.length];
    for (int r = 0; r < places.rows(); r++) {
      System.arraycopy(rows, r * columns, placed, places.placeOf(r) * columns, columns);
    }
    return placed;
  }

  private static double[] takenBack(ExpandedRows places, int columns, double[] placed) {
    double[] rows = new double[placed.length];
    for (int r = 0; r < places.rows(); r++) {
      System.arraycopy(placed, places.placeOf(r) * columns, rows, r * columns, columns);
    }
    return rows;
  }
}
