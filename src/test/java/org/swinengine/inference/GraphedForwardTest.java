package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.CudaGraphs;
import org.swinengine.backend.GpuLibraries;
import org.swinengine.backend.PixelBatch;
import org.swinengine.backend.Precision;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.backend.cuda.RecordedCalls;
import org.swinengine.models.BatchInvariance;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.optim.WeightAverage;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** Passes as graphs, on a GPU or the emulated one, against the same passes call by call: to the last bit. */
@Tag("cuda")
final class GraphedForwardTest {
  private static final ModelSpec SWIN = BatchInvariance.models().get(0);
  private static final ModelSpec SWIN_V2 = BatchInvariance.models().get(2);

  @BeforeEach
  void needsDevice() {
    CudaBackendsForTests.assumeAvailable();
  }

  @AfterEach
  void usualSchedule() {
    CudaBackendsForTests.schedule(0);
  }

  private static Backend open(Precision precision, CudaGraphs graphs) {
    return Backends.open("cuda", 0, precision, GpuLibraries.NONE, graphs, remark -> {});
  }

  private static Model model(Backend backend, ModelSpec spec) {
    Model model = Models.create(spec);
    model.parameters().forEach(parameter -> parameter.setTrainable(false));
    new ParameterArena(backend, model.parameters(), 17);
    return model;
  }

  private static Shape shape(ModelSpec spec, int batch) {
    return Shape.of(batch, spec.channels(), spec.imageHeight(), spec.imageWidth());
  }

  /** Pictures of their own for each number. */
  private static float[] images(ModelSpec spec, int batch, int number) {
    Random random = new Random(number);
    float[] values = new float[Math.toIntExact(shape(spec, batch).elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float[] logits(GraphedForward forward, int batch, int number) {
    ModelSpec spec = forward.model().spec();
    return forward.apply(
        images(spec, batch, number), shape(spec, batch), logits -> logits.value().toFloats());
  }

  /** Batches as an evaluation and a service have them, each with other pictures. */
  private static List<float[]> passes(GraphedForward forward) {
    int[] batches = {2, 2, 2, 1, 2, 1, 1, 2, 3, 1};
    List<float[]> all = new ArrayList<>();
    for (int i = 0; i < batches.length; i++) {
      all.add(logits(forward, batches[i], i));
    }
    return all;
  }

  private static void assertSame(List<float[]> expected, List<float[]> actual, String what) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), what + ", pass " + i); // by their bits
    }
  }

  static List<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (ModelSpec spec : BatchInvariance.models()) {
      cases.add(Arguments.of(spec, Precision.FULL));
      cases.add(Arguments.of(spec, Precision.MIXED));
    }
    return cases;
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("cases")
  void aGraphGivesTheSameBits(ModelSpec spec, Precision precision) {
    List<float[]> expected;
    try (Backend backend = open(precision, CudaGraphs.OFF);
        GraphedForward forward = new GraphedForward(model(backend, spec), backend)) {
      assertFalse(backend.records());
      expected = passes(forward);
    }
    // What nobody wrote is NaN, in a graph each time that it runs.
    System.setProperty("swin.poison", "true");
    try {
      for (int schedule : CudaBackendsForTests.schedules()) {
        CudaBackendsForTests.schedule(schedule);
        try (Backend backend = open(precision, CudaGraphs.ON);
            GraphedForward forward = new GraphedForward(model(backend, spec), backend)) {
          assertSame(expected, passes(forward), spec.name() + ", schedule " + schedule);
        }
      }
    } finally {
      System.clearProperty("swin.poison");
    }
  }

  @Test
  void imagesOnTheDeviceDoAsWell() {
    try (Backend backend = open(Precision.FULL, CudaGraphs.ON);
        GraphedForward forward = new GraphedForward(model(backend, SWIN), backend);
        Scope scope = Scope.open()) {
      float[] expected = logits(forward, 2, 5);
      for (int i = 0; i < 3; i++) {
        logits(forward, 2, i);
        Tensor images = Tensor.of(backend, shape(SWIN, 2), images(SWIN, 2, 5));
        assertArrayEquals(expected, forward.apply(images, logits -> logits.value().toFloats()));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  void picturesComeAsPixelsToo(Precision precision) {
    List<float[]> expected = pixels(precision, CudaGraphs.OFF);
    assertFalse(Arrays.equals(expected.get(2), expected.get(3)));
    assertSame(expected, pixels(precision, CudaGraphs.ON), "pixels");
  }

  private static List<float[]> pixels(Precision precision, CudaGraphs graphs) {
    List<float[]> all = new ArrayList<>();
    Shape shape = shape(SWIN, 2);
    float[] levels = new float[SWIN.channels() * 256];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (i % 256 - 100) / 60f;
    }
    try (Backend backend = open(precision, graphs);
        GraphedForward forward = new GraphedForward(model(backend, SWIN), backend)) {
      for (int i = 0; i < 5; i++) {
        byte[] pixels = new byte[Math.toIntExact(shape.elements())];
        new Random(i).nextBytes(pixels);
        PixelBatch batch =
            new PixelBatch(pixels, 2, SWIN.channels(), SWIN.imageHeight(), SWIN.imageWidth(), levels, null);
        all.add(forward.apply(batch, logits -> logits.value().toFloats()));
      }
    }
    return all;
  }

  /** Versions of weights: changed in place, exchanged for an average, moved to another place. */
  @ParameterizedTest
  @MethodSource("precisions")
  void otherWeightsGiveOtherLogits(Precision precision) {
    List<float[]> expected = otherWeights(precision, CudaGraphs.OFF);
    assertFalse(Arrays.equals(expected.get(0), expected.get(3)));
    assertFalse(Arrays.equals(expected.get(3), expected.get(6)));
    assertArrayEquals(expected.get(3), expected.get(9));
    assertSame(expected, otherWeights(precision, CudaGraphs.ON), "other weights");
  }

  static Precision[] precisions() {
    return new Precision[] {Precision.FULL, Precision.MIXED};
  }

  private static List<float[]> otherWeights(Precision precision, CudaGraphs graphs) {
    List<float[]> all = new ArrayList<>();
    Model model = Models.create(SWIN_V2);
    try (Backend backend = open(precision, graphs)) {
      ParameterArena arena = new ParameterArena(backend, model.parameters(), 3);
      WeightAverage average = new WeightAverage(arena, WeightAverage.Options.of(0.5));
      try (GraphedForward forward = new GraphedForward(model, backend)) {
        several(forward, all);
        for (Parameter parameter : model.parameters()) {
          double[] values = parameter.value().toDoubles();
          for (int i = 0; i < values.length; i++) {
            values[i] = 1.1 * values[i] + 0.01;
          }
          backend.memory().upload(values, 0, parameter.value(), values.length);
          parameter.touch();
        }
        several(forward, all);
        try (WeightAverage.Swap swap = average.swapIn()) {
          several(forward, all);
        }
        ParameterArena moved = arena.training(parameter -> parameter.path().startsWith("head"));
        assertTrue(moved.trainedCount() > 0);
        several(forward, all);
      }
    }
    return all;
  }

  private static void several(GraphedForward forward, List<float[]> all) {
    for (int i = 0; i < 3; i++) {
      all.add(logits(forward, 2, 1));
    }
  }

  @Test
  void manyThreadsAskAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (Backend plain = open(Precision.MIXED, CudaGraphs.OFF);
        GraphedForward expected = new GraphedForward(model(plain, SWIN), plain);
        Backend backend = open(Precision.MIXED, CudaGraphs.AUTO);
        GraphedForward forward = new GraphedForward(model(backend, SWIN), backend)) {
      CudaBackendsForTests.schedule(3);
      List<Future<float[]>> answers = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        int number = i;
        // Shapes come and go: one more than is kept.
        answers.add(
            threads.submit(() -> logits(forward, 1 + number % (1 + GraphedForward.MOST_SHAPES), number)));
      }
      for (int i = 0; i < answers.size(); i++) {
        assertArrayEquals(
            logits(expected, 1 + i % (1 + GraphedForward.MOST_SHAPES), i), answers.get(i).get(), "pass " + i);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aReplayIsOneLaunch() {
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU does not count");
    try (Backend backend = open(Precision.MIXED, CudaGraphs.ON);
        GraphedForward forward = new GraphedForward(model(backend, SWIN), backend)) {
      Map<RecordedCalls.Asked, Integer> first = calls(forward);
      assertTrue(first.get(RecordedCalls.Asked.LAUNCH) > 20, first + "");
      logits(forward, 1, 1);
      Map<RecordedCalls.Asked, Integer> replay = calls(forward);
      assertEquals(Map.of(
          RecordedCalls.Asked.UPLOAD, 1, RecordedCalls.Asked.GRAPH_LAUNCH, 1, RecordedCalls.Asked.DOWNLOAD, 1,
          RecordedCalls.Asked.STREAM_WAIT, 1), replay);
    }
  }

  /** But events, which a copy before has long reached. */
  private static Map<RecordedCalls.Asked, Integer> calls(GraphedForward forward) {
    Map<RecordedCalls.Asked, Integer> counts = new EnumMap<>(RecordedCalls.Asked.class);
    RecordedCalls.of(() -> logits(forward, 1, 0)).stream()
        .filter(call -> call.what() != RecordedCalls.Asked.EVENT_WAIT)
        .forEach(call -> counts.merge(call.what(), 1, Integer::sum));
    return counts;
  }

  @Test
  void memoryIsGivenBack() {
    try (Backend backend = open(Precision.FULL, CudaGraphs.ON)) {
      Model model = model(backend, SWIN_V2);
      GraphedForward forward = new GraphedForward(model, backend);
      logits(forward, 1, 0);
      long before = backend.memory().statistics().liveBytes();
      logits(forward, 1, 1);
      long held = backend.memory().statistics().liveBytes();
      assertTrue(held > before, "a graph holds memory");
      logits(forward, 1, 2);
      assertEquals(held, backend.memory().statistics().liveBytes(), "a replay takes none");
      for (int batch = 1; batch <= GraphedForward.MOST_SHAPES; batch++) {
        logits(forward, batch + 1, 0);
      }
      assertEquals(before, backend.memory().statistics().liveBytes(), "of a shape that was forgotten");
      logits(forward, 2, 0);
      assertTrue(backend.memory().statistics().liveBytes() > before);
      forward.close();
      assertEquals(before, backend.memory().statistics().liveBytes(), "after the end");
    }
  }
}
