package org.swinengine.backend.cpu.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.MemoryKernels.MemoryStatistics;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.CpuVariants;
import org.swinengine.backend.cpu.runtime.Chunks;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.WorkerPool;

class CpuMemoryTest {
  private final WorkerPool threads = new WorkerPool(2);
  private final CpuMemory memory = new CpuMemory(threads, false);

  private record Place(Buffer buffer, long offset) implements Span {}

  @AfterEach
  void endThreads() {
    threads.close();
  }

  @Test
  void anArrayIsUsedAgainByABufferOfItsClass() {
    Buffer first = memory.allocate(DType.FLOAT32, 1000);
    float[] array = CpuBuffer.floats(first);
    first.release();
    Buffer other = memory.allocate(DType.FLOAT32, 500);
    Buffer second = memory.allocate(DType.FLOAT32, 1005);
    assertNotSame(array, CpuBuffer.floats(other));
    assertSame(array, CpuBuffer.floats(second));
    assertNotSame(first, second);
    assertEquals(1005, second.size());
  }

  @Test
  void sizeClassesAreAtMostAThirtySecondPartTooLarge() {
    int previous = 0;
    for (long n = 1; n < Integer.MAX_VALUE - 100; n += 1 + n / 50) {
      int capacity = BufferPool.capacity((int) n);
      assertTrue(capacity >= n && capacity <= Math.max(64, n + n / 32.0), n + " elements take " + capacity);
      assertTrue(capacity >= previous);
      assertEquals(capacity, BufferPool.capacity(capacity), "a capacity is its own class");
      previous = capacity;
    }
  }

  @Test
  void aLongerArrayServesWhereItIsNotMuchLonger() {
    Buffer first = memory.allocate(DType.FLOAT32, 1500);
    float[] array = CpuBuffer.floats(first);
    first.release();
    Buffer muchShorter = memory.allocate(DType.FLOAT32, 800);
    assertNotSame(array, CpuBuffer.floats(muchShorter));
    muchShorter.release();
    Buffer shorter = memory.allocate(DType.FLOAT32, 1000);
    assertSame(array, CpuBuffer.floats(shorter), "1500 is less than 1.6 × 1000");
    shorter.release();
    assertSame(array, CpuBuffer.floats(memory.allocate(DType.FLOAT32, 1500)), "it has kept its class");
  }

  @Test
  void statisticsAreExact() {
    Buffer a = memory.allocate(DType.FLOAT32, 1000);
    Buffer b = memory.allocate(DType.INT32, 300);
    assertEquals(new MemoryStatistics(5200, 5200, 0, 2, 0), memory.statistics());
    a.retain();
    a.release();
    assertEquals(5200, memory.statistics().liveBytes());
    a.release();
    assertEquals(new MemoryStatistics(1200, 5200, 4 * 1008, 2, 0), memory.statistics());
    memory.resetPeak();
    Buffer c = memory.allocate(DType.FLOAT32, 1001);
    assertEquals(new MemoryStatistics(5204, 5204, 0, 2, 1), memory.statistics());
    b.release();
    c.release();
    assertEquals(new MemoryStatistics(0, 5204, 4 * (1008 + 304), 2, 1), memory.statistics());
    memory.dropPool();
    assertEquals(new MemoryStatistics(0, 5204, 0, 2, 1), memory.statistics());
  }

  @Test
  void aLostBufferIsNotCountedForEver() throws InterruptedException {
    memory.allocate(DType.FLOAT32, 1000);
    for (int i = 0; i < 200 && memory.statistics().liveBytes() > 0; i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertEquals(0, memory.statistics().liveBytes());
    assertEquals(0, memory.statistics().pooledBytes());
  }

  @Test
  void useAfterReleaseIsExplained() {
    Buffer buffer = memory.allocate(DType.FLOAT32, 3);
    buffer.release();
    String sentence =
        "a buffer of 3 FLOAT32 elements was used after its scope gave it back; keep the tensor with"
            + " Scope.keep or copy it to the host before the scope ends";
    Exception read =
        assertThrows(IllegalStateException.class, () -> memory.download(buffer, new float[3], 0, 3));
    assertEquals(sentence, read.getMessage());
    assertThrows(IllegalStateException.class, () -> memory.fill(buffer, 3, 0));
    assertThrows(IllegalStateException.class, buffer::release);
    assertFalse(buffer.isAlive());
  }

  @Test
  void theWrongTypeIsExplained() {
    Buffer buffer = memory.allocate(DType.INT32, 3);
    Exception e =
        assertThrows(IllegalArgumentException.class, () -> memory.download(buffer, new float[3], 0, 3));
    assertEquals("a kernel wants a FLOAT32 buffer but was given one of INT32", e.getMessage());
  }

  @Test
  void poisonFillsNewAndRecycledArrays() {
    CpuMemory poisoned = new CpuMemory(threads, true);
    for (int round = 0; round < 2; round++) {
      Buffer floats = poisoned.allocate(DType.FLOAT32, 100);
      Buffer ints = poisoned.allocate(DType.INT32, 100);
      float[] values = new float[100];
      int[] numbers = new int[100];
      poisoned.download(floats, values, 0, 100);
      poisoned.download(ints, numbers, 0, 100);
      for (int i = 0; i < 100; i++) {
        assertTrue(Float.isNaN(values[i]));
        assertEquals(Integer.MIN_VALUE, numbers[i]);
      }
      poisoned.fill(floats, 100, 1);
      poisoned.fill(ints, 100, 1);
      floats.release();
      ints.release();
    }
    assertEquals(2, poisoned.statistics().reusedBuffers());
  }

  @Test
  void whenTheHeapIsFullThePoolGoesFirst() {
    memory.allocate(DType.FLOAT32, 100_000).release();
    assertTrue(memory.statistics().pooledBytes() > 0);
    // More than a heap of any test: two gibibytes of elements cannot even be asked for at once.
    OutOfMemoryError tooLong =
        assertThrows(OutOfMemoryError.class, () -> memory.allocate(DType.FLOAT32, 1L << 31));
    assertTrue(
        tooLong.getMessage().startsWith("no room for a buffer of 2147483648 FLOAT32 elements (8.00 GiB; "),
        tooLong.getMessage());
    assertTrue(memory.statistics().pooledBytes() > 0);
    List<Buffer> held = new ArrayList<>();
    OutOfMemoryError full =
        assertThrows(
            OutOfMemoryError.class,
            () -> {
              while (true) {
                held.add(memory.allocate(DType.FLOAT32, 2_000_000_000));
              }
            });
    held.clear();
    assertTrue(full.getMessage().contains("java -Xmx…g -jar"), full.getMessage());
    assertEquals(0, memory.statistics().pooledBytes());
    assertEquals(100, memory.allocate(DType.FLOAT32, 100).size());
  }

  @Test
  void manyThreadsNeverShareAnArray() throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      List<Future<Boolean>> results = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        results.add(executor.submit(user(t)));
      }
      for (Future<Boolean> result : results) {
        assertTrue(result.get());
      }
    } finally {
      executor.shutdown();
    }
    MemoryStatistics statistics = memory.statistics();
    assertEquals(0, statistics.liveBytes());
    assertEquals(4 * 2000 * 3, statistics.allocatedBuffers() + statistics.reusedBuffers());
  }

  /** Takes three buffers at a time, marks them and looks whether the marks are still there. */
  private Callable<Boolean> user(int number) {
    return () -> {
      Random random = new Random(number);
      boolean undisturbed = true;
      for (int round = 0; round < 2000; round++) {
        Buffer[] buffers = new Buffer[3];
        for (int i = 0; i < 3; i++) {
          buffers[i] = memory.allocate(DType.FLOAT32, 1 + random.nextInt(200));
          Arrays.fill(CpuBuffer.floats(buffers[i]), number * 10 + i);
        }
        for (int i = 0; i < 3; i++) {
          for (float value : CpuBuffer.floats(buffers[i])) {
            undisturbed &= value == number * 10 + i;
          }
          buffers[i].release();
        }
      }
      return undisturbed;
    };
  }

  @Test
  void transfersCopiesAndFills() {
    int n = 3 * Chunks.ELEMENTS + 5;
    Buffer a = memory.allocate(DType.FLOAT32, n + 2);
    Buffer b = memory.allocate(DType.FLOAT32, n);
    float[] values = CpuVariants.random(1, n);
    memory.fill(a, n + 2, 7);
    memory.upload(values, 0, new Place(a, 1), n);
    memory.copy(new Place(a, 1), b, n);
    float[] copied = new float[n];
    memory.download(b, copied, 0, n);
    assertArrayEquals(values, copied);
    float[] around = new float[n + 2];
    memory.download(a, around, 0, n + 2);
    assertEquals(7, around[0]);
    assertEquals(7, around[n + 1]);

    memory.upload(new double[] {0, 1.1, 2.2}, 1, b, 2);
    double[] doubles = new double[3];
    memory.download(b, doubles, 1, 2);
    assertArrayEquals(new double[] {0, 1.1f, 2.2f}, doubles);

    Buffer ints = memory.allocate(DType.INT32, 5);
    Buffer otherInts = memory.allocate(DType.INT32, 5);
    memory.fill(ints, 5, 3);
    memory.upload(new int[] {9, 8}, 0, new Place(ints, 2), 2);
    memory.copy(ints, otherInts, 5);
    int[] numbers = new int[5];
    memory.download(otherInts, numbers, 0, 5);
    assertArrayEquals(new int[] {3, 3, 9, 8, 3}, numbers);
  }

  @Test
  void copiesRowsWithStrides() {
    int rows = 700;
    int columns = 130;
    Buffer from = memory.allocate(DType.FLOAT32, rows * 150L);
    Buffer to = memory.allocate(DType.FLOAT32, rows * 140L);
    float[] values = CpuVariants.random(2, rows * 150);
    memory.upload(values, 0, from, values.length);
    memory.fill(to, to.size(), -1);
    memory.copyRows(rows, columns, new Place(from, 20), 150, new Place(to, 3), 140);
    float[] actual = new float[rows * 140];
    memory.download(to, actual, 0, actual.length);
    for (int i = 0; i < actual.length; i++) {
      int column = i % 140 - 3;
      float expected = column >= 0 && column < columns ? values[i / 140 * 150 + 20 + column] : -1;
      assertEquals(expected, actual[i]);
    }
  }
}
