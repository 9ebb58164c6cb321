package org.swinengine.train.folds;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.FoldedData;
import org.swinengine.data.RawImage;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.MultiLabelEvaluation;
import org.swinengine.inference.Prediction;
import org.swinengine.metrics.MultiLabel;
import org.swinengine.report.Report;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainConfigFile;
import org.swinengine.train.TrainListener;
import org.swinengine.train.TrainerTest;
import org.swinengine.train.settings.Augmentation;
import org.swinengine.train.task.GarmentPairs;

/** Two folds of pictures that have any number of classes. */
@Tag("numerics")
final class MultiLabelFoldsTest {
  @TempDir
  private Path output;

  /** Stands for a killed process. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private TrainConfig config(String tag) {
    return TrainConfig.forData(null, GarmentPairs.model()).epochs(3).batchSize(10).learningRate(5e-3)
        .warmupSteps(2).augmentation(Augmentation.of(Map.of())).seed(3).output(output).tag(tag).build();
  }

  private static FoldsResult run(TrainConfig config, FoldedData data, FoldsListener listener)
      throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      return new CrossValidation(config, data, backend, listener).run();
    }
  }

  private static FoldedData data() throws IOException {
    DataSplits splits = GarmentPairs.data(60, 20);
    return FoldedData.of(
        new DataSplits(splits.train(), splits.validation(), splits.test(), "pairs of garments"), 2, 3);
  }

  @Test
  void eachFoldHasEachClassAlike() throws IOException {
    FoldedData data = data();
    for (int label = 0; label < GarmentPairs.CLASSES.size(); label++) {
      int[] counts = new int[2];
      for (int fold = 0; fold < 2; fold++) {
        Dataset part = data.folds().get(fold).validation();
        for (int i = 0; i < part.size(); i++) {
          int wanted = label;
          counts[fold] += IntStream.of(part.labels(i)).anyMatch(one -> one == wanted) ? 1 : 0;
        }
      }
      assertTrue(Math.abs(counts[0] - counts[1]) <= 1, counts[0] + " and " + counts[1]);
    }
  }

  @Test
  void allFoldsAreMeasuredTogetherAndAKilledRunEndsAlike() throws IOException {
    FoldedData data = data();
    Path folder = run(config("whole"), data, FoldsListener.SILENT).folder();
    JsonNode said = new ObjectMapper().readTree(Files.readString(folder.resolve("folds.json")));
    List<LoadedModel> models = new ArrayList<>();
    try (Backend backend = Backends.open("cpu", 1)) {
      for (int fold = 1; fold <= 2; fold++) {
        models.add(LoadedModel.open(folder.resolve("fold-" + fold + "/best.safetensors"), backend));
      }
      double[] probabilities = outOfFold(data, models);
      double[] thresholds = assertPooled(data.whole(), probabilities, folder, said);
      Ensemble folds = Ensemble.open(folder, backend);
      assertArrayEquals(thresholds, folds.thresholds().orElseThrow());
      assertMeanOfBoth(folds, models, data.whole().load(5), thresholds);
      MultiLabelEvaluation test =
          folds.evaluateAnswers(data.test().orElseThrow(), null, null, Evaluator.Options.of(7, 0));
      assertEquals(test.answers().meanAuc(), said.at("/test/figures/auc/value").asDouble(), 1e-12);
      assertEquals(
          test.answers().macroF1(thresholds), said.at("/test/figures/macro_f1_tuned/value").asDouble());
      assertEquals(test.loss(), said.at("/test/figures/log_loss/value").asDouble(), 1e-9);
      assertThrows(CheckpointException.class, () -> folds.withThresholds(new double[3]));
    }
    String page = Report.ofFolder(folder);
    assertEquals(Files.readString(folder.resolve("report.html")), page);
    for (String part : List.of("macro-F1 at thresholds", "pooled", "fold-2", "that no fold has seen")) {
      assertTrue(page.contains(part), part);
    }
    killed(data, folder);
  }

  /** [samples × classes], each by the model that has not learnt from it. */
  private static double[] outOfFold(FoldedData data, List<LoadedModel> models) throws IOException {
    int classes = GarmentPairs.CLASSES.size();
    double[] all = new double[data.whole().size() * classes];
    for (int fold = 0; fold < 2; fold++) {
      for (int sample : data.members().get(fold)) {
        for (Prediction.ClassProbability one : models.get(fold).predict(data.whole().load(sample))
            .classes()) {
          all[sample * classes + one.index()] = one.probability();
        }
      }
    }
    return all;
  }

  private static double[] assertPooled(
      Dataset whole, double[] probabilities, Path folder, JsonNode said) throws IOException {
    int classes = GarmentPairs.CLASSES.size();
    List<String> lines = Files.readAllLines(folder.resolve("predictions.csv"));
    assertEquals(1 + whole.size(), lines.size());
    boolean[] truth = new boolean[probabilities.length];
    for (int i = 0; i < whole.size(); i++) {
      int row = i * classes;
      IntStream.of(whole.labels(i)).forEach(label -> truth[row + label] = true);
      String[] cells = lines.get(1 + i).split(",");
      for (int c = 0; c < classes; c++) {
        assertEquals((float) probabilities[row + c], Float.parseFloat(cells[3 + c]));
      }
    }
    MultiLabel answers = new MultiLabel(classes, truth, probabilities);
    assertEquals(answers.meanAuc(), said.at("/figures/auc/value").asDouble(), 1e-12);
    assertEquals(answers.exactMatch(), said.at("/figures/exact_match/value").asDouble());
    double[] thresholds = answers.bestThresholds();
    for (int c = 0; c < classes; c++) {
      assertEquals(thresholds[c], said.at("/thresholds/" + c).asDouble());
    }
    assertEquals(answers.macroF1(thresholds), said.at("/figures/macro_f1_tuned/value").asDouble());
    return thresholds;
  }

  private static void assertMeanOfBoth(
      Ensemble folds, List<LoadedModel> models, RawImage picture, double[] thresholds) {
    double[] sums = new double[thresholds.length];
    models.forEach(
        model -> model.predict(picture).classes().forEach(one -> sums[one.index()] += one.probability()));
    Prediction mean = folds.predict(picture);
    for (Prediction.ClassProbability one : mean.classes()) {
      assertEquals(sums[one.index()] / 2, one.probability(), 1e-15);
      assertEquals(Math.log(one.probability() / (1 - one.probability())), one.logit(), 1e-5);
      assertEquals(one.probability() > thresholds[one.index()], mean.said().contains(one));
    }
  }

  private void killed(FoldedData data, Path expected) throws IOException {
    FoldsListener killer = new FoldsListener() {
      @Override
      public TrainListener fold(int fold, int folds) {
        return new TrainListener() {
          @Override
          public void step(int epoch, int step, int of, double loss, double lr, double rate) {
            if (fold == 2 && epoch == 2) {
              throw new Killed();
            }
          }
        };
      }
    };
    assertThrows(Killed.class, () -> run(config("killed"), data, killer));
    Path actual = run(TrainConfigFile.ofRun(output, "killed"), data, FoldsListener.SILENT).folder();
    for (String fold : List.of("fold-1", "fold-2")) {
      TrainerTest.assertSameRuns(expected.resolve(fold), actual.resolve(fold));
    }
    for (String file : List.of("predictions.csv", "folds.json")) {
      assertEquals(Files.readString(expected.resolve(file)), Files.readString(actual.resolve(file)), file);
    }
  }
}
