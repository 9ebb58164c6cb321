package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.optim.OneCycleSchedule;
import org.swinengine.report.EpochMetrics;
import org.swinengine.train.settings.Augmentation;
import org.swinengine.train.settings.ScheduleSettings;
import org.swinengine.train.tuning.CacheFeatures;
import org.swinengine.train.tuning.FineTuning;
import org.swinengine.train.tuning.Freeze;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/** Runs that train a part of the model first, and all of it from an epoch on. */
@Tag("numerics")
final class GradualRunTest {
  private static final int STEPS = 5;

  @TempDir
  Path output;

  /** Stands for a killed process: nothing of the run gets a chance to write. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private static TrainResult run(TrainConfig config, TrainListener listener) throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      return new Trainer(config, Tiny.data(), backend, listener).run();
    }
  }

  /** Three epochs, of which the first trains the head alone; {@code cached}: on features, unvaried. */
  private TrainConfig config(String tag, boolean cached) {
    TrainConfig.Builder builder =
        Tiny.config(output).toBuilder().tag(tag).epochs(3).set("colorJitter", 0.0).set("erasing", 0.0)
            .fineTuning(
                FineTuning.NONE.withFreeze(Freeze.BACKBONE).withUnfreezeAfter(1).withLayerDecay(0.7)
                    .withHeadRate(2))
            .set("schedule", ScheduleSettings.Kind.ONECYCLE);
    return cached
        ? builder.augmentation(Augmentation.of(Map.of())).build()
        : builder.set("modelEmaDecay", 0.9).set("accumulationSteps", 1).build();
  }

  /**
   * @param steps after which the process dies: in the frozen epoch, at its last step, at the first one of all
   *     parameters, within and at the end of their first epoch; a checkpoint is written every two steps
   */
  @ParameterizedTest
  @CsvSource({"3,false", "5,false", "6,false", "7,false", "8,true", "9,false", "10,false", "11,true",
    "4,true"})
  void aKilledRunEndsAsIfItHadNotBeenKilled(int steps, boolean cached) throws IOException {
    Path expected = run(config("whole", cached), TrainListener.SILENT).folder();
    TrainConfig saving = config("killed", cached).toBuilder().saveEverySteps(2).build();
    TrainListener killer =
        new TrainListener() {
          private int done;

          @Override
          public void step(int epoch, int step, int of, double loss, double lr, double rate) {
            if (++done == steps) {
              throw new Killed();
            }
          }
        };
    assertThrows(Killed.class, () -> run(saving, killer));
    TrainerTest.assertSameRuns(
        expected, run(TrainConfigFile.ofRun(output, "killed"), TrainListener.SILENT).folder());
  }

  /** Between the last epoch of the head alone and the first step of all: from there nothing has moved yet. */
  @ParameterizedTest
  @CsvSource({"false", "true"})
  void aRunKilledOrStoppedAtTheChangeGoesOn(boolean cached) throws IOException {
    Path expected = run(config("whole", cached), TrainListener.SILENT).folder();
    TrainListener killer =
        new TrainListener() {
          @Override
          public void epoch(EpochMetrics metrics) {
            throw new Killed();
          }
        };
    assertThrows(Killed.class, () -> run(config("killed", cached), killer));
    TrainerTest.assertSameRuns(
        expected, run(TrainConfigFile.ofRun(output, "killed"), TrainListener.SILENT).folder());

    Trainer[] stopped = new Trainer[1];
    TrainListener stopper =
        new TrainListener() {
          @Override
          public void epoch(EpochMetrics metrics) {
            stopped[0].requestStop();
          }
        };
    try (Backend backend = Backends.open("cpu", 2)) {
      stopped[0] = new Trainer(config("stopped", cached), Tiny.data(), backend, stopper);
      assertEquals(TrainResult.Status.INTERRUPTED, stopped[0].run().status());
    }
    TrainerTest.assertSameRuns(
        expected, run(TrainConfigFile.ofRun(output, "stopped"), TrainListener.SILENT).folder());
  }

  /** The features of the frozen part of a run give the bits that images give. */
  @Test
  void keptFeaturesChangeNoBit() throws IOException {
    List<Integer> computed = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void features(int done, int images) {
            computed.add(images);
          }
        };
    StateDict kept = last(run(config("kept", true), listener));
    assertFalse(computed.isEmpty(), "features are kept");
    TrainConfig.Builder off = config("off", true).toBuilder();
    StateDict anew =
        last(run(off.set("cacheFeatures", CacheFeatures.OFF).build(),
            TrainListener.SILENT));
    for (String name : anew.names()) {
      assertArrayEquals(anew.get(name).toFloats(), kept.get(name).toFloats(), name);
    }
  }

  private static StateDict last(TrainResult result) {
    return Safetensors.read(result.folder().resolve("last.safetensors"));
  }

  @Test
  void theBackboneStaysUntilItIsItsTurn() throws IOException {
    TrainConfig gradual = config("gradual", false);
    StateDict first =
        last(run(
            gradual.toBuilder().tag("first").epochs(1)
                .fineTuning(gradual.fineTuning().withUnfreezeAfter(0)).build(),
            TrainListener.SILENT));
    assertFalse(first.contains("optimizer.exp_avg.patch_embed.proj.weight"), "the backbone is frozen");
    StateDict all = last(run(gradual, TrainListener.SILENT));
    String embedding = "patch_embed.proj.weight";
    assertFalse(Arrays.equals(first.get(embedding).toFloats(), all.get(embedding).toFloats()));
    assertEquals(2 * STEPS, all.get("optimizer.step." + embedding).toLongs()[0]);
    assertFalse(all.contains("optimizer.step.head.weight"), "the head was trained in all steps");
  }

  /** fastai's fine_tune: the head's cycle, then one of half the rate. */
  @Test
  void eachPartHasACycle() {
    TrainConfig config = config("x", false);
    for (int step = 0; step < 3 * STEPS; step++) {
      assertEquals(
          OneCycleSchedule.fineTune(config.learningRate(), STEPS, 2 * STEPS).rate(step),
          config.schedule(STEPS).rate(step));
    }
  }

  @Test
  void whatCannotBeUnfrozenIsSaid() {
    FineTuning frozen = FineTuning.NONE.withFreeze(Freeze.BACKBONE);
    TrainConfig.Builder builder = Tiny.config(output).toBuilder();
    String late =
        assertThrows(
            IllegalArgumentException.class,
            () -> builder.fineTuning(frozen.withUnfreezeAfter(2)).build()).getMessage();
    assertEquals(
        "`unfreezeAfter` is 2, but must be less than the run's 2 epochs; 0 leaves frozen what is frozen",
        late);
    String nothing =
        assertThrows(
            IllegalArgumentException.class,
            () -> builder.fineTuning(FineTuning.NONE.withUnfreezeAfter(1)).build()).getMessage();
    assertTrue(nothing.contains("nothing is frozen"), nothing);
  }
}
