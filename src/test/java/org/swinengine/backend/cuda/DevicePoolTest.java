package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.DType;
import org.swinengine.backend.DeviceOutOfMemoryError;

/** Device memory that is handed out again, and what happens where it runs out. */
@Tag("cuda")
class DevicePoolTest {
  private static final long MEBIBYTE = 1 << 20;

  private CudaDevice device;
  private DevicePool pool;

  @BeforeEach
  void open() {
    CudaBackendsForTests.assumeAvailable();
    device = new CudaDevice(0);
    pool = new DevicePool(device);
  }

  @AfterEach
  void close() {
    if (device != null) {
      if (CudaBackendsForTests.isEmulated()) {
        EmulatorControls.reset();
      }
      pool.close();
      device.close();
    }
  }

  /** Lets the emulated GPU have so much memory beyond what is in use. */
  private void leave(long bytes) {
    device.enter();
    CudaBackendsForTests.leaveMemory(bytes);
  }

  @Test
  void blocksAreAtMostAnEighthLongerThanWhatWasAskedFor() {
    long before = 0;
    for (long bytes = 0; bytes < 300_000; bytes += 37) {
      long capacity = DevicePool.capacity(bytes);
      assertTrue(capacity >= bytes && capacity % 512 == 0 && capacity >= before, "capacity of " + bytes);
      assertTrue(capacity <= Math.max(512, Math.max(bytes + 511, bytes * 9 / 8 + 1)), "capacity of " + bytes);
      assertEquals(capacity, DevicePool.capacity(capacity), "a whole block keeps its length");
      before = capacity;
    }
    long large = 96L << 30;
    assertEquals(large, DevicePool.capacity(large));
    assertTrue(DevicePool.capacity(large + 1) <= large + large / 8);
  }

  /** The device goes on for others; who comes late with a block finds nothing to do. */
  @Test
  void aPoolThatIsClosedKeepsNothingFromOthers() {
    device.enter();
    long before = device.freeAndTotalMemory()[0];
    DevicePool closed = new DevicePool(device);
    long held = closed.take(3 * MEBIBYTE);
    closed.giveBack(closed.take(MEBIBYTE), MEBIBYTE);
    assertTrue(device.freeAndTotalMemory()[0] <= before - 4 * MEBIBYTE);
    closed.close();
    assertEquals(before, device.freeAndTotalMemory()[0]);
    long others = pool.take(3 * MEBIBYTE);
    closed.giveBack(held, 3 * MEBIBYTE);
    closed.drop();
    assertEquals(0, closed.statistics().pooledBytes());
    pool.giveBack(others, 3 * MEBIBYTE);
    pool.drop();
    assertEquals(before, device.freeAndTotalMemory()[0]);
  }

  @Test
  void aBlockThatCameBackIsTheNextOfItsLength() {
    long first = pool.take(MEBIBYTE);
    pool.giveBack(first, MEBIBYTE);
    long other = pool.take(MEBIBYTE / 2);
    assertNotEquals(first, other);
    assertEquals(first, pool.take(MEBIBYTE - 100), "a length of the same class");
    assertEquals(2, pool.statistics().allocatedBuffers());
    assertEquals(1, pool.statistics().reusedBuffers());
    pool.giveBack(first, MEBIBYTE - 100);
    pool.giveBack(other, MEBIBYTE / 2);
  }

  @Test
  void statisticsCountWhatLivesWhatWaitsAndTheMost() {
    long a = pool.take(1000);
    long b = pool.take(3000);
    assertEquals(4000, pool.statistics().liveBytes());
    assertEquals(0, pool.statistics().pooledBytes());
    pool.giveBack(b, 3000);
    assertEquals(1000, pool.statistics().liveBytes());
    assertEquals(DevicePool.capacity(3000), pool.statistics().pooledBytes());
    assertEquals(4000, pool.statistics().peakBytes());
    pool.resetPeak();
    assertEquals(1000, pool.statistics().peakBytes());
    pool.giveBack(a, 1000);
    pool.drop();
    assertEquals(0, pool.statistics().pooledBytes());
    assertEquals(0, pool.statistics().liveBytes());
  }

  @Test
  void waitingBlocksOfAnotherLengthMakeRoom() {
    leave(5 * MEBIBYTE);
    long small = pool.take(3 * MEBIBYTE);
    pool.giveBack(small, 3 * MEBIBYTE);
    long large = pool.take(4 * MEBIBYTE);
    assertEquals(0, pool.statistics().pooledBytes());
    pool.giveBack(large, 4 * MEBIBYTE);
  }

  @Test
  void aRefusalThatPassesIsNotNoticed() {
    leave(5 * MEBIBYTE);
    EmulatorControls.failAllocation(0);
    long block = pool.take(MEBIBYTE);
    assertTrue(block != 0);
    pool.giveBack(block, MEBIBYTE);
  }

  @Test
  void buffersThatNobodyCanReachMakeRoom() {
    CudaMemory memory = new CudaMemory(device);
    leave(5 * MEBIBYTE);
    loseBuffer(memory);
    memory.allocate(DType.FLOAT32, MEBIBYTE).release(); // 4 MiB
    memory.close();
  }

  private static void loseBuffer(CudaMemory memory) {
    memory.allocate(DType.BF16, 3 * MEBIBYTE / 2); // 3 MiB
  }

  @Test
  void whereThereIsNoRoomASentenceSaysSoAndThePoolGoesOn() {
    leave(5 * MEBIBYTE);
    long held = pool.take(2 * MEBIBYTE);
    DeviceOutOfMemoryError error = assertThrows(DeviceOutOfMemoryError.class, () -> pool.take(4 * MEBIBYTE));
    String sentence = error.getMessage();
    assertTrue(sentence.contains("no room") && sentence.contains("`batchSize`"), sentence);
    assertEquals(2 * MEBIBYTE, pool.statistics().liveBytes(), "what was refused does not live");
    pool.giveBack(held, 2 * MEBIBYTE);
    long large = pool.take(4 * MEBIBYTE);
    pool.giveBack(large, 4 * MEBIBYTE);
  }

  @Test
  void twoThreadsNeverHoldTheSameBlock() throws InterruptedException {
    Set<Long> held = Collections.synchronizedSet(new HashSet<>());
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 2; t++) {
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < 2000; i++) {
                  long bytes = 512 * (1 + i % 5);
                  long address = pool.take(bytes);
                  assertTrue(held.add(address), "a block was handed out twice");
                  Thread.yield();
                  held.remove(address);
                  pool.giveBack(address, bytes);
                }
              });
      thread.setUncaughtExceptionHandler((where, failure) -> failures.add(failure));
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), failures);
    assertEquals(0, pool.statistics().liveBytes());
    assertTrue(pool.statistics().allocatedBuffers() <= 10, "at most a block of each length for each thread");
    assertEquals(4000, pool.statistics().allocatedBuffers() + pool.statistics().reusedBuffers());
  }
}
