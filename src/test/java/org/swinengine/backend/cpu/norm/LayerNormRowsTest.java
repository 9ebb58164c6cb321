package org.swinengine.backend.cpu.norm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.cpu.simd.Simd;

class LayerNormRowsTest {
  private static final double EPSILON = 1e-5;

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 16, 17, 33, 96, 100, 768})
  void normalisesRows(int columns) {
    int rows = 3;
    float[] x = random(rows * columns, 1);
    float[] y = run(new ScalarLayerNormRows(), rows, columns, x);
    for (int r = 0; r < rows; r++) {
      double mean = 0;
      for (int c = 0; c < columns; c++) {
        mean += x[r * columns + c] / (double) columns;
      }
      double variance = 0;
      for (int c = 0; c < columns; c++) {
        variance += (x[r * columns + c] - mean) * (x[r * columns + c] - mean) / columns;
      }
      for (int c = 0; c < columns; c++) {
        double expected =
            (x[r * columns + c] - mean) / Math.sqrt(variance + EPSILON) * (1 + 0.5 * c / columns) + 0.25;
        // One column: the variance is 0, and a mean's last bit counts 1/sqrt(epsilon) times.
        assertEquals(expected, y[r * columns + c], columns == 1 ? 1e-4 : 4e-6);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 16, 17, 33, 96, 100, 768})
  void vectorsGiveTheScalarBits(int columns) {
    assumeTrue(Simd.isVector());
    float[] x = random(7 * columns, 2);
    assertArrayEquals(
        run(new ScalarLayerNormRows(), 7, columns, x), run(new VectorLayerNormRows(), 7, columns, x));
  }

  private static float[] run(LayerNormRows layerNorm, int rows, int columns, float[] x) {
    float[] gamma = new float[columns];
    float[] beta = new float[columns];
    for (int c = 0; c < columns; c++) {
      gamma[c] = (float) (1 + 0.5 * c / columns);
      beta[c] = 0.25f;
    }
    float[] mean = new float[rows];
    float[] inverse = new float[rows];
    float[] y = new float[rows * columns];
    layerNorm.statistics(rows, columns, x, 0, EPSILON, mean, 0, inverse, 0);
    layerNorm.normalise(rows, columns, x, 0, columns, mean, 0, inverse, 0, gamma, 0, beta, 0, y, 0, columns);
    return y;
  }

  private static float[] random(int size, long seed) {
    Random random = new Random(seed);
    float[] x = new float[size];
    for (int i = 0; i < size; i++) {
      x[i] = (float) (random.nextGaussian() * 2 + 3);
    }
    return x;
  }
}
