package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.fit.TrainingDivergedException;
import org.swinengine.report.EpochMetrics;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

@Tag("numerics")
public final class TrainerTest {
  @TempDir Path output;

  private TrainResult train(TrainConfig config, String device, int threads) throws IOException {
    try (Backend backend = Backends.open(device, threads)) {
      return new Trainer(config, Tiny.data(), backend, TrainListener.SILENT).run();
    }
  }

  private TrainConfig config(UnaryOperator<TrainConfig.Builder> changes) {
    return changes.apply(Tiny.config(output).toBuilder()).build();
  }

  @Test
  void trainingLearnsToTellThePicturesApart() throws IOException {
    TrainResult result = train(
            config(
                c ->
                    c.epochs(12)
                        .model(Tiny.steadyModel())
                        .learningRate(1e-2)
                        .labelSmoothing(0)
                        .augmentation(Augmentation.NONE)),
            "cpu",
            2);
    List<EpochMetrics> history = result.history();
    assertEquals(TrainResult.Status.COMPLETED, result.status());
    assertEquals(12, history.size());
    assertEquals(60, result.steps());
    assertTrue(
        history.get(11).trainLoss() < 0.7 * history.get(0).trainLoss(),
        "loss " + history.get(0).trainLoss() + " to " + history.get(11).trainLoss());
    assertTrue(result.bestTop1() >= 90, "top-1 " + result.bestTop1());
    assertEquals(result.bestTop1(), result.evaluation().top1(),
        "the best file holds the best epoch's weights");
    assertEquals(100, history.get(0).top5());
    assertEquals(12, Files.readAllLines(result.folder().resolve("metrics.jsonl")).size());
  }

  @Test
  void theSameSeedGivesTheSameBytesWithAnyThreadsAndWorkers() throws IOException {
    Path first = train(config(c -> c.workers(0)), "cpu", 1).folder();
    Path second = train(config(c -> c.workers(3).tag("other")), "cpu", 2).folder();
    assertSameRuns(first, second);
    Path third = train(config(c -> c.seed(6).tag("seed")), "cpu", 2).folder();
    assertFalse(
        java.util.Arrays.equals(
            Files.readAllBytes(first.resolve("last.safetensors")),
                Files.readAllBytes(third.resolve("last.safetensors"))),
        "another seed gives other weights");
  }

  public static void assertSameRuns(Path expected, Path actual) throws IOException {
    assertEquals(Tiny.metrics(expected), Tiny.metrics(actual));
    for (String file : List.of("last.safetensors", "best.safetensors")) {
      assertArrayEquals(
          Files.readAllBytes(expected.resolve(file)), Files.readAllBytes(actual.resolve(file)), file);
    }
  }

  /**
   * In float64, where the order of additions does not matter; random decisions must not depend on the split
   * either.
   */
  @Test
  void accumulatingTwoHalvesEqualsOneBatch() throws IOException {
    Path whole = train(config(c -> c.epochs(1)), "reference", 1).folder();
    Path halves =
        train(config(c -> c.epochs(1).batchSize(8).accumulationSteps(2).tag("halves")), "reference",
            1).folder();
    StateDict expected = Safetensors.read(whole.resolve("best.safetensors"));
    StateDict actual = Safetensors.read(halves.resolve("best.safetensors"));
    assertEquals(expected.names(), actual.names());
    for (String name : expected.names()) {
      assertArrayEquals(expected.get(name).toDoubles(), actual.get(name).toDoubles(), 1e-9, name);
    }
  }

  @Test
  void checkpointedActivationsGiveTheSameWeights() throws IOException {
    StateDict kept = Safetensors.read(train(config(c -> c.epochs(1)), "cpu",
        2).folder().resolve("best.safetensors"));
    StateDict again =
        Safetensors.read(
            train(config(c -> c.epochs(1).checkpointing(true).tag("again")), "cpu", 2)
                .folder()
                .resolve("best.safetensors"));
    for (String name : kept.names()) {
      assertArrayEquals(kept.get(name).toFloats(), again.get(name).toFloats(), name);
    }
  }

  @Test
  void divergenceNamesStepAndLayerAndKeepsTheLastCheckpoint() throws IOException {
    // The first step has the sane warm-up rate, the second throws the weights out of float32's range.
    TrainConfig config =
        config(c -> c.learningRate(1e30).warmupRate(1e-4).warmupSteps(1).clipNorm(0).saveEverySteps(1));
    byte[][] lastSaved = new byte[1][];
    TrainListener keeping =
        new TrainListener() {
          @Override
          public void checkpoint(Path file) {
            try {
              lastSaved[0] = Files.readAllBytes(file);
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          }
        };
    try (Backend backend = Backends.open("cpu", 2)) {
      Trainer trainer = new Trainer(config, Tiny.data(), backend, keeping);
      TrainingDivergedException e = assertThrows(TrainingDivergedException.class, trainer::run);
      assertEquals(3, e.step());
      assertEquals(1, e.epoch());
      assertTrue(e.getMessage().contains("epoch 1, step 3"), e.getMessage());
      assertTrue(
          e.getMessage().matches("(?s).*(patch_embed|layers\\.\\d|norm|head)[.\\w]* .*(NaN|Infinity).*"),
              e.getMessage());
      assertTrue(e.getMessage().contains("last.safetensors"), e.getMessage());
    }
    Path last = output.resolve("run/last.safetensors");
    assertArrayEquals(lastSaved[0], Files.readAllBytes(last));
    StateDict weights = Safetensors.read(last);
    for (String name : weights.names()) {
      for (float value : weights.get(name).toFloats()) {
        assertTrue(Float.isFinite(value), name);
      }
    }
  }

  @Test
  void aBatchLargerThanTheDataLeavesNoFolder() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> train(config(c -> c.batchSize(81)), "cpu", 1));
    assertTrue(e.getMessage().contains("batch size of 81 is larger than the data"), e.getMessage());
    IllegalArgumentException steps =
        assertThrows(IllegalArgumentException.class,
            () -> train(config(c -> c.accumulationSteps(6)), "cpu", 1));
    assertTrue(steps.getMessage().contains("one optimizer step takes 96 images"), steps.getMessage());
    assertFalse(Files.exists(output.resolve("run")));
  }
}
