package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;

/** Sums of parts that are small integers, so that every order of additions gives the same bits. */
@Tag("cuda")
class PartialSumsTest {
  private static final int[] PARTS = {1, 2, 31, 32, 33, 63, 100};
  private static final int[] COLUMNS = {1, 3, 31, 32, 36, 1024, 1030};

  private static Backend backend;
  private static CudaDevice device;

  @BeforeAll
  static void open() {
    backend = CudaBackendsForTests.open(DType.FLOAT32);
    device = new CudaDevice(0);
  }

  @AfterAll
  static void close() {
    if (backend != null) {
      backend.close();
      device.close();
    }
  }

  private static double[] numbers(int n) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = i * 31 % 17 - 8;
    }
    return values;
  }

  /** Sums of columns from {@code first} on, added to what was before. */
  private static double[] sums(double[] partials, int parts, int first, double[] before) {
    double[] sums = before.clone();
    for (int part = 0; part < parts; part++) {
      for (int column = 0; column < before.length; column++) {
        sums[column] += partials[part * (partials.length / parts) + first + column];
      }
    }
    return sums;
  }

  @Test
  void oneAndTwoOutputs() {
    for (int parts : PARTS) {
      for (int columns : COLUMNS) {
        for (boolean aligned : new boolean[] {false, true}) {
          for (int second : new int[] {0, columns, 4, 5}) {
            check(parts, columns, second, aligned, parts % 2 == 0);
          }
        }
      }
    }
  }

  private void check(int parts, int first, int second, boolean aligned, boolean accumulate) {
    TestBuffers buffers = new TestBuffers(backend, aligned);
    PartialSums sums = new PartialSums(device);
    double[] firstBefore = accumulate ? numbers(first) : new double[first];
    double[] secondBefore = accumulate ? numbers(second) : new double[second];
    double[] numbers = numbers(parts * (first + second));
    Span firstOut = accumulate ? buffers.of(firstBefore) : buffers.result(first);
    Span secondOut = second == 0 ? null : accumulate ? buffers.of(secondBefore) : buffers.result(second);
    Span partials = buffers.of(numbers);
    backend.synchronize(); // the sums run in another stream
    if (second == 0) {
      sums.add(parts, first, partials, firstOut, accumulate);
    } else {
      sums.addTwo(parts, partials, first, firstOut, second, secondOut, accumulate);
    }
    device.synchronize();
    String what = parts + " parts of " + first + " and " + second + ", aligned " + aligned;
    assertArrayEquals(sums(numbers, parts, 0, firstBefore), buffers.read(firstOut), what);
    if (second > 0) {
      assertArrayEquals(sums(numbers, parts, first, secondBefore), buffers.read(secondOut), what);
    }
    buffers.assertGuardsIntact();
    buffers.release();
  }
}
