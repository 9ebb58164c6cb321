package org.swinengine.backend.cpu.pointwise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.swinengine.backend.cpu.CpuVariants.agreed;
import static org.swinengine.backend.cpu.CpuVariants.assertClose;
import static org.swinengine.backend.cpu.CpuVariants.floats;
import static org.swinengine.backend.cpu.CpuVariants.random;
import static org.swinengine.backend.cpu.CpuVariants.read;
import static org.swinengine.backend.cpu.CpuVariants.result;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Span;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.backend.cpu.runtime.Chunks;

@Tag("numerics")
class CpuPointwiseTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 16, 17, 1003, 3 * Chunks.ELEMENTS + 7})
  void addsScalesAndMultiplies(int n) {
    float[] a = random(1, n);
    float[] b = random(2, n);
    float[] expected = new float[3 * n];
    for (int i = 0; i < n; i++) {
      expected[i] = a[i] + b[i];
      expected[n + i] = 0.3f * a[i];
      expected[2 * n + i] = a[i] * b[i];
    }
    float[] actual =
        agreed(
            backend -> {
              Span left = floats(backend, a);
              Span right = floats(backend, b);
              Span sum = result(backend, n);
              Span scaled = result(backend, n);
              backend.pointwise().add(n, left, right, sum);
              backend.pointwise().scale(n, 0.3, left, scaled);
              backend.pointwise().multiply(n, left, right, left); // the result overlays an operand
              return read(backend, sum, scaled, left);
            });
    assertArrayEquals(expected, actual);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "7, 10", "301, 97", "3, 100003"})
  void addsAndScalesRows(int rows, int columns) {
    float[] x = random(3, rows * columns);
    float[] v = random(4, columns);
    float[] scale = random(5, rows);
    float[] expected = new float[2 * rows * columns];
    for (int i = 0; i < rows * columns; i++) {
      expected[i] = x[i] + v[i % columns];
      expected[rows * columns + i] = x[i] * scale[i / columns];
    }
    float[] actual =
        agreed(
            backend -> {
              Span in = floats(backend, x);
              Span added = result(backend, rows * columns);
              backend.pointwise().addRow(rows, columns, in, floats(backend, v), added);
              backend.pointwise().scaleRows(rows, columns, in, floats(backend, scale), in);
              return read(backend, added, in);
            });
    assertArrayEquals(expected, actual);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 31, 70001})
  void geluAndItsGradient(int n) {
    float[] x = random(6, n);
    float[] dy = random(7, n);
    x[0] = 1;
    double[] expected = new double[2 * n];
    for (int i = 0; i < n; i++) {
      x[i] *= i == 0 ? 1 : 3;
      double cdf = normalCdf(x[i]);
      double density = Math.exp(-0.5 * x[i] * x[i]) / Math.sqrt(2 * Math.PI);
      expected[i] = x[i] * cdf;
      expected[n + i] = dy[i] * (cdf + x[i] * density);
    }
    assertEquals(0.841344746068543, expected[0], 1e-12);
    float[] actual =
        agreed(
            backend -> {
              Span in = floats(backend, x);
              Span gradient = floats(backend, dy);
              Span out = result(backend, n);
              backend.pointwise().unary(UnaryFunction.GELU, n, in, out);
              backend.pointwise().unaryBackward(UnaryFunction.GELU, n, in, gradient, gradient);
              return read(backend, out, gradient);
            });
    assertEquals(0.841344746068543, actual[0], 1e-7);
    assertClose(expected, actual, 1e-6);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 31, 70001})
  void reluSigmoidAndBoundedExp(int n) {
    float[] x = random(8, n);
    float[] dy = random(9, n);
    double[] expected = new double[6 * n];
    for (int i = 0; i < n; i++) {
      x[i] *= 3;
      double sigmoid = 1 / (1 + Math.exp(-x[i]));
      expected[i] = Math.max(x[i], 0);
      expected[n + i] = x[i] > 0 ? dy[i] : 0;
      expected[2 * n + i] = sigmoid;
      expected[3 * n + i] = dy[i] * sigmoid * (1 - sigmoid);
      expected[4 * n + i] = Math.exp(Math.min(x[i], 1));
      expected[5 * n + i] = x[i] > 1 ? 0 : dy[i] * Math.exp(x[i]);
    }
    float[] actual =
        agreed(
            backend -> {
              Span in = floats(backend, x);
              Span gradient = floats(backend, dy);
              Span[] out = new Span[6];
              for (int i = 0; i < out.length; i++) {
                out[i] = result(backend, n);
              }
              backend.pointwise().unary(UnaryFunction.RELU, n, in, out[0]);
              backend.pointwise().unaryBackward(UnaryFunction.RELU, n, in, gradient, out[1]);
              backend.pointwise().unary(UnaryFunction.SIGMOID, n, in, out[2]);
              backend.pointwise().unaryBackward(UnaryFunction.SIGMOID, n, out[2], gradient, out[3]);
              backend.pointwise().expAtMost(n, 1, in, out[4]);
              backend.pointwise().expAtMostBackward(n, 1, in, gradient, out[5]);
              return read(backend, out);
            });
    assertClose(expected, actual, 1e-6);
  }

  /** Φ(x) = ½ + φ(x)·(x + x³/3 + x⁵/15 + …), a series of positive terms. */
  private static double normalCdf(double x) {
    double term = x;
    double sum = 0;
    for (int i = 3; sum + term != sum; i += 2) {
      sum += term;
      term *= x * x / i;
    }
    return 0.5 + sum * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
  }

  @Test
  void refusesARangeBeyondTheBuffer() {
    try (CpuBackend backend = new CpuBackend(1)) {
      Span four = backend.memory().allocate(org.swinengine.backend.DType.FLOAT32, 4);
      Exception e =
          assertThrows(
              IndexOutOfBoundsException.class, () -> backend.pointwise().add(5, four, four, four));
      assertEquals("a kernel was asked for 5 elements from 0 on, in a buffer of 4", e.getMessage());
    }
  }
}
