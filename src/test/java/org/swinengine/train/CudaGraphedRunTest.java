package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.CudaGraphs;
import org.swinengine.backend.GpuLibraries;
import org.swinengine.backend.Precision;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.backend.cuda.RecordedCalls;
import org.swinengine.backend.cuda.RecordedCalls.Asked;
import org.swinengine.data.Mixup;
import org.swinengine.data.segmentation.MaskWorld;
import org.swinengine.train.recipe.SegmentRecipe;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.tuning.FineTuning;
import org.swinengine.train.tuning.Freeze;

/** Runs whose steps are graphs write what runs write whose steps are made call by call. */
@Tag("cuda")
class CudaGraphedRunTest {
  @TempDir
  private Path folder;

  /** What runs have. */
  enum Kind {
    MIXED, WEIGHTED, GRADUAL, TAUGHT, PIXELS, OVERLAPPING
  }

  @BeforeAll
  static void needsDevice() {
    CudaBackendsForTests.assumeAvailable();
  }

  private Path run(TrainConfig config, Kind kind, CudaGraphs graphs) throws IOException {
    boolean pixels = kind == Kind.PIXELS || kind == Kind.OVERLAPPING;
    try (Backend backend = open(graphs)) {
      Trainer trainer =
          pixels
              ? new Trainer(config, backend, TrainListener.SILENT)
              : new Trainer(config, Tiny.data(), backend, TrainListener.SILENT);
      return trainer.run().folder();
    }
  }

  private TrainConfig.Builder config(Kind kind, String tag) throws IOException {
    Path runs = folder.resolve("runs");
    TrainConfig.Builder tiny = Tiny.config(runs).toBuilder().tag(tag);
    return switch (kind) {
      case MIXED -> tiny.set("mixup", 0.8).set("cutmix", 1.0).set("mixupMode", Mixup.Mode.ELEM)
          .set("modelEmaDecay", 0.9).batchSize(8).set("accumulationSteps", 2);
      case WEIGHTED -> tiny.batchSize(8).set("accumulationSteps", 2)
          .set("classWeights", LossSettings.ClassWeighting.BALANCED);
      case GRADUAL -> tiny.epochs(2).batchSize(10).set("modelEmaDecay", 0.9).fineTuning(
          FineTuning.NONE.withFreeze(Freeze.BACKBONE).withUnfreezeAfter(1).withLayerDecay(0.7));
      case TAUGHT -> tiny.epochs(1).batchSize(10)
          .set("teacher", teacher(runs).toString())
          .set("distillationType", LossSettings.Distillation.SOFT).set("distillationAlpha", 0.5);
      case PIXELS -> pixels(MaskWorld.pairs(folder.resolve("pairs"), 20, 255), runs, tag);
      case OVERLAPPING -> pixels(MaskWorld.classes(folder.resolve("classes"), 20), runs, tag)
          .set("classWeights", LossSettings.ClassWeighting.BALANCED);
    };
  }

  private static TrainConfig.Builder pixels(Path data, Path runs, String tag) {
    return SegmentRecipe.of(data, SegmentRunTest.model())
        .epochs(2).batchSize(2).learningRate(5e-3).warmupSteps(2).seed(5).output(runs).tag(tag);
  }

  private Path teacher(Path runs) throws IOException {
    TrainConfig config =
        Tiny.config(runs).toBuilder().model(Tiny.steadyModel()).tag("teacher").epochs(1).build();
    return run(config, Kind.MIXED, CudaGraphs.OFF).resolve("best.safetensors");
  }

  @ParameterizedTest
  @EnumSource
  void aRunHasTheSameBits(Kind kind) throws IOException {
    Path expected = run(config(kind, "calls").build(), kind, CudaGraphs.OFF);
    TrainConfig config = config(kind, "graphs").build();
    Path[] actual = new Path[1];
    long graphs = RecordedCalls.of(() -> {
      try {
        actual[0] = run(config, kind, CudaGraphs.ON);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }).stream().filter(call -> call.what() == Asked.GRAPH_LAUNCH).count();
    TrainerTest.assertSameRuns(expected, actual[0]);
    assertTrue(graphs >= 5, graphs + " graphs");
  }

  /** What some work gives call by call and as graphs, of which there must be so many. */
  private static <T> void assertGraphsChangeNothing(long least, Function<Backend, T> work) {
    T expected;
    try (Backend backend = open(CudaGraphs.OFF)) {
      expected = work.apply(backend);
    }
    List<T> found = new ArrayList<>();
    long graphs = RecordedCalls.of(() -> {
      try (Backend backend = open(CudaGraphs.ON)) {
        found.add(work.apply(backend));
      }
    }).stream().filter(call -> call.what() == Asked.GRAPH_LAUNCH).count();
    assertEquals(expected, found.get(0));
    assertTrue(graphs >= least, graphs + " graphs");
  }

  private static Backend open(CudaGraphs graphs) {
    return Backends.open("cuda", 0, Precision.FULL, GpuLibraries.NONE, graphs, remark -> {});
  }

  /** Steps of the search for a rate are all alike: from the third on a graph each. */
  @Test
  void theSearchForARateSeesTheSame() {
    TrainConfig config = Tiny.config(folder.resolve("runs")).toBuilder().batchSize(4).build();
    assertGraphsChangeNothing(4, backend -> {
      List<Double> losses = new ArrayList<>();
      try (TrainingSetup setup = new TrainingSetup(config, Tiny.data(), backend)) {
        Object likeness = new Object();
        for (int i = 0; i < 6; i++) {
          losses.add(RateFinder.step(setup, i, 1e-3 * (i + 1), likeness));
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      return losses;
    });
  }

  /** Each step waits for its loss: two graphs. */
  @Test
  void theCheckThatAModelLearnsSeesTheSame() {
    TrainConfig config = Tiny.config(folder.resolve("runs"));
    assertGraphsChangeNothing(8, backend -> {
      List<Double> losses = new ArrayList<>();
      try {
        OverfitCheck.run(config, Tiny.data(), backend, 7, (steps, loss) -> losses.add(loss));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      return losses;
    });
  }
}
