package org.swinengine.train.folds;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.FoldedData;
import org.swinengine.data.ForwardedDataset;
import org.swinengine.data.RawImage;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.EnsembleData;
import org.swinengine.inference.Evaluation;
import org.swinengine.inference.EvaluationData;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.FoldsFolder;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.Prediction;
import org.swinengine.inference.WeightSource;
import org.swinengine.report.PredictionsFile;
import org.swinengine.report.Report;
import org.swinengine.report.RunResults;
import org.swinengine.report.StoredRun;
import org.swinengine.train.Tiny;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainConfigFile;
import org.swinengine.train.TrainListener;
import org.swinengine.train.TrainResult;
import org.swinengine.train.Trainer;
import org.swinengine.train.TrainerTest;
import org.swinengine.train.tuning.CacheFeatures;
import org.swinengine.train.tuning.FineTuning;
import org.swinengine.train.tuning.Freeze;
import org.swinengine.weights.Safetensors;

/** Two folds of 24 pictures, three steps an epoch. */
@Tag("numerics")
final class CrossValidationTest {
  @TempDir
  Path output;

  /** Stands for a killed process: nothing of the run gets a chance to write. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Pictures of which the process dies when their names are asked for, if it is to. */
  private static final class Named extends ForwardedDataset {
    private boolean deadly;

    Named() {
      super(new Tiny.Pictures(48, 1, 5));
    }

    /** Pairs belong together. */
    @Override
    public Optional<String> group(int index) {
      return Optional.of("pair " + index / 2);
    }

    @Override
    public String name(int index) {
      if (deadly && index == 40) {
        throw new Killed();
      }
      return super.name(index);
    }
  }

  private static FoldedData data(Dataset whole) throws IOException {
    DataSplits splits =
        new DataSplits(whole, new Tiny.Pictures(15, 9), Optional.empty(), "tiny pictures");
    return FoldedData.of(splits, 2, 5);
  }

  private TrainConfig config(String tag) {
    return Tiny.config(output).toBuilder().tag(tag).batchSize(8).build();
  }

  private static FoldsResult run(TrainConfig config, FoldedData data, FoldsListener listener)
      throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      return new CrossValidation(config, data, backend, listener).run();
    }
  }

  /** Kills in a fold. */
  private static FoldsListener killer(int inFold, int atStep, boolean atBest) {
    return new FoldsListener() {
      @Override
      public TrainListener fold(int fold, int folds) {
        if (fold != inFold) {
          return TrainListener.SILENT;
        }
        if (atStep == 0 && !atBest) {
          throw new Killed();
        }
        return new TrainListener() {
          private int steps;

          @Override
          public void step(int epoch, int step, int of, double loss, double lr, double rate) {
            if (++steps == atStep) {
              throw new Killed();
            }
          }

          @Override
          public void checkpoint(Path file) {
            if (atBest && file.endsWith("best.safetensors")) {
              throw new Killed();
            }
          }
        };
      }
    };
  }

  private static void assertSame(Path expected, Path actual) throws IOException {
    for (String fold : List.of("fold-1", "fold-2")) {
      TrainerTest.assertSameRuns(expected.resolve(fold), actual.resolve(fold));
    }
    for (String file : List.of("predictions.csv", "folds.json")) {
      assertEquals(
          Files.readString(expected.resolve(file)), Files.readString(actual.resolve(file)), file);
    }
  }

  /**
   * In the first fold, before its first checkpoint and after it, between the folds, in the second one with
   * nothing and with its best file alone, and while the common files are written.
   */
  @Test
  void aKilledRunEndsAsIfItHadNotBeenKilled() throws IOException {
    Named whole = new Named();
    FoldedData data = data(whole);
    Path expected = run(config("whole"), data, FoldsListener.SILENT).folder();
    List<FoldsListener> killers =
        List.of(
            killer(1, 2, false), killer(1, 5, false), killer(2, 0, false), killer(2, 1, false),
            killer(2, 0, true), FoldsListener.SILENT);
    for (int i = 0; i < killers.size(); i++) {
      String tag = "killed-" + i;
      FoldsListener killer = killers.get(i);
      whole.deadly = i == killers.size() - 1;
      assertThrows(Killed.class, () -> run(config(tag), data, killer), tag);
      whole.deadly = false;
      assertFalse(FoldsFolder.read(output.resolve(tag)).complete(), tag);
      FoldsResult resumed = run(TrainConfigFile.ofRun(output, tag), data, FoldsListener.SILENT);
      assertEquals(TrainResult.Status.COMPLETED, resumed.status());
      assertSame(expected, resumed.folder());
    }
  }

  @Test
  void aStoppedRunGoesOn() throws IOException {
    FoldedData data = data(new Named());
    Path expected = run(config("whole"), data, FoldsListener.SILENT).folder();
    try (Backend backend = Backends.open("cpu", 2)) {
      CrossValidation[] folds = new CrossValidation[1];
      folds[0] =
          new CrossValidation(
              config("stopped"), data, backend,
              new FoldsListener() {
                @Override
                public TrainListener fold(int fold, int of) {
                  return new TrainListener() {
                    @Override
                    public void step(int epoch, int step, int of, double loss, double lr, double rate) {
                      if (fold == 2) {
                        folds[0].requestStop();
                      }
                    }
                  };
                }
              });
      assertEquals(TrainResult.Status.INTERRUPTED, folds[0].run().status());
    }
    assertTrue(StoredRun.isRun(output.resolve("stopped")));
    assertThrows(CheckpointException.class, () -> Ensemble.files(output.resolve("stopped")));
    assertSame(
        expected, run(TrainConfigFile.ofRun(output, "stopped"), data, FoldsListener.SILENT).folder());
  }

  /** A fold is the run that a program would make of it, and what is pooled is what the folds said. */
  @Test
  void aFoldIsAnOrdinaryRunAndAllOfThemAreMeasuredTogether() throws IOException {
    Named whole = new Named();
    FoldedData data = data(whole);
    FoldsResult result = run(config("whole"), data, FoldsListener.SILENT);
    try (Backend backend = Backends.open("cpu", 1)) {
      TrainResult alone =
          new Trainer(config("alone"), data.folds().get(1), backend, TrainListener.SILENT).run();
      TrainerTest.assertSameRuns(alone.folder(), result.folder().resolve("fold-2"));
      List<String> lines = Files.readAllLines(result.folder().resolve("predictions.csv"));
      assertEquals(49, lines.size());
      int right = 0;
      for (int i = 0; i < data.members().get(1).length; i++) {
        int sample = data.members().get(1)[i];
        String[] cells = lines.get(1 + sample).split(",");
        assertEquals(whole.name(sample), cells[0]);
        assertEquals(
            whole.classNames().get(alone.evaluation().predictions().predicted(i)), cells[2]);
        right += cells[1].equals(cells[2]) ? 1 : 0;
      }
      JsonNode accuracy = figures(result.folder()).at("/figures/accuracy");
      assertEquals(right / 24.0, accuracy.at("/folds/1").asDouble());
      double[] both = {accuracy.at("/folds/0").asDouble(), accuracy.at("/folds/1").asDouble()};
      assertEquals((both[0] + both[1]) / 2, accuracy.at("/value").asDouble(), 1e-12);
      assertEquals(accuracy.at("/value").asDouble(), accuracy.at("/mean").asDouble(), 1e-12);
      assertEquals(
          Math.abs(both[0] - both[1]) / Math.sqrt(2), accuracy.at("/deviation").asDouble(), 1e-12);
      // The validation part of the data was nobody's; it is the ensemble's.
      Evaluation together =
          Ensemble.open(result.folder(), backend)
              .evaluate(data.test().orElseThrow(), null, Evaluator.Options.of(4, 0));
      assertEquals(
          together.top1() / 100,
          figures(result.folder()).at("/test/figures/accuracy/value").asDouble(), 1e-12);
    }
    RunResults stored = StoredRun.read(result.folder());
    assertEquals(2, stored.history().size());
    assertEquals(24, stored.evaluation().groups());
    String page = Report.ofFolder(result.folder());
    assertEquals(Files.readString(result.folder().resolve("report.html")), page);
    for (String part : List.of("standard deviation", "pooled", "fold-2", "that no fold has seen")) {
      assertTrue(page.contains(part), part);
    }
  }

  /** Its first weights may be gone when the second fold begins. */
  @ParameterizedTest
  @ValueSource(strings = {"none", "backbone"})
  void foldsThatBeginWithWeightsAndShareFeaturesHaveTheBitsOfRunsThatDoNot(String freeze)
      throws IOException {
    FoldedData data = data(new Named());
    Path weights =
        run(config("first"), data, FoldsListener.SILENT).folder().resolve("fold-1/best.safetensors");
    Path copy = Files.copy(weights, output.resolve("copy.safetensors"));
    FineTuning tuning =
        FineTuning.NONE.withWeights(WeightSource.of(copy)).withFreeze(new Freeze(freeze));
    TrainConfig config =
        config("tuned").toBuilder().set("cropPadding", 0).set("colorJitter", 0.0).set("erasing", 0.0)
            .set("suspectLabels", 3).fineTuning(tuning).build();
    TrainConfig plain =
        config.toBuilder().tag("plain").fineTuning(tuning.withCacheFeatures(CacheFeatures.OFF)).build();
    List<Path> expected = new ArrayList<>();
    try (Backend backend = Backends.open("cpu", 2)) {
      for (DataSplits fold : data.folds()) {
        expected.add(new Trainer(plain, fold, backend, TrainListener.SILENT).run().folder());
      }
    }
    assertThrows(Killed.class, () -> run(config, data, killer(2, 0, false)));
    Files.delete(copy);
    Path actual = run(TrainConfigFile.ofRun(output, "tuned"), data, FoldsListener.SILENT).folder();
    for (int fold = 0; fold < 2; fold++) {
      Path own = actual.resolve("fold-" + (fold + 1));
      TrainerTest.assertSameRuns(expected.get(fold), own);
      assertEquals(
          Files.readString(expected.get(fold).resolve("suspects.csv")),
          Files.readString(own.resolve("suspects.csv")));
    }
  }

  /** A fold after the first is given its rows at once: of its training part, then of both. */
  @Test
  void featuresAreComputedOnce() throws IOException {
    Named whole = new Named();
    Path weights = output.resolve("weights.safetensors");
    try (Backend backend = Backends.open("cpu", 2)) {
      Safetensors.writeChecked(
          weights, Trainer.start(config("any"), data(whole).folds().get(0), backend).weights());
    }
    FineTuning tuning =
        FineTuning.NONE.withWeights(WeightSource.of(weights)).withFreeze(Freeze.BACKBONE)
            .withCacheFeatures(CacheFeatures.ON);
    TrainConfig config =
        config("tuned").toBuilder().set("cropPadding", 0).set("colorJitter", 0.0).set("erasing", 0.0)
            .fineTuning(tuning).build();
    List<List<Integer>> told = new ArrayList<>();
    run(
        config, FoldedData.of(whole, 4, 5),
        new FoldsListener() {
          @Override
          public TrainListener fold(int fold, int folds) {
            List<Integer> ofFold = new ArrayList<>();
            told.add(ofFold);
            return new TrainListener() {
              @Override
              public void features(int done, int images) {
                ofFold.add(done);
              }
            };
          }
        });
    assertTrue(told.get(0).size() > 4, told::toString);
    for (int fold = 1; fold < 4; fold++) {
      assertEquals(List.of(36, 48), told.get(fold));
    }
  }

  @Test
  void otherFoldsAreRefused() throws IOException {
    Named whole = new Named();
    run(config("whole"), data(whole), FoldsListener.SILENT);
    TrainConfig resumed = TrainConfigFile.ofRun(output, "whole");
    String message =
        assertThrows(
            CheckpointException.class,
            () -> run(resumed, FoldedData.of(whole, 3, 5), FoldsListener.SILENT)).getMessage();
    assertTrue(message.contains("it has 2 folds by seed 5, but `folds` is 3"), message);
    TrainConfig changed = resumed.toBuilder().acceptChangedData(true).build();
    assertThrows(
        IllegalArgumentException.class, () -> run(changed, data(whole), FoldsListener.SILENT));
    String range =
        assertThrows(
            IllegalArgumentException.class,
            () -> run(config("many"), FoldedData.of(whole, 21, 5), FoldsListener.SILENT)).getMessage();
    assertEquals("`folds` is 21, but must be from 2 to 20", range);
    assertFalse(Files.exists(output.resolve("many")));
  }

  /** Image files of two classes, each of a shade of its own. */
  private Path pictures() throws IOException {
    Path data = output.resolve("data");
    for (int i = 0; i < 24; i++) {
      Path file = data.resolve((i % 2 == 0 ? "even" : "odd") + "/p" + i / 4 + "_" + i + ".png");
      Files.createDirectories(file.getParent());
      BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
      for (int at = 0; at < 64; at++) {
        image.getRaster().setSample(at % 8, at / 8, 0, (i * 37 + at * (i % 2 + 2)) & 255);
      }
      ImageIO.write(image, "png", file.toFile());
    }
    return data;
  }

  /** No model is measured on what it has learnt from, and the figures are those of the run. */
  @Test
  void evalOfTheDataOfTheFoldsIsOutOfFold() throws IOException {
    Path pictures = pictures();
    TrainConfig config =
        config("files").toBuilder().data(pictures).set("groupPattern", "(p\\d+)_").build();
    FoldedData data = Trainer.open(config, 3);
    FoldsResult result = run(config, data, FoldsListener.SILENT);
    try (Backend backend = Backends.open("cpu", 2)) {
      Ensemble folds = Ensemble.open(result.folder(), backend);
      EnsembleData found = EnsembleData.open(pictures, folds, EvaluationData.Options.AUTO);
      Dataset measured = found.data().dataset();
      assertEquals(24, measured.size());
      assertTrue(
          found.data().notes().stream().anyMatch(note -> note.contains("out of fold")),
          () -> found.data().notes().toString());
      Evaluation evaluation =
          folds.evaluate(measured, found.learnt(), null, Evaluator.Options.of(5, 1));
      Path again = output.resolve("again.csv");
      PredictionsFile.write(again, evaluation.predictions(), measured::name, measured.classNames());
      assertEquals(
          Files.readString(result.folder().resolve("predictions.csv")), Files.readString(again));
      // A fold alone is measured on its own part.
      LoadedModel second = folds.members().get(1);
      EvaluationData own = EvaluationData.open(pictures, second, EvaluationData.Options.AUTO);
      assertEquals(data.members().get(1).length, own.dataset().size());
      assertTrue(own.notes().toString().contains("fold 2 of 3 by seed 5"), () -> own.notes().toString());
      RawImage picture = measured.load(3);
      assertFalse(
          folds.first().preprocessing().normalize().equals(second.preprocessing().normalize()),
          "each has measured its own training images");
      double[] sums = new double[2];
      for (LoadedModel member : folds.members()) {
        member.predict(picture).classes().forEach(c -> sums[c.index()] += c.probability());
      }
      for (Prediction.ClassProbability c : folds.predict(picture).classes()) {
        assertEquals(sums[c.index()] / 3, c.probability(), 1e-15);
      }
    }
  }

  @Test
  void modelsThatDoNotAgreeAreNotAskedTogether() throws IOException {
    FoldedData data = data(new Named());
    Path one = run(config("three"), data, FoldsListener.SILENT).folder().resolve("fold-1/best.safetensors");
    TrainConfig files = config("two").toBuilder().data(pictures()).build();
    Path other =
        run(files, Trainer.open(files, 2), FoldsListener.SILENT).folder()
            .resolve("fold-1/best.safetensors");
    try (Backend backend = Backends.open("cpu", 1)) {
      List<LoadedModel> models =
          List.of(LoadedModel.open(one, backend), LoadedModel.open(other, backend));
      String message =
          assertThrows(CheckpointException.class, () -> Ensemble.of(models)).getMessage();
      assertTrue(message.contains("number 2 2 classes (even, odd)"), message);
      Ensemble alone = Ensemble.open(one, backend);
      RawImage picture = data.whole().load(0);
      assertEquals(alone.first().predict(picture), alone.predict(picture));
    }
    assertArrayEquals(new Path[] {one}, Ensemble.files(one).toArray());
  }

  private static JsonNode figures(Path folder) throws IOException {
    return new ObjectMapper().readTree(FoldsFolder.read(folder).text());
  }
}
