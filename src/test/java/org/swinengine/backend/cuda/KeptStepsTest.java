package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
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
import org.swinengine.backend.DeviceOutOfMemoryError;
import org.swinengine.backend.GpuLibraries;
import org.swinengine.backend.Later;
import org.swinengine.backend.Repetition;
import org.swinengine.backend.cuda.RecordedCalls.Asked;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** What of a step's calls is kept, what ends that, and what becomes of the memory. */
@Tag("cuda")
final class KeptStepsTest {
  private static final int N = 1000;
  private static final int STEPS = 6;

  private Backend backend;
  private Tensor x;
  private Tensor y;

  @BeforeEach
  void open() {
    CudaBackendsForTests.assumeAvailable();
    open(CudaGraphs.AUTO);
  }

  private void open(CudaGraphs use) {
    close();
    backend = new CudaBackend(0, DType.FLOAT32, GpuLibraries.NONE, use);
    x = Tensor.full(backend, Shape.of(N), 1);
    y = Tensor.full(backend, Shape.of(N), 0);
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

  /** Kinds of calls of a step. */
  private List<Asked> step(Object likeness, Runnable calls) {
    return RecordedCalls.of(() -> {
      try (Repetition step = backend.repeating(likeness)) {
        calls.run();
      }
    }).stream().map(RecordedCalls.Call::what).toList();
  }

  /** The graphs that each of some steps launches. */
  private List<Long> graphs(IntConsumer calls) {
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU does not count");
    List<Long> graphs = new ArrayList<>();
    for (int i = 0; i < STEPS; i++) {
      int number = i;
      graphs.add(
          step("a step", () -> calls.accept(number)).stream().filter(Asked.GRAPH_LAUNCH::equals).count());
    }
    return graphs;
  }

  private void assertFour() {
    for (float value : y.toFloats()) {
      assertEquals(4, value);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 7})
  void callsAreMadeInTheirOrder(int schedule) {
    CudaBackendsForTests.schedule(schedule);
    for (int i = 1; i <= STEPS; i++) {
      float[] numbers = {i, 2 * i};
      Later<double[]> later;
      try (Repetition step = backend.repeating("a step")) {
        Tensor first = Tensor.full(backend, Shape.of(2), 10);
        Tensor second = Tensor.of(backend, Shape.of(2), numbers);
        backend.pointwise().add(2, first, second, first);
        later = first.toDoublesLater();
        backend.pointwise().add(2, first, first, first);
        backend.memory().copy(first, y, 2);
        first.buffer().release();
        second.buffer().release();
      }
      assertArrayEquals(new double[] {10 + i, 10 + 2 * i}, later.get());
      float[] result = y.toFloats();
      assertEquals(2 * (10 + i), result[0]);
      assertEquals(2 * (10 + 2 * i), result[1]);
    }
  }

  @Test
  void theThirdStepBecomesAGraph() {
    assertEquals(List.of(0L, 0L, 1L, 1L, 1L, 1L), graphs(number -> quadruple()));
    assertFour();
  }

  /** What waits, and pixels, come where the code has them. */
  @Test
  void aWaitCutsAStep() {
    assertEquals(List.of(0L, 0L, 2L, 2L, 2L, 2L), graphs(number -> {
      y.fill(7);
      quadruple();
      assertEquals(4, y.toFloats()[N - 1]);
      y.fill(-1);
      quadruple();
    }));
    assertFour();
  }

  /** A call that differs is made as it is; the steps after it may become graphs again. */
  @Test
  void aStepThatDiffersRunsCallByCall() {
    assertEquals(List.of(0L, 0L, 1L, 0L, 0L, 1L), graphs(number -> {
      quadruple();
      if (number == 3) {
        y.fill(3);
        assertEquals(3, y.toFloats()[0]);
        quadruple();
      }
    }));
    assertFour();
  }

  @Test
  void stepsThatAlwaysDifferAreGivenUp() {
    int[] number = {0};
    Runnable calls = () -> {
      y.fill(number[0]++);
      quadruple();
    };
    for (int i = 0; i < 30; i++) {
      step("a step", calls);
    }
    assertFour();
    assertFalse(step("a step", calls).contains(Asked.GRAPH_LAUNCH));
    open(CudaGraphs.ON);
    String said = assertThrows(DeviceException.class, () -> {
      for (int i = 0; i < 30; i++) {
        step("a step", calls);
      }
    }).getMessage();
    assertTrue(said.contains("differ from step to step") && said.contains("cudaGraphs"), said);
  }

  @Test
  void stepsThatKeepMemoryAreGivenUp() {
    List<Tensor> kept = new ArrayList<>();
    Runnable calls = () -> {
      quadruple();
      kept.add(Tensor.full(backend, Shape.of(N), kept.size()));
    };
    for (int i = 0; i < 20; i++) {
      step("a step", calls);
    }
    assertFour();
    for (int i = 0; i < 20; i++) {
      assertEquals(i, kept.get(i).toFloats()[7], "memory that lasts");
    }
  }

  /** Memory that somebody else gives back while a kept call reads it. */
  @Test
  void whatKeptCallsReadIsKept() {
    for (int i = 1; i <= STEPS; i++) {
      Tensor read = Tensor.full(backend, Shape.of(N), i);
      try (Repetition step = backend.repeating("a step")) {
        backend.pointwise().add(N, read, read, y);
        read.buffer().release();
        Thread other = new Thread(() -> Tensor.full(backend, Shape.of(N), -1));
        other.start();
        other.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      assertEquals(2 * i, y.toFloats()[3]);
    }
  }

  /** In the middle of a step, and between two. */
  @Test
  void graphsEndWhenMemoryIsShort() {
    assumeTrue(CudaBackendsForTests.isEmulated(), "takes all of a GPU's memory");
    Shape large = Shape.of(1 << 20);
    Runnable calls = () -> {
      Tensor part = Tensor.full(backend, large, 4);
      backend.memory().copy(part, y, N);
      part.buffer().release();
    };
    CudaBackendsForTests.leaveMemory(11L << 20); // the step's room of 4 MiB, and one such tensor
    for (int i = 0; i < STEPS; i++) {
      step("a step", calls);
    }
    y.fill(0);
    Tensor another = Tensor.full(backend, large, 2);
    assertEquals(2, another.toFloats()[5]);
    another.buffer().release();
    assertFalse(step("a step", calls).contains(Asked.GRAPH_LAUNCH), "it would be short again");
    assertFour();
    Object other = "another kind";
    for (int i = 0; i < STEPS; i++) {
      step(other, this::quadruple);
    }
    step(other, () -> {
      quadruple();
      List<Tensor> all = new ArrayList<>();
      assertThrows(DeviceOutOfMemoryError.class, () -> {
        while (true) {
          all.add(Tensor.empty(backend, large));
        }
      });
      all.forEach(each -> each.buffer().release());
    });
    assertFour();
    assertFalse(step(other, this::quadruple).contains(Asked.GRAPH_LAUNCH));
  }

  @Test
  void offKeepsNothing() {
    open(CudaGraphs.OFF);
    assertEquals(List.of(0L, 0L, 0L, 0L, 0L, 0L), graphs(number -> quadruple()));
  }

  /** What the code throws is not lost, nor is what it had asked for. */
  @Test
  void aStepThatFailsHasMadeItsCalls() {
    for (int i = 0; i < 4; i++) {
      boolean fails = i == 3;
      y.fill(0);
      Runnable calls = () -> {
        quadruple();
        if (fails) {
          throw new IllegalStateException("in the middle");
        }
      };
      if (fails) {
        assertThrows(IllegalStateException.class, () -> step("a step", calls));
      } else {
        step("a step", calls);
      }
      assertFour();
    }
  }

  @Test
  void aLostDeviceIsTold() {
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU is not lost when asked");
    for (int i = 0; i < 4; i++) {
      step("a step", this::quadruple);
    }
    EmulatorControls.loseDevice(0);
    assertThrows(DeviceException.class, () -> {
      step("a step", this::quadruple);
      backend.synchronize();
    });
  }
}
