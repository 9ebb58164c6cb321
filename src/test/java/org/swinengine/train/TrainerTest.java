package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.RawImage;
import org.swinengine.fit.TrainingDivergedException;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.Evaluation;
import org.swinengine.inference.PixelStatistics;
import org.swinengine.report.EpochMetrics;
import org.swinengine.train.estimate.Estimate;
import org.swinengine.train.settings.Augmentation;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

@Tag("numerics")
public final class TrainerTest {
  @TempDir
  Path output;

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
            c -> c.epochs(12)
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
    assertEquals(Tiny.events(expected), Tiny.events(actual));
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

  /** Counts the pictures that are read. */
  private static final class Counted implements Dataset {
    private final Dataset pictures = new Tiny.Pictures(30, 2);
    private final AtomicInteger loads = new AtomicInteger();

    @Override
    public int size() {
      return pictures.size();
    }

    @Override
    public List<String> classNames() {
      return pictures.classNames();
    }

    @Override
    public int label(int index) {
      return pictures.label(index);
    }

    @Override
    public RawImage load(int index) throws IOException {
      loads.incrementAndGet();
      return pictures.load(index);
    }

    @Override
    public String name(int index) {
      return pictures.name(index);
    }

    @Override
    public String description() {
      return pictures.description();
    }
  }

  /** Where it was not the best, its weights are gone and the best ones are measured again. */
  @Test
  void theLastEpochIsValidatedOnceWhereItIsTheBest() throws IOException {
    boolean[] wasLast = new boolean[2];
    for (int epochs = 1; epochs <= 8 && !(wasLast[0] && wasLast[1]); epochs++) {
      int number = epochs;
      Counted validation = new Counted();
      DataSplits data = new DataSplits(new Tiny.Pictures(80, 1), validation, Optional.empty(), "counted");
      TrainConfig config = config(c -> c.epochs(number).workers(0).minimumRate(5e-3).tag("counted" + number));
      TrainResult result;
      try (Backend backend = Backends.open("cpu", 2)) {
        result = new Trainer(config, data, backend, TrainListener.SILENT).run();
      }
      boolean last = result.bestEpoch() == epochs;
      wasLast[last ? 1 : 0] = true;
      List<Evaluation.Sample> samples = result.evaluation().samples();
      // The worst mistakes have heat maps too.
      long explained = samples.stream().filter(sample -> !sample.isRight()).limit(12).count();
      long shown = samples.size() + explained;
      assertEquals(30 * (last ? epochs : epochs + 1) + shown, validation.loads.get(), epochs + " epochs");
      EpochMetrics best = result.history().get(result.bestEpoch() - 1);
      assertEquals(best.validationLoss(), result.evaluation().loss());
      assertEquals(best.top1(), result.evaluation().top1());
      assertTrue(Files.readString(result.folder().resolve("report.html")).contains("data:image/png"));
    }
    assertTrue(wasLast[0] && wasLast[1], "both cases");
  }

  @Test
  void aRunThatIsStoppedBeforeItBeginsWritesNothing() throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      Trainer trainer = new Trainer(config(c -> c), Tiny.data(), backend, TrainListener.SILENT);
      assertFalse(trainer.requestStop(), "there is nothing to save");
      assertThrows(CancellationException.class, trainer::run);
    }
    assertFalse(Files.exists(output.resolve("run")));
  }

  /** From its first steps on, and shorter and shorter. */
  @Test
  void theTimeThatIsLeftIsToldWhileItRuns() throws IOException {
    List<Estimate> told = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void estimate(Estimate left) {
            told.add(left);
          }
        };
    try (Backend backend = Backends.open("cpu", 2)) {
      new Trainer(config(c -> c.epochs(4)), Tiny.data(), backend, listener).run();
    }
    assertTrue(told.size() >= 14 && told.size() < 20, told.size() + " of 20 steps");
    assertTrue(told.get(told.size() - 1).seconds() < told.get(0).seconds(), told.toString());
    assertTrue(told.stream().allMatch(left -> left.seconds() > 0 && left.peakBytes() > 0), told.toString());
    assertTrue(told.stream().allMatch(left -> left.epochSeconds() <= left.seconds()), told.toString());
  }

  @Test
  void givenStatisticsAreThoseOfTheRunAndItsCheckpoint() throws IOException {
    PixelStatistics given = new PixelStatistics(List.of(0.25f), List.of(0.5f));
    TrainConfig config = config(c -> c.epochs(1).statistics(given));
    Path folder = train(config, "cpu", 2).folder();
    String preprocessing =
        Safetensors.read(folder.resolve("best.safetensors")).metadata().get("preprocessing");
    assertTrue(preprocessing.contains("\"mean\":[0.25]") && preprocessing.contains("\"std\":[0.5]"),
        preprocessing);
    assertEquals(given, TrainConfigFile.ofRun(output, "run").statistics());
    assertEquals(1, train(TrainConfigFile.ofRun(output, "run"), "cpu", 2).history().size());
    CheckpointException e =
        assertThrows(
            CheckpointException.class,
            () -> train(
                TrainConfigFile.ofRun(output, "run").toBuilder().statistics(PixelStatistics.USUAL).build(),
                "cpu", 2));
    assertTrue(e.getMessage().contains("MEAN (was [0.25], now not given)"), e.getMessage());
    PixelStatistics colours = new PixelStatistics(List.of(0.1f, 0.2f, 0.3f), List.of());
    IllegalArgumentException wrong =
        assertThrows(
            IllegalArgumentException.class,
            () -> train(config(c -> c.statistics(colours).tag("new")), "cpu", 1));
    assertTrue(wrong.getMessage().contains("`mean` has 3 numbers, but the model takes 1"),
        wrong.getMessage());
    assertFalse(Files.exists(output.resolve("new")));
  }

  /** The model that was asked for has as many classes as its publisher's; the run's has the data's. */
  @Test
  void theReportShowsTheModelThatWasTrained() throws IOException {
    TrainConfig config = config(c -> c.epochs(1).model(Tiny.model().withClasses(1000)));
    String report = Files.readString(train(config, "cpu", 2).folder().resolve("report.html"));
    assertTrue(report.contains("NUM_CLASSES: 3") && !report.contains("NUM_CLASSES: 1000"), report);
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
