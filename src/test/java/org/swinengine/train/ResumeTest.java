package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.inference.CheckpointException;
import org.swinengine.report.EpochMetrics;
import org.swinengine.train.folder.RunFolderException;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/** A run has two epochs of five steps. */
@Tag("numerics")
final class ResumeTest {
  @TempDir
  Path output;

  /** Stands for a killed process: nothing of the run gets a chance to write. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private TrainResult run(TrainConfig config, TrainListener listener) throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      return new Trainer(config, Tiny.data(), backend, listener).run();
    }
  }

  private TrainConfig config(String tag) {
    return Tiny.config(output).toBuilder().tag(tag).build();
  }

  private TrainResult resume(String tag) throws IOException {
    return run(TrainConfigFile.ofRun(output, tag), TrainListener.SILENT);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5, 6, 10})
  void aStoppedRunEndsAsIfItHadNotBeenStopped(int stopAfter) throws IOException {
    Path expected = run(config("whole"), TrainListener.SILENT).folder();
    TrainResult stopped;
    try (Backend backend = Backends.open("cpu", 2)) {
      Trainer[] trainer = new Trainer[1];
      trainer[0] =
          new Trainer(
              config("stopped"),
              Tiny.data(),
              backend,
              new TrainListener() {
                private int steps;

                @Override
                public void step(int epoch, int step, int of, double loss, double lr, double rate) {
                  if (++steps == stopAfter) {
                    trainer[0].requestStop();
                  }
                }
              });
      stopped = trainer[0].run();
    }
    assertEquals(TrainResult.Status.INTERRUPTED, stopped.status());
    assertEquals(stopAfter, stopped.steps());
    TrainResult resumed = resume("stopped");
    assertEquals(TrainResult.Status.COMPLETED, resumed.status());
    TrainerTest.assertSameRuns(expected, resumed.folder());
  }

  /** Checkpoints are as old as the last even step or epoch's end; all after it happens again. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5, 7})
  void aKilledRunEndsAsIfItHadNotBeenKilled(int killedAfter) throws IOException {
    Path expected = run(config("whole"), TrainListener.SILENT).folder();
    TrainConfig saving = config("killed").toBuilder().saveEverySteps(2).build();
    TrainListener killer =
        new TrainListener() {
          private int steps;

          @Override
          public void step(int epoch, int step, int of, double loss, double lr, double rate) {
            if (++steps == killedAfter) {
              throw new Killed();
            }
          }
        };
    assertThrows(Killed.class, () -> run(saving, killer));
    TrainerTest.assertSameRuns(expected, resume("killed").folder());
  }

  /** Killed after the line of metrics and the best file, before the checkpoint of the same epoch. */
  @Test
  void aLineOfMetricsWithoutItsCheckpointIsCutOff() throws IOException {
    Path expected = run(config("whole"), TrainListener.SILENT).folder();
    TrainConfig saving = config("killed").toBuilder().saveEverySteps(2).build();
    TrainListener killer =
        new TrainListener() {
          @Override
          public void checkpoint(Path file) {
            if (file.endsWith("best.safetensors")) {
              throw new Killed();
            }
          }
        };
    assertThrows(Killed.class, () -> run(saving, killer));
    assertEquals(1, Files.readAllLines(output.resolve("killed/metrics.jsonl")).size());
    TrainerTest.assertSameRuns(expected, resume("killed").folder());
  }

  @Test
  void aFinishedRunResumesToItself() throws IOException {
    Path folder = run(config("whole"), TrainListener.SILENT).folder();
    byte[] last = Files.readAllBytes(folder.resolve("last.safetensors"));
    TrainResult again = resume("whole");
    assertEquals(TrainResult.Status.COMPLETED, again.status());
    assertEquals(2, again.history().size());
    org.junit.jupiter.api.Assertions.assertArrayEquals(last,
        Files.readAllBytes(folder.resolve("last.safetensors")));
  }

  @Test
  void otherSettingsAreRefusedByName() throws IOException {
    run(config("whole"), TrainListener.SILENT);
    TrainConfig other = TrainConfigFile.ofRun(output,
        "whole").toBuilder().epochs(1).labelSmoothing(0).build();
    CheckpointException e = assertThrows(CheckpointException.class, () -> run(other, TrainListener.SILENT));
    assertTrue(e.getMessage().contains("EPOCHS (was 2, now 1), LABEL_SMOOTHING (was 0.1, now 0.0)"),
        e.getMessage());
  }

  @Test
  void aRunOfConstantRateIsExtendedAsIfItHadBeenLongerFromTheStart() throws IOException {
    TrainConfig whole = config("whole").toBuilder().minimumRate(5e-3).warmupEpochs(0.0).epochs(4).build();
    Path expected = run(whole, TrainListener.SILENT).folder();
    run(whole.toBuilder().tag("extended").epochs(2).build(), TrainListener.SILENT);
    List<TrainingPlan> plans = new ArrayList<>();
    TrainResult extended =
        run(
            TrainConfigFile.ofRun(output, "extended").toBuilder().epochs(4).build(),
            new TrainListener() {
              @Override
              public void started(TrainingPlan plan) {
                plans.add(plan);
              }
            });
    assertEquals(2, plans.get(0).epochsBefore());
    assertEquals(10, plans.get(0).stepsDone());
    assertArrayEquals(
        Files.readAllBytes(expected.resolve("last.safetensors")),
        Files.readAllBytes(extended.folder().resolve("last.safetensors")));
    assertEquals(Tiny.metrics(expected), Tiny.metrics(extended.folder()));
    assertEquals(4, TrainConfigFile.ofRun(output, "extended").epochs());
  }

  /**
   * From the next step on it has the rates of a run that was to be so long; also if it is killed and goes on.
   */
  @Test
  void aFallingRateIsStretchedOverAllEpochs() throws IOException {
    run(config("short"), TrainListener.SILENT);
    TrainConfig longer = TrainConfigFile.ofRun(output, "short").toBuilder().epochs(4).build();
    List<Double> rates = new ArrayList<>();
    TrainListener killer =
        new TrainListener() {
          @Override
          public void step(int epoch, int step, int of, double loss, double rate, double imagesPerSecond) {
            rates.add(rate);
            if (rates.size() == 3) {
              throw new Killed();
            }
          }
        };
    assertThrows(Killed.class, () -> run(longer, killer));
    assertEquals(
        List.of(longer.schedule(5).rate(10), longer.schedule(5).rate(11), longer.schedule(5).rate(12)),
        rates);
    TrainResult result = resume("short");
    assertEquals(20, result.steps());
    assertEquals(4, result.history().size());
    assertEquals(longer.schedule(5).rate(19), result.history().get(3).learningRate());
  }

  /** Files of before an epoch's loss decided between equal ones have all that this needs. */
  @Test
  void ofEqualEpochsTheLowerLossIsTheBestAlsoAcrossAResumption() throws IOException {
    TrainConfig config = config("whole").toBuilder().epochs(6).build();
    TrainResult whole = run(config, TrainListener.SILENT);
    EpochMetrics best =
        whole.history().stream()
            .min(
                Comparator.comparingDouble((EpochMetrics metrics) -> -metrics.top1())
                    .thenComparingDouble(EpochMetrics::validationLoss))
            .orElseThrow();
    assertEquals(best.epoch(), whole.bestEpoch());
    assertEquals(best.validationLoss(), whole.evaluation().loss());
  }

  /** Its files do not have the keys that came later, which had one meaning then: today's default. */
  @Test
  void aRunOfAnEarlierVersionGoesOn() throws IOException {
    Path folder = run(config("whole"), TrainListener.SILENT).folder();
    String later = "(?m)^  (FREEZE|PATIENCE|BEST_METRIC|MIN_DELTA|LAYER_DECAY|HEAD_LR|CACHE_FEATURES): .*\\n";
    Path last = folder.resolve("last.safetensors");
    StateDict dict = Safetensors.read(last);
    StateDict.Builder old = StateDict.builder();
    dict.metadata().forEach((key, value) -> old.metadata(key, value.replaceAll(later, "")));
    dict.arrays().forEach(old::put);
    StateDict written = old.build();
    assertNotEquals(dict.metadata().get("config"), written.metadata().get("config"));
    Path copy = output.resolve("old.safetensors");
    Safetensors.write(copy, written);
    Files.move(copy, last, StandardCopyOption.REPLACE_EXISTING);
    Path config = folder.resolve("config.yaml");
    Files.writeString(config, Files.readString(config).replaceAll(later, ""));
    assertEquals(TrainResult.Status.COMPLETED, resume("whole").status());
  }

  @Test
  void thereMustBeSomethingToResume() throws IOException {
    RunFolderException none =
        assertThrows(RunFolderException.class, () -> TrainConfigFile.ofRun(output, "none"));
    assertTrue(none.getMessage().contains("there is no run to resume"), none.getMessage());
    Path folder = run(config("whole"), TrainListener.SILENT).folder();
    Files.delete(folder.resolve("last.safetensors"));
    RunFolderException noCheckpoint = assertThrows(RunFolderException.class, () -> resume("whole"));
    assertTrue(noCheckpoint.getMessage().contains("no last.safetensors"), noCheckpoint.getMessage());
  }
}
