package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;

/**
 * More rows than a grid may have blocks on its second axis, which is 65535: the last ones are not forgotten.
 */
@Tag("cuda")
class ManyRowsTest {
  private static final int ROWS = 65535 + 3;
  private static final int COLUMNS = 2;

  private static Backend backend;

  private final double[] x = new double[ROWS * COLUMNS];

  ManyRowsTest() {
    for (int i = 0; i < x.length; i++) {
      x[i] = i % 1009 - 500;
    }
  }

  @BeforeAll
  static void open() {
    backend = CudaBackendsForTests.open(DType.FLOAT32);
  }

  @AfterAll
  static void close() {
    if (backend != null) {
      backend.close();
    }
  }

  @Test
  void scaleRows() {
    TestBuffers buffers = new TestBuffers(backend);
    double[] factors = new double[ROWS];
    for (int row = 0; row < ROWS; row++) {
      factors[row] = row % 7 - 3;
    }
    Span y = buffers.result(x.length);
    backend.pointwise().scaleRows(ROWS, COLUMNS, buffers.of(x), buffers.of(factors), y);
    double[] actual = buffers.read(y);
    for (int i = 0; i < x.length; i++) {
      assertEquals(x[i] * factors[i / COLUMNS], actual[i], 0.0);
    }
    buffers.assertGuardsIntact();
    buffers.release();
  }

  @Test
  void addRow() {
    TestBuffers buffers = new TestBuffers(backend);
    Span y = buffers.result(x.length);
    backend.pointwise().addRow(ROWS, COLUMNS, buffers.of(x), buffers.of(1000, 2000), y);
    double[] actual = buffers.read(y);
    for (int i = 0; i < x.length; i++) {
      assertEquals(x[i] + 1000 * (1 + i % 2), actual[i]);
    }
    buffers.assertGuardsIntact();
    buffers.release();
  }

  @Test
  void copyRows() {
    TestBuffers buffers = new TestBuffers(backend);
    Span y = buffers.result(ROWS);
    backend.memory().copyRows(ROWS, 1, buffers.of(x), COLUMNS, y, 1);
    double[] actual = buffers.read(y);
    for (int row = 0; row < ROWS; row++) {
      assertEquals(x[row * COLUMNS], actual[row]);
    }
    buffers.assertGuardsIntact();
    buffers.release();
  }

  @Test
  void dropout() {
    TestBuffers buffers = new TestBuffers(backend);
    RandomKey key = new RandomKey(5, 6, 7);
    Span y = buffers.result(x.length);
    backend.random().dropout(key, 0, ROWS, COLUMNS, 0.5, buffers.of(x), y);
    double[] actual = buffers.read(y);
    int[] scratch = new int[4];
    for (int i = 0; i < x.length; i++) {
      boolean kept = key.uniform(i / COLUMNS, i % COLUMNS, scratch) < 0.5;
      assertEquals(kept ? 2 * x[i] : 0, actual[i], 0.0);
    }
    buffers.assertGuardsIntact();
    buffers.release();
  }
}
