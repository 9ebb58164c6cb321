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

  private static double[] sums(double[] partials, int parts, int outputs, int output, int columns,
      double[] before) {
    double[] sums = before.clone();
    for (int part = 0; part < parts; part++) {
      for (int column = 0; column < columns; column++) {
        sums[column] += partials[(part * outputs + output) * columns + column];
      }
    }
    return sums;
  }

  @Test
  void oneAndTwoOutputs() {
    for (int parts : PARTS) {
      for (int columns : COLUMNS) {
        for (boolean aligned : new boolean[] {false, true}) {
          check(parts, columns, aligned, parts % 2 == 0);
        }
      }
    }
  }

  private void check(int parts, int columns, boolean aligned, boolean accumulate) {
    TestBuffers buffers = new TestBuffers(backend, aligned);
    PartialSums sums = new PartialSums(device);
    double[] before = accumulate ? numbers(columns) : new double[columns];
    double[] one = numbers(parts * columns);
    double[] two = numbers(2 * parts * columns);
    Span[] outs = new Span[3];
    for (int i = 0; i < 3; i++) {
      outs[i] = accumulate ? buffers.of(before) : buffers.result(columns);
    }
    Span onePartials = buffers.of(one);
    Span twoPartials = buffers.of(two);
    backend.synchronize(); // the sums run in another stream
    sums.add(parts, columns, onePartials, outs[0], accumulate);
    sums.addTwo(parts, columns, twoPartials, outs[1], outs[2], accumulate);
    device.synchronize();
    String what = parts + " parts of " + columns + ", aligned " + aligned;
    assertArrayEquals(sums(one, parts, 1, 0, columns, before), buffers.read(outs[0]), what);
    assertArrayEquals(sums(two, parts, 2, 0, columns, before), buffers.read(outs[1]), what);
    assertArrayEquals(sums(two, parts, 2, 1, columns, before), buffers.read(outs[2]), what);
    buffers.assertGuardsIntact();
    buffers.release();
  }
}
