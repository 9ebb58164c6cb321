package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.DType;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;

/** Layers of two tensors side by side have the bits of those of one tensor that holds both. */
@Tag("cuda")
class CudaPairTest {
  private static CudaBackend backend;

  private final SplittableRandom random = new SplittableRandom(5);

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

  @AfterEach
  void usualSchedule() {
    CudaBackendsForTests.schedule(0);
  }

  /** {@code rows} of two times {@code columns}, to {@code out}. */
  private record Case(int rows, int columns, int out) {
    int n() {
      return rows * columns;
    }
  }

  private double[] numbers(int n) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = BrainFloat.toFloat(BrainFloat.of((float) random.nextDouble(-1, 1)));
    }
    return values;
  }

  private static double[] sideBySide(Case c, double[] first, double[] second) {
    double[] both = new double[2 * c.n()];
    for (int r = 0; r < c.rows; r++) {
      System.arraycopy(first, r * c.columns, both, 2 * r * c.columns, c.columns);
      System.arraycopy(second, r * c.columns, both, (2 * r + 1) * c.columns, c.columns);
    }
    return both;
  }

  @Test
  void pairsThatTheKernelsTake() {
    assertTrue(backend.multipliesPairs(DType.BF16, 96, 96));
    assertFalse(backend.multipliesPairs(DType.BF16, 48, 96), "strips of 32 lie in one of the two");
    assertFalse(backend.multipliesPairs(DType.BF16, 96, 9), "rows of whole chunks");
    assertFalse(backend.multipliesPairs(DType.FLOAT32, 96, 96));
    TestBuffers buffers = new TestBuffers(backend, true);
    Span x = buffers.result(48);
    MatrixKernels matrix = backend.matrix();
    PreparedWeight weight = matrix.prepare(buffers.result(DType.FLOAT32, 96 * 8), 8, 96);
    Throwable refused =
        assertThrows(
            IllegalArgumentException.class, () -> matrix.linearOfPair(1, 48, x, x, weight, null, x));
    assertTrue(refused.getMessage().contains("48 columns"), refused.getMessage());
    buffers.release();
  }

  /** Rows, columns and terms that fill tiles and do not, fewer strips than stages, several slices. */
  @Test
  void bitsAreThoseOfOneTensor() {
    int schedule = 0;
    for (Case c : new Case[] {new Case(70, 32, 40), new Case(33, 96, 96), new Case(1100, 64, 24)}) {
      CudaBackendsForTests.schedule(schedule++);
      layer(c, true);
      input(c, true);
      weight(c, true);
    }
  }

  /** Copies of what begins anywhere. */
  @Test
  void operandsThatBeginAnywhere() {
    Case c = new Case(35, 64, 16);
    layer(c, false);
    input(c, false);
    weight(c, false);
  }

  /** As few blocks as are large, at whose edges and within which the first tensor ends. */
  @Test
  void largeTiles() {
    layer(new Case(131 * 128 + 5, 32, 8), true);
    input(new Case(65 * 128 + 5, 96, 8), true);
    weight(new Case(9, 21 * 32, 11 * 128 + 8), true);
  }

  private void layer(Case c, boolean aligned) {
    TestBuffers buffers = new TestBuffers(backend, aligned);
    MatrixKernels matrix = backend.matrix();
    double[] first = numbers(c.n());
    double[] second = numbers(c.n());
    PreparedWeight weight = prepared(c, buffers);
    Span bias = buffers.of(DType.FLOAT32, numbers(c.out));
    Span expected = buffers.result(c.rows * c.out);
    Span found = buffers.result(c.rows * c.out);
    Span both = buffers.of(sideBySide(c, first, second));
    matrix.linear(c.rows, both, weight, Prologue.NONE, Epilogue.bias(bias), expected);
    matrix.linearOfPair(
        c.rows, c.columns, buffers.of(first), buffers.of(second), weight, bias, found);
    assertArrayEquals(buffers.read(expected), buffers.read(found), c.toString());
    buffers.assertGuardsIntact();
    buffers.release();
  }

  private PreparedWeight prepared(Case c, TestBuffers buffers) {
    Span weight = buffers.of(DType.FLOAT32, numbers(2 * c.columns * c.out));
    return backend.matrix().prepare(weight, c.out, 2 * c.columns);
  }

  private void input(Case c, boolean aligned) {
    TestBuffers buffers = new TestBuffers(backend, aligned);
    MatrixKernels matrix = backend.matrix();
    PreparedWeight weight = prepared(c, buffers);
    Span dy = buffers.of(numbers(c.rows * c.out));
    Span expected = buffers.result(2 * c.n());
    Span first = buffers.result(c.n());
    Span second = buffers.result(c.n());
    matrix.linearBackwardInput(c.rows, dy, weight, Epilogue.NONE, expected);
    matrix.linearOfPairBackwardInput(c.rows, c.columns, dy, weight, first, false, second, false);
    double[] gradients = buffers.read(expected);
    assertArrayEquals(
        gradients, sideBySide(c, buffers.read(first), buffers.read(second)), c.toString());
    // One at a time: what is not wanted stays, and what is added to is rounded once.
    Span alone = buffers.result(c.n());
    matrix.linearOfPairBackwardInput(c.rows, c.columns, dy, weight, null, false, alone, false);
    assertArrayEquals(buffers.read(second), buffers.read(alone), c + ", the second alone");
    buffers.assertGuardsIntact();
    buffers.release();
  }

  private void weight(Case c, boolean aligned) {
    TestBuffers buffers = new TestBuffers(backend, aligned);
    MatrixKernels matrix = backend.matrix();
    double[] first = numbers(c.n());
    double[] second = numbers(c.n());
    double[] weightBefore = numbers(2 * c.columns * c.out);
    double[] biasBefore = numbers(c.out);
    Span both = buffers.of(sideBySide(c, first, second));
    Span dy = buffers.of(numbers(c.rows * c.out));
    for (boolean accumulate : new boolean[] {false, true}) {
      Span weight = buffers.of(DType.FLOAT32, weightBefore);
      Span bias = buffers.of(DType.FLOAT32, biasBefore);
      Span weightOfPair = buffers.of(DType.FLOAT32, weightBefore);
      Span biasOfPair = buffers.of(DType.FLOAT32, biasBefore);
      matrix.linearBackwardWeight(
          c.rows, both, Prologue.NONE, dy, c.out, 2 * c.columns, weight, bias, accumulate);
      matrix.linearOfPairBackwardWeight(
          c.rows, c.columns, buffers.of(first), buffers.of(second), dy, c.out, weightOfPair, biasOfPair,
          accumulate);
      assertArrayEquals(buffers.read(weight), buffers.read(weightOfPair), c + ", adds " + accumulate);
      assertArrayEquals(buffers.read(bias), buffers.read(biasOfPair), c + ", adds " + accumulate);
    }
    buffers.assertGuardsIntact();
    buffers.release();
  }
}
