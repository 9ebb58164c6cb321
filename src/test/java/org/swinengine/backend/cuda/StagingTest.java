package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.MemoryKernels;

/**
 * Copies between the host and the GPU, under all schedules: some let a copy read its pinned memory as late as
 * a real GPU may, so that a piece which is filled again too early shows.
 */
@Tag("cuda")
class StagingTest {
  /** More than all pieces of float32, and of bf16 in twice as many elements. */
  private static final int SEVERAL = (Staging.PIECES + 1) * (Staging.BYTES / 4) + 5;

  private CudaBackend backend;

  private MemoryKernels open(DType type) {
    backend = (CudaBackend) CudaBackendsForTests.open(type);
    return backend.memory();
  }

  @AfterEach
  void close() {
    if (backend != null) {
      backend.close();
    }
    CudaBackendsForTests.schedule(0);
  }

  @Test
  void floatsOfSeveralPieces() {
    MemoryKernels memory = open(DType.FLOAT32);
    for (int schedule : CudaBackendsForTests.schedules()) {
      CudaBackendsForTests.schedule(schedule);
      float[] values = new float[SEVERAL];
      for (int i = 0; i < values.length; i++) {
        values[i] = i + schedule;
      }
      Buffer buffer = memory.allocate(DType.FLOAT32, SEVERAL);
      memory.upload(values, 0, buffer, SEVERAL);
      float[] back = new float[SEVERAL];
      float[] expected = values.clone();
      Arrays.fill(values, -1); // the array is the caller's again as soon as the call is over
      memory.download(buffer, back, 0, SEVERAL);
      assertArrayEquals(expected, back);
      buffer.release();
    }
  }

  /** A loop that never looks at its losses must not take pinned memory with each step. */
  @Test
  void numbersThatNobodyAsksForGiveTheirPlaceBack() throws InterruptedException {
    CudaBackendsForTests.assumeAvailable();
    try (CudaDevice device = new CudaDevice(0)) {
      CudaMemory memory = new CudaMemory(device);
      LateCopies late = new LateCopies(device);
      Buffer number = memory.allocate(DType.FLOAT32, 1);
      memory.fill(number, 1, 1);
      long address = CudaBuffer.address(number);
      for (int i = 0; i < 100; i++) {
        late.begin(address, 4);
        if (i % 10 == 9) {
          System.gc();
          Thread.sleep(20);
        }
      }
      assertTrue(late.pieces() < 60, () -> late.pieces() + " pieces for 100 numbers");
      number.release();
      late.close();
      memory.close();
    }
  }

  @Test
  void bf16OfSeveralPieces() {
    MemoryKernels memory = open(DType.BF16);
    int n = 2 * SEVERAL;
    for (int schedule : CudaBackendsForTests.schedules()) {
      CudaBackendsForTests.schedule(schedule);
      double[] values = new double[n];
      for (int i = 0; i < n; i++) {
        values[i] = i % 251 + schedule; // exact in bf16
      }
      Buffer buffer = memory.allocate(DType.BF16, n);
      memory.upload(values, 0, buffer, n);
      double[] back = new double[n];
      memory.download(buffer, back, 0, n);
      assertArrayEquals(values, back);
      buffer.release();
    }
  }

  @Test
  void integersOfSeveralPieces() {
    MemoryKernels memory = open(DType.FLOAT32);
    int[] values = new int[SEVERAL];
    for (int i = 0; i < values.length; i++) {
      values[i] = 0x7f800001 + i; // as float32 these would be NaN
    }
    for (int schedule : CudaBackendsForTests.schedules()) {
      CudaBackendsForTests.schedule(schedule);
      Buffer buffer = memory.allocate(DType.INT32, SEVERAL);
      memory.upload(values, 0, buffer, SEVERAL);
      int[] back = new int[SEVERAL];
      memory.download(buffer, back, 0, SEVERAL);
      assertArrayEquals(values, back);
      buffer.release();
    }
  }

  /** A step's labels and factors: each has a piece of its own, and waits for none. */
  @Test
  void aFewUploadsWaitForNothing() {
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU does not count");
    MemoryKernels memory = open(DType.FLOAT32);
    Buffer buffer = memory.allocate(DType.FLOAT32, Staging.PIECES + 1);
    float[] values = {3};
    long[] waits = new long[2];
    for (int last = 0; last < 2; last++) {
      int uploads = last == 0 ? Staging.PIECES : 1;
      waits[last] = RecordedCalls.of(() -> {
        for (int i = 0; i < uploads; i++) {
          memory.upload(values, 0, buffer, 1);
        }
      }).stream().filter(call -> call.what() == RecordedCalls.Asked.EVENT_WAIT).count();
    }
    assertArrayEquals(new long[] {0, 1}, waits);
  }

  /** Memory that was given back goes to the next buffer at once; who used it last is done before. */
  @Test
  void aKernelReadsItsOperandBeforeTheNextOwnerWrites() {
    MemoryKernels memory = open(DType.FLOAT32);
    int n = 1000;
    for (int schedule : CudaBackendsForTests.schedules()) {
      CudaBackendsForTests.schedule(schedule);
      Buffer result = memory.allocate(DType.FLOAT32, n);
      memory.fill(result, n, 0);
      for (int round = 1; round <= 10; round++) {
        float[] values = new float[n];
        Arrays.fill(values, round);
        Buffer operand = memory.allocate(DType.FLOAT32, n);
        memory.upload(values, 0, operand, n);
        backend.pointwise().add(n, result, operand, result);
        operand.release();
      }
      float[] back = new float[n];
      memory.download(result, back, 0, n);
      for (float value : back) {
        assertEquals(55, value);
      }
      result.release();
    }
  }

  @Test
  void twoThreadsAtOnce() throws InterruptedException {
    MemoryKernels memory = open(DType.FLOAT32);
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    for (int schedule : CudaBackendsForTests.schedules()) {
      CudaBackendsForTests.schedule(schedule);
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 2; t++) {
        int factor = t + 2;
        Thread thread = new Thread(() -> roundTrips(memory, factor));
        thread.setUncaughtExceptionHandler((where, failure) -> failures.add(failure));
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    assertEquals(List.of(), failures);
  }

  private void roundTrips(MemoryKernels memory, int factor) {
    for (int round = 0; round < 20; round++) {
      int n = 500 + 300 * (round % 7);
      float[] values = new float[n];
      Arrays.fill(values, round + 1);
      Buffer x = memory.allocate(DType.FLOAT32, n);
      Buffer y = memory.allocate(DType.FLOAT32, n);
      memory.upload(values, 0, x, n);
      backend.pointwise().scale(n, factor, x, y);
      x.release();
      float[] back = new float[n];
      memory.download(y, back, 0, n);
      y.release();
      for (float value : back) {
        assertEquals(factor * (round + 1), value);
      }
    }
  }
}
