package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Deferral;
import org.swinengine.backend.DeviceException;
import org.swinengine.backend.DryBackend;
import org.swinengine.backend.Span;
import org.swinengine.backend.cuda.RecordedCalls.Asked;

/** Sums that wait: who finds them finished, in what order they are added, what becomes of their memory. */
@Tag("cuda")
final class DeferredSumsTest {
  /** Rows of a sum of three parts. */
  private static final int ROWS = 130;

  private static final int COLUMNS = 40;

  private CudaBackend backend;
  private Buffer results;
  private Buffer rows;
  private float[] numbers;

  /** Some of {@link #results}. */
  private record Part(Buffer buffer, long offset) implements Span {}

  @BeforeEach
  void open() {
    CudaBackendsForTests.assumeAvailable();
    backend = new CudaBackend(0, DType.FLOAT32);
    numbers = numbers(ROWS * COLUMNS, 1);
    rows = backend.memory().allocate(DType.BF16, numbers.length); // in float32 they are added in order
    backend.memory().upload(numbers, 0, rows, numbers.length);
    results = backend.memory().allocate(DType.FLOAT32, 4 * COLUMNS);
    backend.memory().fill(results, 4 * COLUMNS, 0.5);
  }

  @AfterEach
  void close() {
    if (backend != null) {
      backend.close();
      if (CudaBackendsForTests.isEmulated()) {
        EmulatorControls.reset();
      }
    }
  }

  private static float[] numbers(int n, int seed) {
    Random random = new Random(seed);
    float[] numbers = new float[n];
    for (int i = 0; i < n; i++) {
      numbers[i] = random.nextFloat() - 0.3f;
    }
    return numbers;
  }

  private Part result(int number) {
    return new Part(results, (long) number * COLUMNS);
  }

  private void sumRows(int result, boolean accumulate) {
    backend.reduce().sumRows(ROWS, COLUMNS, rows, result(result), accumulate);
  }

  private float[] read(Span span, int n) {
    float[] values = new float[n];
    backend.memory().download(span, values, 0, n);
    return values;
  }

  private int waiting() {
    return backend.sums().waiting();
  }

  /** As if added n times, one after the other, to nothing. */
  private static float[] times(float[] sums, int n) {
    float[] found = new float[sums.length];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < sums.length; j++) {
        found[j] = i == 0 ? sums[j] : sums[j] + found[j];
      }
    }
    return found;
  }

  @Test
  void withoutAScopeNothingWaits() {
    sumRows(0, false);
    assertEquals(0, waiting());
  }

  @Test
  void sumsOfAScopeAreOneLaunch() {
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU keeps no record");
    List<RecordedCalls.Call> calls = RecordedCalls.of(() -> {
      try (Deferral outer = backend.deferSums()) {
        for (int i = 0; i < 3; i++) {
          try (Deferral inner = backend.deferSums()) {
            sumRows(i, false);
          }
        }
        assertEquals(3, waiting());
      }
    });
    assertEquals(0, waiting());
    assertEquals(1, calls.stream().filter(call -> call.kernel().equals("sumParts_f32")).count());
    float[] sums = read(result(0), COLUMNS);
    assertArrayEquals(sums, read(result(1), COLUMNS));
    assertArrayEquals(sums, read(result(2), COLUMNS));
    assertEquals(0.5f, read(result(3), COLUMNS)[0]);
  }

  /** More than a launch has room for. */
  @Test
  void hundredsOfSums() {
    int many = 2 * PartialSums.MOST_OF_A_LAUNCH + 7;
    Buffer all = backend.memory().allocate(DType.FLOAT32, (long) many * COLUMNS);
    try (Deferral sums = backend.deferSums()) {
      for (int i = 0; i < many; i++) {
        backend.reduce().sumRows(ROWS, COLUMNS, rows, new Part(all, (long) i * COLUMNS), false);
        assertTrue(waiting() <= PartialSums.MOST_OF_A_LAUNCH);
      }
    }
    sumRows(0, false);
    float[] expected = read(result(0), COLUMNS);
    for (int i = 0; i < many; i++) {
      assertArrayEquals(expected, read(new Part(all, (long) i * COLUMNS), COLUMNS), "sum " + i);
    }
  }

  @Test
  void whoeverLooksFindsThemFinished() {
    sumRows(3, false);
    float[] expected = read(result(3), COLUMNS);
    List<Consumer<Part>> readers = List.of(
        part -> assertArrayEquals(expected, read(part, COLUMNS)),
        part -> {
          Buffer copy = backend.memory().allocate(DType.FLOAT32, COLUMNS);
          backend.memory().copy(part, copy, COLUMNS);
          assertArrayEquals(expected, read(copy, COLUMNS));
        },
        part -> {
          Buffer copy = backend.memory().allocate(DType.FLOAT32, COLUMNS);
          backend.pointwise().scale(COLUMNS, 1, part, copy);
          assertArrayEquals(expected, read(copy, COLUMNS));
        },
        part -> assertEquals(expected[1],
            (float) backend.memory().downloadLater(part, COLUMNS).get()[1]),
        part -> {
          backend.memory().fill(part, COLUMNS, 7);
          assertEquals(7, read(part, COLUMNS)[5]);
        },
        part -> {
          sumRows(0, true);
          assertEquals(1, waiting(), "of two for one place, the first is launched");
          assertArrayEquals(times(expected, 2), read(part, COLUMNS));
        });
    for (Consumer<Part> reader : readers) {
      try (Deferral sums = backend.deferSums()) {
        sumRows(0, false);
        assertEquals(1, waiting());
        reader.accept(result(0));
        assertEquals(0, waiting());
      }
    }
    backend.memory().fill(results, 4 * COLUMNS, 0);
    try (Deferral sums = backend.deferSums()) {
      sumRows(1, false);
      read(result(0), COLUMNS);
      read(result(2), COLUMNS);
      assertEquals(1, waiting(), "neighbours are nobody's business");
      float[] some = read(new Part(results, 2 * COLUMNS - 1), 1);
      assertEquals(expected[COLUMNS - 1], some[0]);
    }
  }

  /** Parts are given back by who asked, and results may be; neither is handed out again before. */
  @Test
  void whatWaitsIsHeld() {
    sumRows(3, false);
    float[] expected = read(result(3), COLUMNS);
    long live = backend.memory().statistics().liveBytes();
    Buffer own = backend.memory().allocate(DType.FLOAT32, COLUMNS);
    try (Deferral sums = backend.deferSums()) {
      sumRows(0, false);
      backend.reduce().sumRows(ROWS, COLUMNS, rows, own, false);
      own.release();
      assertTrue(backend.memory().statistics().liveBytes() > live);
      for (int size : new int[] {3 * COLUMNS, 3 * COLUMNS, COLUMNS}) {
        Buffer other = backend.memory().allocate(DType.FLOAT32, size);
        backend.memory().fill(other, size, Double.NaN);
        other.release();
      }
    }
    assertEquals(live, backend.memory().statistics().liveBytes());
    assertArrayEquals(expected, read(result(0), COLUMNS));
  }

  /** How much waits is a matter of memory, not of bits. */
  @Test
  void theBoundLaunchesAndChangesNoBits() {
    float[] first = null;
    for (long most : new long[] {1, 3 * COLUMNS * Float.BYTES + 1, Long.MAX_VALUE}) {
      backend.sums().limit(most);
      try (Deferral sums = backend.deferSums()) {
        for (int i = 0; i < 4; i++) {
          sumRows(i, i == 1);
          assertTrue(waiting() <= (most == 1 ? 0 : most < 1000 ? 1 : 4), "waiting");
        }
      }
      float[] found = read(results, 4 * COLUMNS);
      first = first == null ? found : first;
      assertArrayEquals(read(result(0), COLUMNS), read(result(3), COLUMNS));
      backend.memory().fill(results, 4 * COLUMNS, 0.5);
      assertArrayEquals(first, found);
    }
  }

  @Test
  void aFailureGivesEverythingBack() {
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU does not fail on demand");
    sumRows(0, false); // loads the kernels
    backend.synchronize();
    long live = backend.memory().statistics().liveBytes();
    DeviceException failure = assertThrows(DeviceException.class, () -> {
      try (Deferral sums = backend.deferSums()) {
        sumRows(1, false);
        sumRows(2, false);
        EmulatorControls.failLaunch(0, 701);
      }
    });
    assertTrue(failure.getMessage().contains("sumParts_f32(sums 2)"), failure.getMessage());
    assertEquals(live, backend.memory().statistics().liveBytes());
    assertEquals(0, waiting());
    IllegalStateException own = assertThrows(IllegalStateException.class, () -> {
      try (Deferral sums = backend.deferSums()) {
        sumRows(1, false);
        throw new IllegalStateException("in the middle");
      }
    });
    assertEquals("in the middle", own.getMessage());
    assertEquals(live, backend.memory().statistics().liveBytes());
    assertArrayEquals(read(result(0), COLUMNS), read(result(1), COLUMNS), "what had been asked for is there");
  }

  /** What waits is not what memory runs short of. */
  @Test
  void shortMemoryLaunchesThem() {
    Buffer own = backend.memory().allocate(DType.FLOAT32, 1 << 20);
    Buffer large = backend.memory().allocate(DType.BF16, 8 << 20);
    backend.memory().fill(large, 8 << 20, 1);
    try (Deferral sums = backend.deferSums()) {
      backend.reduce().sumRows(8, 1 << 20, large, own, false); // one part
      assertEquals(0, waiting());
      backend.reduce().sumRows(256, 1 << 15, large, own, false);
      assertEquals(1, waiting());
      CudaBackendsForTests.leaveMemory(100);
      Buffer most = backend.memory().allocate(DType.FLOAT32, 4 << 15); // what the parts are
      assertEquals(0, waiting());
      most.release();
    }
    assertEquals(256, read(own, 1)[0]);
  }

  /** Tables wait for their matrices' sums, and matrices that are the caller's are seen to. */
  @Test
  void tablesWaitTooAndComeLast() {
    PartialSums partialSums;
    try (CudaDevice device = new CudaDevice(0)) {
      partialSums = new PartialSums(device);
      TableGradients tables = new TableGradients(device);
      int logits = 2 * 9 * 9; // two heads, windows of three by three
      int parts = 5;
      Buffer partials = backend.memory().allocate(DType.FLOAT32, parts * logits);
      backend.memory().upload(numbers, 0, partials, parts * logits);
      Buffer matrix = backend.memory().allocate(DType.FLOAT32, logits);
      Buffer table = backend.memory().allocate(DType.FLOAT32, 2 * 25);
      backend.synchronize(); // the other device object has another stream
      Runnable both = () -> {
        partialSums.add(parts, logits, partials, matrix, false);
        tables.gather(2, 3, 3, matrix, table);
      };
      both.run();
      device.synchronize();
      float[] expected = read(table, 2 * 25);
      backend.memory().fill(table, 2 * 25, 0);
      backend.synchronize();
      DeferredSums sums = device.sums();
      sums.limit(1); // sums do not wait; tables do
      sums.open();
      both.run();
      assertEquals(1, sums.waiting());
      both.run();
      assertEquals(1, sums.waiting(), "what is gathered from would have changed");
      sums.limit(Long.MAX_VALUE);
      both.run();
      assertEquals(2, sums.waiting());
      sums.close();
      assertEquals(0, sums.waiting());
      device.synchronize();
      assertArrayEquals(expected, read(table, 2 * 25));
      double total = 0;
      for (float value : expected) {
        total += value;
      }
      double all = 0;
      for (int i = 0; i < parts * logits; i++) {
        all += numbers[i];
      }
      assertEquals(all, total, 1e-3);
    }
  }

  @Test
  void threadsHaveTheirOwn() throws Exception {
    try (Deferral sums = backend.deferSums()) {
      sumRows(0, false);
      CompletableFuture.runAsync(() -> {
        sumRows(1, false);
        assertEquals(0, waiting(), "no scope on this thread");
        try (Deferral others = backend.deferSums()) {
          sumRows(2, false);
          assertEquals(1, waiting());
        }
      }).get();
      assertEquals(1, waiting());
    }
    float[] sums = read(result(0), COLUMNS);
    assertArrayEquals(sums, read(result(1), COLUMNS));
    assertArrayEquals(sums, read(result(2), COLUMNS));
  }

  /** Within a graph they wait for each other; what waits from before is no part of it. */
  @Test
  void aRecordingHasItsOwn() {
    sumRows(0, false);
    float[] expected = read(result(0), COLUMNS);
    backend.memory().fill(results, 4 * COLUMNS, 0);
    try (Deferral outer = backend.deferSums()) {
      sumRows(3, false);
      var recording = backend.record(() -> {
        sumRows(0, false);
        try (Deferral sums = backend.deferSums()) {
          sumRows(1, true);
          sumRows(2, false);
        }
      });
      assertEquals(0, waiting());
      assertTrue(recording.isPresent());
      assertTrue(recording.get().replay());
      assertTrue(recording.get().replay());
      assertEquals(0, waiting());
      recording.get().close();
    }
    assertArrayEquals(expected, read(result(0), COLUMNS));
    assertArrayEquals(times(expected, 3), read(result(1), COLUMNS), "once, and twice again");
    assertArrayEquals(expected, read(result(2), COLUMNS));
    assertArrayEquals(expected, read(result(3), COLUMNS));
  }

  /** Parts take memory while they wait; without waiting one sum's serve the next. */
  @Test
  void aDryRunHoldsPartsThatWait() {
    int rows = 640;
    int columns = 2048;
    long parts = backend.memory().roomFor(DType.FLOAT32, 10L * columns);
    try (CudaBackend half = (CudaBackend) CudaBackendsForTests.open(DType.BF16);
        DryBackend dry = new DryBackend(half)) {
      Buffer x = dry.memory().allocate(DType.BF16, (long) rows * columns);
      Buffer sum = dry.memory().allocate(DType.FLOAT32, columns);
      long held = dry.heldBytes();
      for (int step = 0; step < 2; step++) {
        try (Deferral sums = dry.deferSums()) {
          for (int i = 1; i <= 3; i++) {
            dry.reduce().sumRows(rows, columns, x, sum, false);
            assertEquals(held + (step == 0 ? i : 3) * parts, dry.heldBytes());
          }
        }
      }
      for (int i = 0; i < 5; i++) {
        dry.reduce().sumRows(rows, columns, x, sum, false);
      }
      assertEquals(held + 3 * parts, dry.heldBytes());
    }
  }

  /** What the kernels' order is, written down a second time. */
  @Test
  void theOrderOfAdditionsIsThatOfThePartsAlone() {
    List<Integer> columns = List.of(1, 36, 40, 2049);
    for (int parts : new int[] {1, 2, 31, 32, 33, 47, 100}) {
      List<Buffer> outs = new ArrayList<>();
      List<float[]> expected = new ArrayList<>();
      try (CudaDevice device = new CudaDevice(0)) {
        PartialSums sums = new PartialSums(device);
        device.sums().open();
        for (int n : columns) {
          float[] values = numbers(parts * n, n);
          Buffer partials = backend.memory().allocate(DType.FLOAT32, values.length);
          backend.memory().upload(values, 0, partials, values.length);
          Buffer out = backend.memory().allocate(DType.FLOAT32, n);
          backend.memory().fill(out, n, 0.25);
          backend.synchronize();
          sums.add(parts, n, partials, out, true);
          outs.add(out);
          expected.add(sumsPlusAQuarter(values, parts, n));
        }
        assertEquals(columns.size(), device.sums().waiting());
        device.sums().close();
        device.synchronize();
        for (int i = 0; i < outs.size(); i++) {
          assertArrayEquals(expected.get(i), read(outs.get(i), columns.get(i)), parts + " parts");
        }
      }
    }
  }

  private static float[] sumsPlusAQuarter(float[] values, int parts, int n) {
    float[] sums = new float[n];
    int chains = parts <= 32 ? 1 : 16;
    for (int j = 0; j < n; j++) {
      float total = 0;
      for (int chain = 0; chain < chains; chain++) {
        float sum = 0;
        for (int part = chain; part < parts; part += chains) {
          sum += values[part * n + j];
        }
        total = chain == 0 ? sum : total + sum;
      }
      sums[j] = 0.25f + total;
    }
    return sums;
  }
}
