package org.swinengine.backend.cpu.optimizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.swinengine.backend.cpu.CpuVariants.agreed;
import static org.swinengine.backend.cpu.CpuVariants.assertClose;
import static org.swinengine.backend.cpu.CpuVariants.floats;
import static org.swinengine.backend.cpu.CpuVariants.random;
import static org.swinengine.backend.cpu.CpuVariants.read;
import static org.swinengine.backend.cpu.CpuVariants.result;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.OptimizerKernels.AdamW;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.runtime.Chunks;

@Tag("numerics")
class CpuOptimizerTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 17, 2 * Chunks.ELEMENTS + 19})
  void threeStepsOfAdamW(int n) {
    float[] p = random(1, n);
    double[] expected = new double[n];
    double[] m = new double[n];
    double[] v = new double[n];
    for (int i = 0; i < n; i++) {
      expected[i] = p[i];
    }
    for (int t = 1; t <= 3; t++) {
      float[] g = random(10 + t, n);
      for (int i = 0; i < n; i++) {
        double gradient = 0.5 * g[i];
        expected[i] -= 1e-2 * 0.05 * expected[i];
        m[i] = 0.9 * m[i] + 0.1 * gradient;
        v[i] = 0.999 * v[i] + 0.001 * gradient * gradient;
        double firstMean = m[i] / (1 - Math.pow(0.9, t));
        double secondMean = v[i] / (1 - Math.pow(0.999, t));
        expected[i] -= 1e-2 * firstMean / (Math.sqrt(secondMean) + 1e-8);
      }
    }
    float[] actual =
        agreed(
            backend -> {
              Span parameters = floats(backend, p);
              Span first = floats(backend, new float[n]);
              Span second = floats(backend, new float[n]);
              Span control = floats(backend, 7, 0.5f, 1);
              for (int t = 1; t <= 3; t++) {
                AdamW step = new AdamW(1e-2, 0.9, 0.999, 1e-8, 0.05, t);
                Span gradients = floats(backend, random(10 + t, n));
                backend.optimizer().adamW(n, step, control, parameters, gradients, first, second, null);
              }
              return read(backend, parameters, first, second);
            });
    assertClose(expected, Arrays.copyOf(actual, n), 1e-6);
    assertClose(m, Arrays.copyOfRange(actual, n, 2 * n), 1e-6);
    assertClose(v, Arrays.copyOfRange(actual, 2 * n, 3 * n), 1e-8);
  }

  @Test
  void aNormThatIsNotFiniteChangesNothing() {
    float[] actual =
        agreed(
            backend -> {
              Span p = floats(backend, 1, 2);
              Span m = floats(backend, 3, 4);
              Span v = floats(backend, 5, 6);
              Span g = floats(backend, Float.POSITIVE_INFINITY, 1);
              Span squares = result(backend, 1);
              Span control = result(backend, 3);
              backend.reduce().sumOfSquares(2, g, squares);
              backend.optimizer().clipControl(squares, null, 0, 5, control);
              backend.optimizer().adamW(2, new AdamW(1, 0.9, 0.999, 1e-8, 0.05, 1), control, p, g, m, v,
                  null);
              return read(backend, p, m, v);
            });
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, actual);
  }

  @Test
  void clippingFactor() {
    assertArrayEquals(new float[] {10, (float) (5 / (10 + 1e-6)), 1}, control(100, 5));
    assertArrayEquals(new float[] {2, 1, 1}, control(4, 5));
    assertArrayEquals(new float[] {2, 1, 1}, control(4, 0));
    assertEquals(0, control(Float.NaN, 5)[2]);
    assertEquals(0, control(Float.POSITIVE_INFINITY, 0)[2]);
  }

  private static float[] control(float sumOfSquares, double maximumNorm) {
    return agreed(
        backend -> {
          Span control = result(backend, 3);
          backend.optimizer().clipControl(floats(backend, sumOfSquares), null, 0, maximumNorm, control);
          return read(backend, control);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 33, 40001})
  void movingAverage(int n) {
    float[] p = random(3, n);
    float[] average = random(4, n);
    double[] expected = new double[n];
    for (int i = 0; i < n; i++) {
      expected[i] = 0.99 * average[i] + 0.01 * p[i];
    }
    float[] actual =
        agreed(
            backend -> {
              Span out = floats(backend, average);
              backend.optimizer().movingAverage(n, 0.99, null, floats(backend, p), out);
              return read(backend, out);
            });
    assertClose(expected, actual, 2e-7);
  }
}
