package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.CudaGraphs;
import org.swinengine.backend.DType;
import org.swinengine.backend.DeviceException;
import org.swinengine.backend.GpuLibraries;
import org.swinengine.backend.Recording;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** What becomes a graph, what does not, and what becomes of its memory. */
@Tag("cuda")
final class CudaGraphTest {
  private static final int N = 1000;
  private static final float[] X = values(1);

  private Backend backend;
  private Tensor x;
  private Tensor y;

  private static float[] values(float scale) {
    float[] values = new float[N];
    for (int i = 0; i < N; i++) {
      values[i] = scale * i;
    }
    return values;
  }

  @BeforeEach
  void open() {
    CudaBackendsForTests.assumeAvailable();
    open(CudaGraphs.AUTO);
  }

  private void open(CudaGraphs use) {
    close();
    backend = new CudaBackend(0, DType.FLOAT32, GpuLibraries.NONE, use);
    x = Tensor.of(backend, Shape.of(N), X);
    y = Tensor.of(backend, Shape.of(N), X);
  }

  @AfterEach
  void close() {
    if (backend != null) {
      backend.close();
      backend = null;
    }
    if (CudaBackendsForTests.isEmulated()) {
      EmulatorControls.reset();
    }
  }

  /** y = 4·x, by two kernels through memory that is given back. */
  private void quadruple() {
    Tensor twice = Tensor.empty(backend, Shape.of(N));
    backend.pointwise().add(N, x, x, twice);
    backend.pointwise().add(N, twice, twice, y);
    twice.buffer().release();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 7})
  void callsAreMadeAgain(int schedule) {
    CudaBackendsForTests.schedule(schedule);
    Recording recording = backend.record(this::quadruple).orElseThrow();
    assertArrayEquals(values(4), y.toFloats(), "made when they were recorded");
    assertTrue(recording.bytes() >= N * Float.BYTES);
    float[] other = values(3);
    backend.memory().upload(other, 0, x, N);
    // Whatever is allocated and written now is not the memory between the two kernels.
    List<Tensor> others = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      others.add(Tensor.full(backend, Shape.of(N), i));
    }
    assertTrue(recording.replay());
    for (int i = 0; i < 4; i++) {
      assertEquals(i, others.get(i).toFloats()[N - 1]);
    }
    assertArrayEquals(values(12), y.toFloats());
    recording.close();
    assertFalse(recording.replay());
    assertEquals(0, recording.bytes());
  }

  /** JCuda's library asks for a function that these drivers do not have, and the process would end. */
  @Test
  void anOldDriverIsAskedForNoGraph() {
    assumeTrue(CudaBackendsForTests.isEmulated());
    EmulatorControls.pretend(80, 11030, 1);
    try (Backend old = new CudaBackend(0, DType.FLOAT32)) {
      assertFalse(old.records());
    }
    try (Backend old = new CudaBackend(0, DType.FLOAT32, GpuLibraries.NONE, CudaGraphs.ON)) {
      Tensor z = Tensor.empty(old, Shape.of(N));
      String said =
          assertThrows(DeviceException.class, () -> old.record(() -> z.fill(1))).getMessage();
      assertTrue(said.contains("470 or newer"), said);
    }
  }

  /** A buffer that is given back by everybody else stays the graph's. */
  @Test
  void whatItReadsIsKept() {
    Recording recording = backend.record(this::quadruple).orElseThrow();
    x.buffer().release();
    for (int i = 0; i < 4; i++) {
      Tensor.full(backend, Shape.of(N), -1);
    }
    y.fill(0);
    assertTrue(recording.replay());
    assertArrayEquals(values(4), y.toFloats());
    recording.close();
  }

  @Test
  void fillsAndCopiesAreRecorded() {
    Recording recording = backend.record(() -> {
      Tensor part = Tensor.empty(backend, Shape.of(N));
      part.fill(7);
      backend.memory().copy(x, part, N / 2);
      backend.memory().copy(part, y, N);
      part.buffer().release();
    }).orElseThrow();
    y.fill(0);
    assertTrue(recording.replay());
    float[] result = y.toFloats();
    assertEquals(N / 2 - 1, result[N / 2 - 1]);
    assertEquals(7, result[N / 2]);
    recording.close();
  }

  private void assertRefused(Runnable calls, String reason) {
    Runnable all = () -> {
      calls.run();
      quadruple();
    };
    assertEquals(Optional.empty(), backend.record(all));
    assertArrayEquals(values(4), y.toFloats());
    y.fill(0);
    quadruple(); // the device is as it was
    assertArrayEquals(values(4), y.toFloats());
    open(CudaGraphs.ON);
    DeviceException error = assertThrows(DeviceException.class, () -> backend.record(all));
    assertTrue(error.getMessage().contains(reason), error.getMessage());
  }

  @Test
  void whatComesFromTheHostIsRefused() {
    assertRefused(() -> backend.memory().upload(X, 0, x, N), "brings numbers from the host");
  }

  @Test
  void whatGoesToTheHostIsRefused() {
    assertRefused(() -> x.toFloats(), "brings numbers to the host");
  }

  @Test
  void waitingIsRefused() {
    assertRefused(() -> backend.synchronize(), "it waits for the GPU");
  }

  @Test
  void memoryThatLastsIsRefused() {
    List<Tensor> kept = new ArrayList<>();
    assertRefused(() -> kept.add(Tensor.full(backend, Shape.of(3), 1)), "keeps memory");
  }

  @Test
  void moreMemoryThanBeforeIsRefused() {
    int[] calls = {0};
    assertRefused(() -> Tensor.empty(backend, Shape.of(50_000 << calls[0]++)).buffer().release(),
        "more memory than the same calls took before");
  }

  @Test
  void aCallThatTheDriverRefusesMakesNoGraph() {
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU does not fail when asked");
    quadruple();
    backend.synchronize();
    EmulatorControls.failLaunch(3, 1); // the second one of the capture
    assertEquals(Optional.empty(), backend.record(this::quadruple));
    assertArrayEquals(values(4), y.toFloats());
    assertTrue(backend.record(this::quadruple).isPresent());
  }

  @Test
  void offRecordsNothing() {
    open(CudaGraphs.OFF);
    assertFalse(backend.records());
    assertEquals(Optional.empty(), backend.record(this::quadruple));
    assertArrayEquals(values(4), y.toFloats());
  }

  /** A graph's memory is there for those who need it. */
  @Test
  void graphsEndWhenMemoryIsShort() {
    assumeTrue(CudaBackendsForTests.isEmulated(), "takes all of a GPU's memory");
    Shape large = Shape.of(1 << 20);
    Runnable calls = () -> {
      Tensor part = Tensor.full(backend, large, 1);
      backend.memory().copy(part, y, N);
      part.buffer().release();
    };
    CudaBackendsForTests.leaveMemory(7L << 20);
    Recording recording = backend.record(calls).orElseThrow();
    assertTrue(recording.replay());
    Tensor another = Tensor.full(backend, large, 2);
    assertFalse(recording.replay(), "its memory went to the other");
    assertEquals(2, another.toFloats()[5]);
    assertEquals(1, y.toFloats()[5]);
    recording.close();
  }

  @Test
  void aLostDeviceIsToldAtTheReplay() {
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU is not lost when asked");
    Recording recording = backend.record(this::quadruple).orElseThrow();
    EmulatorControls.loseDevice(0);
    assertThrows(DeviceException.class, recording::replay);
    recording.close();
  }
}
