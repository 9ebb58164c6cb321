package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.CudaGraphs;
import org.swinengine.backend.DType;
import org.swinengine.backend.GpuLibraries;
import org.swinengine.backend.Later;
import org.swinengine.backend.Repetition;
import org.swinengine.backend.cuda.RecordedCalls.Asked;
import org.swinengine.fit.Step;
import org.swinengine.models.BatchInvariance;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.ops.DropoutOp;
import org.swinengine.optim.AdamW;
import org.swinengine.optim.Clipping;
import org.swinengine.optim.Lamb;
import org.swinengine.optim.Optimizer;
import org.swinengine.optim.Sgd;
import org.swinengine.optim.WeightAverage;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** Training steps as graphs against the same steps call by call: to the last bit. */
@Tag("cuda")
final class GraphedStepTest {
  private static final ModelSpec SPEC = BatchInvariance.models().get(0).withDropPath(0.5);
  private static final int BATCH = 2;
  private static final int STEPS = 5;

  /** What steps are made of. */
  enum Kind {
    ADAMW, SGD, LAMB, VALUE, ADAPTIVE, PARTS, CHECKPOINTS, DROPOUT
  }

  @BeforeEach
  void needsDevice() {
    CudaBackendsForTests.assumeAvailable();
  }

  @AfterEach
  void asEver() {
    CudaBackendsForTests.schedule(0);
  }

  private static Backend open(DType type, CudaGraphs graphs) {
    return new CudaBackend(0, type, GpuLibraries.NONE, graphs);
  }

  private static Backend openTensorFloat(CudaGraphs graphs) {
    return new CudaBackend(0, DType.FLOAT32, GpuLibraries.NONE, graphs, true);
  }

  /** A training whose every step has other pictures, labels, rates and random decisions. */
  private static final class Training {
    private final Backend backend;
    private final Kind kind;
    private final Model model;
    private final Optimizer optimizer;
    private final WeightAverage average;
    private final Step step;
    private final int parts;
    private final Deque<Later<?>> asked = new ArrayDeque<>();
    final List<Double> found = new ArrayList<>();

    /** The step whose pictures are no numbers. */
    int poisoned = -1;

    Training(Backend backend, Kind kind) {
      this.backend = backend;
      this.kind = kind;
      double dropout = kind == Kind.DROPOUT ? 0.2 : 0;
      model =
          Models.create(
              new ModelSpec(
                  SPEC.name(), SPEC.imageHeight(), SPEC.imageWidth(), SPEC.channels(), SPEC.classes(),
                  dropout, SPEC.dropPathRate(), SPEC.architecture()));
      ParameterArena arena = new ParameterArena(backend, model.parameters(), 17);
      optimizer = switch (kind) {
        case SGD -> new Sgd(arena, new Sgd.Options(0.9, true, 0.01, false));
        case LAMB -> new Lamb(arena, Lamb.Options.DEFAULT);
        default -> new AdamW(
            arena, AdamW.Options.DEFAULT, parameter -> parameter.path().startsWith("head") ? 1 : 0.5);
      };
      average = new WeightAverage(arena, WeightAverage.Options.of(0.9).warmingUp());
      parts = kind == Kind.PARTS ? 2 : 1;
      step = new Step(optimizer, parts);
    }

    void take(int number, int batch) {
      try (Repetition repeated = backend.repeating(batch)) {
        for (int part = 0; part < parts; part++) {
          repeated.flush();
          Random random = new Random(100L * number + part);
          float[] values = new float[batch * SPEC.channels() * SPEC.imageHeight() * SPEC.imageWidth()];
          for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
          }
          values[0] = number == poisoned ? Float.NaN : values[0];
          int[] labels = random.ints(batch, 0, SPEC.classes()).toArray();
          ForwardMode mode =
              ForwardMode.training(3, number, (long) part * batch, kind == Kind.CHECKPOINTS);
          asked.add(step.accumulate(() -> loss(values, labels, mode)).map(loss -> {
            found.add(loss);
            return loss;
          }));
        }
        double rate = 1e-3 * (1 + number % 3);
        Clipping clipping = switch (kind) {
          case VALUE -> Clipping.value(1e-3);
          case ADAPTIVE -> Clipping.adaptive(0.01);
          default -> Clipping.norm(0.5);
        };
        asked.add(step.update(rate, clipping).map(result -> {
          found.add(result.gradientNorm());
          return result;
        }));
        average.update(optimizer);
      }
      learn(1 + parts);
    }

    void learn(int most) {
      while (asked.size() > most) {
        asked.remove().get();
      }
    }

    private Variable loss(float[] values, int[] labels, ForwardMode mode) {
      Shape shape = Shape.of(labels.length, SPEC.channels(), SPEC.imageHeight(), SPEC.imageWidth());
      Variable images = Variable.constant(Tensor.of(backend, shape, values));
      Variable logits =
          DropoutOp.apply(model.forward(images, mode), 0.1, mode.key("logits"), mode.firstSample());
      return CrossEntropyOp.apply(
          logits, Tensor.ofInts(backend, Shape.of(labels.length), labels), 0.1);
    }

    /** All that the steps have changed or found. */
    List<float[]> results() {
      learn(0);
      List<float[]> all = new ArrayList<>();
      all.add(optimizer.arena().values().toFloats());
      all.add(average.values().toFloats());
      optimizer.state().values().forEach(each -> all.add(each.toFloats()));
      float[] numbers = new float[found.size()];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = found.get(i).floatValue();
      }
      all.add(numbers);
      return all;
    }
  }

  private static void assertSame(List<float[]> expected, List<float[]> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), "result " + i); // by their bits
    }
  }

  private static List<float[]> trained(DType type, CudaGraphs graphs, Function<Backend, Training> begun,
      int... batches) {
    return trained(open(type, graphs), begun, batches);
  }

  /** On a backend that is closed then. */
  private static List<float[]> trained(
      Backend opened, Function<Backend, Training> begun, int... batches) {
    try (Backend backend = opened) {
      Training training = begun.apply(backend);
      for (int i = 0; i < batches.length; i++) {
        training.take(i, batches[i]);
      }
      return training.results();
    }
  }

  private static int[] alike() {
    int[] batches = new int[STEPS];
    Arrays.fill(batches, BATCH);
    return batches;
  }

  @ParameterizedTest
  @EnumSource
  void aStepHasTheSameBits(Kind kind) {
    Function<Backend, Training> begun = backend -> new Training(backend, kind);
    assertSame(
        trained(DType.FLOAT32, CudaGraphs.OFF, begun, alike()),
        trained(DType.FLOAT32, CudaGraphs.ON, begun, alike()));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 3})
  void aStepInBf16HasTheSameBits(int schedule) {
    CudaBackendsForTests.schedule(schedule);
    Function<Backend, Training> begun = backend -> new Training(backend, Kind.ADAMW);
    assertSame(
        trained(DType.BF16, CudaGraphs.OFF, begun, alike()),
        trained(DType.BF16, CudaGraphs.ON, begun, alike()));
  }

  /** Its products with dropout are kernels of their own. */
  @Test
  void aStepInTf32WithDropoutHasTheSameBits() {
    Function<Backend, Training> begun = backend -> new Training(backend, Kind.DROPOUT);
    assertSame(
        trained(openTensorFloat(CudaGraphs.OFF), begun, alike()),
        trained(openTensorFloat(CudaGraphs.ON), begun, alike()));
  }

  /** Epochs end with smaller batches; steps are not finite, and those after them change nothing. */
  @Test
  void stepsThatDifferHaveTheSameBits() {
    Function<Backend, Training> begun = backend -> {
      Training training = new Training(backend, Kind.SGD);
      training.poisoned = 5;
      return training;
    };
    int[] batches = {2, 2, 2, 2, 1, 2, 2, 2, 2, 2};
    List<float[]> expected = trained(DType.FLOAT32, CudaGraphs.OFF, begun, batches);
    assertSame(expected, trained(DType.FLOAT32, CudaGraphs.AUTO, begun, batches));
    float[] found = expected.get(expected.size() - 1);
    assertTrue(Float.isNaN(found[2 * 5]) && Float.isFinite(found[found.length - 1]));
  }

  /** A step's memory serves others then, and steps that come nevertheless are made anew. */
  @Test
  void graphsThatAreEndedKeepNothing() {
    List<float[]> expected =
        trained(DType.FLOAT32, CudaGraphs.OFF, backend -> new Training(backend, Kind.ADAMW), alike());
    try (Backend backend = open(DType.FLOAT32, CudaGraphs.ON)) {
      Training training = new Training(backend, Kind.ADAMW);
      for (int i = 0; i < STEPS; i++) {
        if (i == 4) {
          training.learn(0);
          long before = backend.memory().statistics().pooledBytes();
          backend.endRepetitions();
          long after = backend.memory().statistics().pooledBytes();
          assertTrue(after - before > 64 << 10, before + " bytes in the pool before, " + after + " after");
        }
        training.take(i, BATCH);
      }
      assertSame(expected, training.results());
    }
  }

  /** From the fourth step on: one copy of numbers, one launch. */
  @Test
  void aStepIsOneLaunch() {
    assumeTrue(CudaBackendsForTests.isEmulated());
    try (Backend backend = open(DType.FLOAT32, CudaGraphs.ON)) {
      Training training = new Training(backend, Kind.ADAMW);
      for (int i = 0; i < 3; i++) {
        training.take(i, BATCH);
      }
      for (int i = 3; i < 5; i++) {
        int number = i;
        List<Asked> calls =
            RecordedCalls.of(() -> training.take(number, BATCH)).stream().map(RecordedCalls.Call::what)
                .toList();
        assertEquals(1, calls.stream().filter(Asked.GRAPH_LAUNCH::equals).count(), calls.toString());
        assertEquals(0, calls.stream().filter(Asked.LAUNCH::equals).count(), calls.toString());
        assertEquals(0, calls.stream().filter(Asked.STREAM_WAIT::equals).count(), calls.toString());
        assertTrue(calls.size() < 12, calls.toString());
      }
      training.results();
    }
  }
}
