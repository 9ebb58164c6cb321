package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.CudaGraphs;
import org.swinengine.backend.DType;
import org.swinengine.backend.DeviceException;
import org.swinengine.backend.DeviceOutOfMemoryError;
import org.swinengine.backend.GpuLibraries;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.backend.PixelBatch;
import org.swinengine.backend.Repetition;

/**
 * Pictures on their way to the GPU, under all schedules: some let copies and kernels of two streams run as
 * late as a real GPU may, so that bytes which are overwritten too early and a missing wait show.
 */
@Tag("cuda")
class PixelUploadTest {
  private CudaBackend backend;

  private MemoryKernels open(DType type) {
    backend = (CudaBackend) CudaBackendsForTests.open(type);
    return backend.memory();
  }

  @AfterEach
  void close() {
    if (CudaBackendsForTests.isEmulated()) {
      EmulatorControls.failPinned(false);
    }
    if (backend != null) {
      backend.close();
    }
    CudaBackendsForTests.schedule(0);
  }

  /** Random pictures, of a kind with boxes and mixing where {@code seed} is odd. */
  private record Pictures(PixelBatch batch) {
    static Pictures of(int images, int channels, int plane, int seed) {
      SplittableRandom random = new SplittableRandom(seed);
      byte[] bytes = new byte[images * channels * plane];
      random.nextBytes(bytes);
      float[] levels = floats(random, 256 * channels);
      return new Pictures(
          new PixelBatch(
              bytes, images, channels, 1, plane, levels,
              seed % 2 == 0 ? null : changes(random, images, channels, plane)));
    }

    private static float[] floats(SplittableRandom random, int n) {
      float[] floats = new float[n];
      for (int i = 0; i < n; i++) {
        floats[i] = (float) random.nextDouble(-3, 3);
      }
      return floats;
    }

    /** A box in each picture, over half of it, and the halves mixed in one way or the other. */
    private static PixelBatch.Changes changes(SplittableRandom random, int images, int channels, int plane) {
      int[] first = new int[images + 1];
      int[] boxes = new int[images * PixelBatch.BOX];
      int[] mixes = new int[images * PixelBatch.MIX];
      int width = (plane + 1) / 2;
      for (int i = 0; i < images; i++) {
        first[i + 1] = i + 1;
        int[] box = {0, random.nextInt(plane - width + 1), 1, width, i * channels * width};
        System.arraycopy(box, 0, boxes, i * PixelBatch.BOX, PixelBatch.BOX);
        int[] mix = {random.nextInt(3), 0, 1, random.nextInt(plane), plane};
        System.arraycopy(mix, 0, mixes, i * PixelBatch.MIX, PixelBatch.MIX);
      }
      return new PixelBatch.Changes(
          first, boxes, floats(random, images * channels * width), mixes, floats(random, 2 * images));
    }

    float[] floats() {
      float[] floats = new float[batch.size()];
      batch.toFloats(floats, 0);
      return floats;
    }

    Buffer upload(MemoryKernels memory) {
      Buffer to = memory.allocate(DType.FLOAT32, batch.size());
      PixelBatch.Changes changes = batch.changes();
      PixelBatch lent =
          new PixelBatch(
              batch.pixels().clone(), batch.images(), batch.channels(), batch.height(), batch.width(),
              batch.levels().clone(),
              changes == null
                  ? null
                  : new PixelBatch.Changes(
                      changes.firstBox().clone(), changes.boxes().clone(), changes.values().clone(),
                      changes.mixes().clone(), changes.shares().clone()));
      memory.uploadPixels(lent, to);
      // The arrays are the caller's again as soon as the call is over.
      Arrays.fill(lent.pixels(), (byte) -1);
      Arrays.fill(lent.levels(), -1);
      if (lent.changes() != null) {
        Arrays.fill(lent.changes().values(), -1);
        Arrays.fill(lent.changes().mixes(), 0);
      }
      return to;
    }
  }

  private static void check(MemoryKernels memory, List<Pictures> asked, List<Buffer> given) {
    for (int i = 0; i < asked.size(); i++) {
      float[] expected = asked.get(i).floats();
      float[] floats = new float[expected.length];
      memory.download(given.get(i), floats, 0, floats.length);
      assertArrayEquals(expected, floats, "batch " + i);
      given.get(i).release();
    }
  }

  /** Batches of several pinned pieces, then some that need less room or more, none waited for. */
  @Test
  void batchesOneAfterTheOther() {
    MemoryKernels memory = open(DType.FLOAT32);
    int large = 3 * PixelUpload.PIECE / 3 / 4 + 1000;
    for (int schedule : CudaBackendsForTests.schedules()) {
      CudaBackendsForTests.schedule(schedule);
      List<Pictures> asked = new ArrayList<>();
      List<Buffer> given = new ArrayList<>();
      int[] planes = {60, 60, 60, 60, large, 60, large, 35, 64, 1};
      for (int i = 0; i < planes.length; i++) {
        asked.add(Pictures.of(4, 3, planes[i], 10 * schedule + i));
        given.add(asked.get(i).upload(memory));
      }
      check(memory, asked, given);
    }
  }

  /** Two models that take turns: rooms are given back while kernels still read what others are given. */
  @Test
  void roomsGrowWhileOthersCompute() {
    MemoryKernels memory = open(DType.FLOAT32);
    for (int schedule : CudaBackendsForTests.schedules()) {
      CudaBackendsForTests.schedule(schedule);
      List<Pictures> asked = new ArrayList<>();
      List<Buffer> given = new ArrayList<>();
      for (int i = 1; i < 8; i++) {
        asked.add(Pictures.of(1, i % 2 == 0 ? 3 : 1, 800 * i * schedule, 10 * schedule + i));
        given.add(asked.get(i - 1).upload(memory));
        Buffer other = memory.allocate(DType.FLOAT32, 800 * i);
        memory.fill(other, 800 * i, i);
        other.release();
      }
      check(memory, asked, given);
    }
  }

  @Test
  void theSameWithoutPinnedMemory() {
    Assumptions.assumeTrue(CudaBackendsForTests.isEmulated());
    MemoryKernels memory = open(DType.FLOAT32);
    memory.fill(memory.allocate(DType.FLOAT32, 1), 1, 0);
    float[] one = {1};
    memory.upload(one, 0, memory.allocate(DType.FLOAT32, 1), 1); // the other uploads have theirs
    EmulatorControls.failPinned(true);
    for (int schedule : CudaBackendsForTests.schedules()) {
      CudaBackendsForTests.schedule(schedule);
      List<Pictures> asked = new ArrayList<>();
      List<Buffer> given = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        asked.add(Pictures.of(2, 3, 500 + 250 * i, 10 * schedule + i));
        given.add(asked.get(i).upload(memory));
      }
      EmulatorControls.failPinned(false);
      check(memory, asked, given);
      EmulatorControls.failPinned(true);
    }
  }

  /** Where the GPU has no room the sentence says so, and what fits goes on as before. */
  @Test
  void noRoomOnTheDevice() {
    Assumptions.assumeTrue(CudaBackendsForTests.isEmulated());
    MemoryKernels memory = open(DType.FLOAT32);
    Pictures small = Pictures.of(2, 3, 100, 1);
    Pictures large = Pictures.of(2, 3, 5000, 2);
    check(memory, List.of(small), List.of(small.upload(memory)));
    Buffer to = memory.allocate(DType.FLOAT32, large.batch().size());
    EmulatorControls.failAllocation(0);
    memory.uploadPixels(large.batch(), to); // the second attempt, after all that waits was given back
    check(memory, List.of(large), List.of(to));
    Pictures larger = Pictures.of(2, 3, 40_000, 4);
    Buffer target = memory.allocate(DType.FLOAT32, larger.batch().size());
    EmulatorControls.limitMemory(1);
    try {
      assertThrows(DeviceOutOfMemoryError.class, () -> memory.uploadPixels(larger.batch(), target));
    } finally {
      EmulatorControls.limitMemory(4L << 30);
    }
    memory.uploadPixels(larger.batch(), target);
    check(memory, List.of(larger, small), List.of(target, small.upload(memory)));
  }

  /** Where there is no room but what graphs of steps hold, these end, although the upload is in a step. */
  @Test
  void graphsOfStepsGiveWay() {
    CudaBackendsForTests.assumeAvailable();
    backend = new CudaBackend(0, DType.FLOAT32, GpuLibraries.NONE, CudaGraphs.AUTO);
    MemoryKernels memory = backend.memory();
    Pictures pictures = Pictures.of(2, 3, 100_000, 6);
    Buffer to = memory.allocate(DType.FLOAT32, pictures.batch().size());
    for (int i = 0; i < 4; i++) {
      try (Repetition step = backend.repeating("a step")) {
        Buffer part = memory.allocate(DType.FLOAT32, 1 << 20);
        memory.fill(part, 1 << 20, 1);
        part.release();
      }
    }
    CudaBackendsForTests.leaveMemory(100);
    try (Repetition step = backend.repeating("a step")) {
      memory.uploadPixels(pictures.batch(), to);
    } finally {
      EmulatorControls.limitMemory(4L << 30);
    }
    check(memory, List.of(pictures), List.of(to));
  }

  /** Wherever a GPU is lost on the way, it is said once and again, and the backend can be closed. */
  @Test
  void theDeviceIsLostOnTheWay() {
    Assumptions.assumeTrue(CudaBackendsForTests.isEmulated());
    Pictures pictures = Pictures.of(2, 3, 100, 1);
    for (int calls = 0; calls < 30; calls += 3) {
      MemoryKernels memory = open(DType.FLOAT32);
      check(memory, List.of(pictures), List.of(pictures.upload(memory)));
      Buffer to = memory.allocate(DType.FLOAT32, pictures.batch().size());
      EmulatorControls.loseDevice(calls);
      assertThrows(DeviceException.class, () -> {
        for (int i = 0; i < 3; i++) {
          memory.uploadPixels(pictures.batch(), to);
        }
      });
      assertThrows(DeviceException.class, () -> memory.uploadPixels(pictures.batch(), to));
      backend.close();
      backend = null;
      EmulatorControls.reset();
    }
  }

  /** A picture of 224 × 224 is 150,528 bytes on the bus, in the model's type four or two times that. */
  @Test
  void aByteAValueIsCopied() {
    Assumptions.assumeTrue(CudaBackendsForTests.isEmulated());
    for (DType type : List.of(DType.FLOAT32, DType.BF16)) {
      MemoryKernels memory = open(type);
      int images = 2;
      PixelBatch batch = Pictures.of(images, 3, 224 * 224, 2).batch();
      Buffer to = memory.allocate(type, batch.size());
      List<RecordedCalls.Call> calls = RecordedCalls.of(() -> memory.uploadPixels(batch, to));
      long bytes =
          calls.stream().filter(call -> call.what() == RecordedCalls.Asked.UPLOAD)
              .mapToLong(RecordedCalls.Call::bytes).sum();
      assertEquals(images * 150_528 + 3 * 256 * Float.BYTES, bytes);
      assertEquals(
          List.of("pixelsToPlanes_" + Grids.suffix(type)),
          calls.stream().filter(call -> call.what() == RecordedCalls.Asked.LAUNCH)
              .map(RecordedCalls.Call::kernel).toList());
      backend.close();
      backend = null;
    }
  }

  /** The host does not wait for what the device computes before the next batch is on its way. */
  @Test
  void theNextBatchIsCopiedWhileTheDeviceComputes() {
    Assumptions.assumeTrue(CudaBackendsForTests.isEmulated());
    MemoryKernels memory = open(DType.FLOAT32);
    Pictures first = Pictures.of(1, 3, 100, 1);
    Pictures second = Pictures.of(1, 3, 100, 2);
    List<Pictures> asked = List.of(first, second, first, second);
    List<Buffer> given = new ArrayList<>();
    asked.subList(0, 2).forEach(one -> given.add(one.upload(memory)));
    backend.synchronize();
    CudaBackendsForTests.schedule(3); // work is begun when somebody waits for it
    long before = EmulatorControls.launches();
    asked.subList(2, 4).forEach(one -> given.add(one.upload(memory)));
    assertEquals(before, EmulatorControls.launches(), "kernels somebody has waited for");
    check(memory, asked, given);
    assertTrue(EmulatorControls.launches() >= before + 2);
  }

  @Test
  void twoThreadsAtOnce() throws InterruptedException {
    MemoryKernels memory = open(DType.FLOAT32);
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    for (int schedule : CudaBackendsForTests.schedules()) {
      CudaBackendsForTests.schedule(schedule);
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 2; t++) {
        int which = t;
        Thread thread = new Thread(() -> {
          for (int round = 0; round < 10; round++) {
            Pictures pictures = Pictures.of(2, 3, 100 + 10 * round, 100 * which + round);
            check(memory, List.of(pictures), List.of(pictures.upload(memory)));
          }
        });
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
}
