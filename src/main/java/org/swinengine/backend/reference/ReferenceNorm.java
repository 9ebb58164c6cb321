package org.swinengine.backend.reference;

import org.swinengine.backend.ExpandedRows;
import org.swinengine.backend.NormKernels;
import org.swinengine.backend.Span;

/** Norm family of the reference. */
final class ReferenceNorm implements NormKernels {
  /** Normalised rows and their statistics. */
  record Normalized(double[] y, double[] mean, double[] inverseDeviation) {}

  @Override
  public void layerNorm(
      int rows,
      int columns,
      Span x,
      Span gamma,
      Span beta,
      double epsilon,
      Span y,
      Span mean,
      Span inverseDeviation) {
    Normalized result =
        normalize(
            rows,
            columns,
            ReferenceBuffer.read(x, (long) rows * columns),
            ReferenceBuffer.read(gamma, columns),
            ReferenceBuffer.read(beta, columns),
            epsilon);
    ReferenceBuffer.write(result.y, y);
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
      int rows,
      int columns,
      Span dy,
      Span x,
      Span mean,
      Span inverseDeviation,
      Span gamma,
      Span dx,
      boolean accumulateInput,
      Span dGamma,
      Span dBeta,
      boolean accumulateParameters) {
    backward(
        rows, columns, ReferenceBuffer.read(dy, (long) rows * columns), x, mean, inverseDeviation, gamma, dx,
        accumulateInput, dGamma, dBeta, accumulateParameters);
  }

  private static void backward(
      int rows, int columns, double[] outputGradient, Span x, Span mean, Span inverseDeviation, Span gamma,
      Span dx, boolean accumulateInput, Span dGamma, Span dBeta, boolean accumulateParameters) {
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

  @Override
  public void layerNormExpand(
      ExpandedRows places,
      int columns,
      Span x,
      Span gamma,
      Span beta,
      double epsilon,
      Span y,
      Span mean,
      Span inverseDeviation) {
    int rows = places.rows();
    Normalized result =
        normalize(
            rows,
            columns,
            ReferenceBuffer.read(x, (long) rows * columns),
            ReferenceBuffer.read(gamma, columns),
            ReferenceBuffer.read(beta, columns),
            epsilon);
    double[] placed = new double[result.y.length];
    for (int r = 0; r < rows; r++) {
      System.arraycopy(result.y, r * columns, placed, places.placeOf(r) * columns, columns);
    }
    ReferenceBuffer.write(placed, y);
    ReferenceBuffer.writeIfWanted(result.mean, mean);
    ReferenceBuffer.writeIfWanted(result.inverseDeviation, inverseDeviation);
  }

  @Override
  public void layerNormExpandBackward(
      ExpandedRows places,
      int columns,
      Span dy,
      Span x,
      Span mean,
      Span inverseDeviation,
      Span gamma,
      Span dx,
      boolean accumulateInput,
      Span dGamma,
      Span dBeta,
      boolean accumulateParameters) {
    int rows = places.rows();
    double[] placed = ReferenceBuffer.read(dy, (long) rows * columns);
    double[] outputGradient = new double[placed.length];
    for (int r = 0; r < rows; r++) {
      System.arraycopy(placed, places.placeOf(r) * columns, outputGradient, r * columns, columns);
    }
    backward(
        rows, columns, outputGradient, x, mean, inverseDeviation, gamma, dx, accumulateInput, dGamma, dBeta,
        accumulateParameters);
  }
}
