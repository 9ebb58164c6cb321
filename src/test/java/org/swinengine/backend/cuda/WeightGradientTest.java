package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.DType;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.RowFactors;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;

/**
 * Gradients of weights and biases in bf16, behind DropPath and without it, in every form of the kernel. Whole
 * numbers make every sum exact, whatever its order; what is no whole number shows that no schedule changes
 * the order.
 */
@Tag("cuda")
class WeightGradientTest {
  private static CudaBackend backend;

  private final SplittableRandom random = new SplittableRandom(29);

  @BeforeAll
  static void open() {
    backend = (CudaBackend) CudaBackendsForTests.open(DType.BF16);
  }

  @AfterAll
  static void close() {
    if (backend != null) {
      backend.close();
    }
  }

  private double[] wholeNumbers(int n) {
    return random.ints(n, -4, 5).asDoubleStream().toArray();
  }

  /** A case: {@code dy [rows, out]}, {@code x [rows, in]}; factors of samples of so many rows, 0: none. */
  private record Case(int rows, int out, int in, int rowsPerFactor, boolean accumulate) {}

  private static double[] factors(Case c, double kept) {
    double[] factors = new double[(c.rows - 1) / c.rowsPerFactor + 1];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = i % 3 == 1 ? 0 : kept;
    }
    return factors;
  }

  /** The weight's gradient and behind it the bias's. */
  private static double[] run(Case c, double[] x, double[] dy, double[] before, boolean aligned) {
    TestBuffers buffers = new TestBuffers(backend, aligned);
    int n = c.out * c.in;
    Span dWeight = buffers.of(DType.FLOAT32, Arrays.copyOf(before, n));
    Span dBias = buffers.of(DType.FLOAT32, Arrays.copyOfRange(before, n, n + c.out));
    RowFactors factors =
        c.rowsPerFactor == 0
            ? null
            : new RowFactors(buffers.of(DType.FLOAT32, factors(c, 2)), c.rowsPerFactor);
    backend.matrix().linearBackwardWeight(
        c.rows, buffers.of(x), Prologue.NONE, buffers.of(dy), factors, c.out, c.in, dWeight, dBias,
        c.accumulate);
    double[] found = Arrays.copyOf(buffers.read(dWeight), n + c.out);
    System.arraycopy(buffers.read(dBias), 0, found, n, c.out);
    buffers.assertGuardsIntact();
    buffers.release();
    return found;
  }

  private static double[] expected(Case c, double[] x, double[] dy, double[] before) {
    int n = c.out * c.in;
    double[] sums = c.accumulate ? before.clone() : new double[n + c.out];
    double[] factors = c.rowsPerFactor == 0 ? null : factors(c, 2);
    for (int row = 0; row < c.rows; row++) {
      double factor = factors == null ? 1 : factors[row / c.rowsPerFactor];
      for (int i = 0; i < c.out; i++) {
        double gradient = factor * dy[row * c.out + i];
        sums[n + i] += gradient;
        for (int j = 0; j < c.in; j++) {
          sums[i * c.in + j] += gradient * x[row * c.in + j];
        }
      }
    }
    return sums;
  }

  private void check(Case c, boolean aligned) {
    double[] x = wholeNumbers(c.rows * c.in);
    double[] dy = wholeNumbers(c.rows * c.out);
    double[] before = wholeNumbers(c.out * c.in + c.out);
    assertArrayEquals(
        expected(c, x, dy, before), run(c, x, dy, before, aligned), 0.0, c + ", aligned " + aligned);
  }

  /** Tiles that are full and not, one slice and several, fewer strips than stages, samples of any size. */
  @Test
  void smallTiles() {
    for (int rowsPerFactor : new int[] {0, 1, 7, 32, 49, 200}) {
      check(new Case(120, 88, 72, rowsPerFactor, false), true);
      check(new Case(1100, 24, 136, rowsPerFactor, true), true);
      check(new Case(30, 64, 8, rowsPerFactor, true), true);
    }
  }

  /** What asynchronous copies cannot bring: odd sizes, spans that start anywhere. */
  @Test
  void anySizes() {
    for (int rowsPerFactor : new int[] {0, 49}) {
      check(new Case(120, 9, 31, rowsPerFactor, false), false);
      check(new Case(1100, 70, 3, rowsPerFactor, true), false);
      check(new Case(53, 64, 72, rowsPerFactor, false), false);
      check(new Case(1, 5, 1, rowsPerFactor, false), true);
    }
  }

  /** 133 tiles of 128 columns, so many that they are large; of the last a part is there. */
  @Test
  void largeTiles() {
    for (int rowsPerFactor : new int[] {0, 9, 49}) {
      check(new Case(104, 18 * 128 + 8, 6 * 128 + 40, rowsPerFactor, rowsPerFactor == 9), true);
    }
  }

  /** No row at all, or none that was kept: nothing is added, the rest is zero. */
  @Test
  void nothingThatCounts() {
    check(new Case(0, 16, 24, 0, true), true);
    check(new Case(0, 16, 24, 0, false), true);
    TestBuffers buffers = new TestBuffers(backend, true);
    Span dWeight = buffers.of(DType.FLOAT32, wholeNumbers(16 * 24));
    Span dBias = buffers.of(DType.FLOAT32, wholeNumbers(16));
    RowFactors dropped = new RowFactors(buffers.of(DType.FLOAT32, new double[2]), 33);
    backend.matrix().linearBackwardWeight(
        66, buffers.of(wholeNumbers(66 * 24)), Prologue.NONE, buffers.of(wholeNumbers(66 * 16)), dropped, 16,
        24, dWeight, dBias, false);
    assertArrayEquals(new double[16 * 24], buffers.read(dWeight), 0.0);
    assertArrayEquals(new double[16], buffers.read(dBias), 0.0);
    buffers.release();
  }

  /** The same bits under every order of warps, lanes, blocks and copies. */
  @Test
  void noScheduleChangesABit() {
    for (int rowsPerFactor : new int[] {0, 49}) {
      Case c = new Case(1100, 72, 136, rowsPerFactor, false);
      double[] x = random.doubles(c.rows * c.in, -1, 1).toArray();
      double[] dy = random.doubles(c.rows * c.out, -1, 1).toArray();
      double[] before = new double[c.out * c.in + c.out];
      for (boolean aligned : new boolean[] {true, false}) {
        double[] first = run(c, x, dy, before, aligned);
        for (int schedule : CudaBackendsForTests.schedules()) {
          CudaBackendsForTests.schedule(schedule);
          assertArrayEquals(first, run(c, x, dy, before, aligned), 0.0, c + ", schedule " + schedule);
        }
        CudaBackendsForTests.schedule(0);
      }
    }
  }

  /** Sums of gradients are exact products added in float32, not in bf16. */
  @Test
  void sumsOfManyRows() {
    Case c = new Case(4096, 16, 8, 0, false);
    double[] dy = new double[c.rows * c.out];
    Arrays.fill(dy, 1.0078125); // 1 + 2⁻⁷, a bf16
    double[] found = run(c, new double[c.rows * c.in], dy, new double[c.out * c.in + c.out], true);
    double[] sums = new double[c.out];
    Arrays.fill(sums, 4096 * 1.0078125);
    assertArrayEquals(sums, Arrays.copyOfRange(found, c.out * c.in, found.length), 0.0);
  }
}
