package org.swinengine.backend.cpu.norm;

import static org.swinengine.backend.cpu.CpuVariants.agreed;
import static org.swinengine.backend.cpu.CpuVariants.assertClose;
import static org.swinengine.backend.cpu.CpuVariants.floats;
import static org.swinengine.backend.cpu.CpuVariants.random;
import static org.swinengine.backend.cpu.CpuVariants.read;
import static org.swinengine.backend.cpu.CpuVariants.result;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.backend.Span;

@Tag("numerics")
class CpuNormTest {
  private static final double EPSILON = 1e-5;

  @ParameterizedTest
  @CsvSource({"1, 2", "5, 16", "3, 31", "1000, 96", "33, 768", "2, 40000"})
  void normalisesRows(int rows, int columns) {
    Example example = new Example(rows, columns);
    float[] actual =
        agreed(
            backend -> {
              Span y = result(backend, rows * columns);
              Span mean = result(backend, rows);
              Span inverse = result(backend, rows);
              Span x = floats(backend, example.x);
              Span gamma = floats(backend, example.gamma);
              Span beta = floats(backend, example.beta);
              backend.norm().layerNorm(rows, columns, x, gamma, beta, EPSILON, y, mean, inverse);
              // In place and without statistics: the same.
              backend.norm().layerNorm(rows, columns, x, gamma, beta, EPSILON, x, null, null);
              return read(backend, y, mean, inverse, x);
            });
    int n = rows * columns;
    assertClose(example.y, Arrays.copyOf(actual, n), 3e-6);
    assertClose(example.mean, Arrays.copyOfRange(actual, n, n + rows), 1e-6);
    assertClose(example.inverse, Arrays.copyOfRange(actual, n + rows, n + 2 * rows), 1e-5);
    assertClose(example.y, Arrays.copyOfRange(actual, n + 2 * rows, 2 * n + 2 * rows), 3e-6);
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "5, 16", "3, 31", "1000, 96", "33, 768", "2, 40000"})
  void gradients(int rows, int columns) {
    Example example = new Example(rows, columns);
    float[] before = random(9, rows * columns);
    float[] parametersBefore = random(10, columns);
    float[] actual =
        agreed(
            backend -> {
              Span x = floats(backend, example.x);
              Span dy = floats(backend, example.dy);
              Span mean = floats(backend, toFloats(example.mean));
              Span inverse = floats(backend, toFloats(example.inverse));
              Span gamma = floats(backend, example.gamma);
              Span dxAdded = floats(backend, before);
              Span dGamma = result(backend, columns);
              Span dBeta = result(backend, columns);
              Span dGammaAdded = floats(backend, parametersBefore);
              Span dBetaAdded = floats(backend, parametersBefore);
              backend
                  .norm()
                  .layerNormBackward(
                      rows, columns, dy, x, mean, inverse, gamma, dxAdded, true, dGamma, dBeta, false);
              backend
                  .norm()
                  .layerNormBackward(
                      rows, columns, dy, x, mean, inverse, gamma, null, false, dGammaAdded, dBetaAdded, true);
              // The gradient of the input takes the place of dy.
              backend
                  .norm()
                  .layerNormBackward(
                      rows, columns, dy, x, mean, inverse, gamma, dy, false, null, null, false);
              return read(backend, dxAdded, dy, dGamma, dBeta, dGammaAdded, dBetaAdded);
            });
    int n = rows * columns;
    int at = 2 * n;
    assertClose(plus(example.dx, before), Arrays.copyOf(actual, n), 4e-6);
    assertClose(example.dx, Arrays.copyOfRange(actual, n, at), 4e-6);
    assertClose(example.dGamma, Arrays.copyOfRange(actual, at, at += columns), 2e-6);
    assertClose(example.dBeta, Arrays.copyOfRange(actual, at, at += columns), 2e-6);
    assertClose(plus(example.dGamma, parametersBefore), Arrays.copyOfRange(actual, at, at += columns), 2e-6);
    assertClose(plus(example.dBeta, parametersBefore), Arrays.copyOfRange(actual, at, at + columns), 2e-6);
  }

  private static double[] plus(double[] a, float[] b) {
    double[] sum = a.clone();
    for (int i = 0; i < a.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }

  private static float[] toFloats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /** A layer normalisation and its gradients by plain loops in double. */
  private static final class Example {
    final float[] x;
    final float[] dy;
    final float[] gamma;
    final float[] beta;
    final double[] y;
    final double[] mean;
    final double[] inverse;
    final double[] dx;
    final double[] dGamma;
    final double[] dBeta;

    Example(int rows, int columns) {
      x = random(1, rows * columns);
      dy = random(2, rows * columns);
      gamma = random(3, columns);
      beta = random(4, columns);
      y = new double[rows * columns];
      dx = new double[rows * columns];
      mean = new double[rows];
      inverse = new double[rows];
      dGamma = new double[columns];
      dBeta = new double[columns];
      for (int r = 0; r < rows; r++) {
        row(r, columns);
      }
    }

    private void row(int r, int columns) {
      int row = r * columns;
      double variance = 0;
      for (int c = 0; c < columns; c++) {
        mean[r] += (double) x[row + c] / columns;
      }
      for (int c = 0; c < columns; c++) {
        variance += (x[row + c] - mean[r]) * (x[row + c] - mean[r]) / columns;
      }
      inverse[r] = 1 / Math.sqrt(variance + EPSILON);
      double meanG = 0;
      double meanGx = 0;
      for (int c = 0; c < columns; c++) {
        double normalised = (x[row + c] - mean[r]) * inverse[r];
        double g = (double) dy[row + c] * gamma[c];
        y[row + c] = normalised * gamma[c] + beta[c];
        meanG += g / columns;
        meanGx += g * normalised / columns;
        dGamma[c] += dy[row + c] * normalised;
        dBeta[c] += dy[row + c];
      }
      for (int c = 0; c < columns; c++) {
        double normalised = (x[row + c] - mean[r]) * inverse[r];
        dx[row + c] = inverse[r] * ((double) dy[row + c] * gamma[c] - meanG - normalised * meanGx);
      }
    }
  }
}
