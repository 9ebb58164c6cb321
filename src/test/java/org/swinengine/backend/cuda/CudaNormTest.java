package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.DType;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;

/**
 * What only the GPU's LayerNorm has: rows normalised once more, paths by length and alignment, and grids'
 * limits.
 */
@Tag("cuda")
class CudaNormTest {
  /** One for each number of fours that a lane can hold, one beyond them, and odd ones. */
  private static final int[] LENGTHS = {5, 96, 97, 192, 384, 512, 768, 1024, 1028};

  private static CudaBackend single;
  private static CudaBackend half;

  private final SplittableRandom random = new SplittableRandom(11);

  @BeforeAll
  static void open() {
    single = (CudaBackend) CudaBackendsForTests.open(DType.FLOAT32);
    half = (CudaBackend) CudaBackendsForTests.open(DType.BF16);
  }

  @AfterAll
  static void close() {
    for (CudaBackend backend : new CudaBackend[] {single, half}) {
      if (backend != null) {
        backend.close();
      }
    }
  }

  private double[] numbers(int n) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextInt(-128, 129) / 64.0; // exact in bf16
    }
    return values;
  }

  /** Rows from kept statistics, and rows of another alignment, have the bits of those that computed them. */
  @Test
  void keptStatisticsAndAlignmentDoNotChangeRows() {
    int rows = 6;
    for (CudaBackend backend : new CudaBackend[] {single, half}) {
      for (int columns : LENGTHS) {
        double[] x = numbers(rows * columns);
        double[] gamma = numbers(columns);
        double[] beta = numbers(columns);
        double[][] results = new double[2][];
        for (boolean aligned : new boolean[] {false, true}) {
          TestBuffers buffers = new TestBuffers(backend, aligned);
          Span in = buffers.of(x);
          Span weight = buffers.of(DType.FLOAT32, gamma);
          Span bias = buffers.of(DType.FLOAT32, beta);
          Span y = buffers.result(x.length);
          Span again = buffers.result(x.length);
          Span mean = buffers.result(DType.FLOAT32, rows);
          Span inverseDeviation = buffers.result(DType.FLOAT32, rows);
          backend.norm().layerNorm(rows, columns, in, weight, bias, 1e-5, y, mean, inverseDeviation);
          ((CudaNorm) backend.norm())
              .layerNormApply(rows, columns, in, weight, bias, mean, inverseDeviation, again);
          String what = backend.computeType() + ", " + columns + " columns, aligned " + aligned;
          results[aligned ? 1 : 0] = buffers.read(y);
          assertArrayEquals(buffers.read(y), buffers.read(again), what);
          buffers.assertGuardsIntact();
          buffers.release();
        }
        assertArrayEquals(results[0], results[1], backend.computeType() + ", " + columns + " columns");
      }
    }
  }

  /** More rows than all warps of the largest grid take at once. */
  @Test
  void forwardOfManyRows() {
    int rows = 4096 * 8 * 4 + 5;
    TestBuffers buffers = new TestBuffers(single, true);
    double[] x = new double[rows * 4];
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < 4; j++) {
        x[4 * row + j] = row % 1000 + (j % 2 == 0 ? 1 : -1) * (1 + row % 3); // deviation 1 + row % 3
      }
    }
    Span y = buffers.result(x.length);
    single
        .norm()
        .layerNorm(
            rows, 4, buffers.of(x), buffers.of(1, 2, 3, 4), buffers.of(0, 0, 0, 10), 0, y, null, null);
    double[] actual = buffers.read(y);
    for (int i = 0; i < actual.length; i++) {
      assertEquals(new double[] {1, -2, 3, 6}[i % 4], actual[i], 1e-5, "element " + i);
    }
    buffers.assertGuardsIntact();
    buffers.release();
  }

  /** More rows than the parts of the gradients' sums have, so that each takes rows several times. */
  @Test
  void backwardOfManyRows() {
    int rows = 792 * 32 + 2000;
    double[] dy = new double[rows * 4];
    double[] x = new double[rows * 4];
    double[] expectedGamma = new double[4];
    double[] expectedBeta = new double[4];
    for (int i = 0; i < dy.length; i++) {
      dy[i] = i / 4 % 5 - 2 + i % 4; // small integers: every partial sum is exact
      x[i] = i / 4 % 3 - 1;
      expectedGamma[i % 4] += dy[i] * x[i];
      expectedBeta[i % 4] += dy[i];
    }
    for (boolean aligned : new boolean[] {true, false}) {
      TestBuffers buffers = new TestBuffers(single, aligned);
      Span mean = buffers.of(new double[rows]);
      double[] ones = new double[rows];
      Arrays.fill(ones, 1);
      Span inverseDeviation = buffers.of(ones);
      Span dGamma = buffers.result(4);
      Span dBeta = buffers.result(4);
      Span dx = buffers.result(dy.length);
      single
          .norm()
          .layerNormBackward(
              rows, 4, buffers.of(dy), buffers.of(x), mean, inverseDeviation, buffers.of(1, 1, 1, 1), dx,
              false,
              dGamma, dBeta, false);
      assertArrayEquals(expectedGamma, buffers.read(dGamma));
      assertArrayEquals(expectedBeta, buffers.read(dBeta));
      double[] gradient = buffers.read(dx);
      for (int i = 0; i < gradient.length; i++) {
        double meanG = i / 4 % 5 - 2 + 1.5;
        // x̂ is x, the same in the four columns of a row.
        assertEquals(dy[i] - meanG - x[i] * meanG * x[i], gradient[i], 1e-5, "element " + i);
      }
      buffers.assertGuardsIntact();
      buffers.release();
    }
  }
}
