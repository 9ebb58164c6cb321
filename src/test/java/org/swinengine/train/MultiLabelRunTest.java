package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.RawImage;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.ModelInput;
import org.swinengine.inference.MultiLabelEvaluation;
import org.swinengine.inference.Prediction;
import org.swinengine.inference.TestTimeAugmentation;
import org.swinengine.inference.TestTimeViews;
import org.swinengine.report.Report;
import org.swinengine.train.settings.Augmentation;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.settings.TaskKind;
import org.swinengine.train.task.GarmentPairs;
import org.swinengine.train.tuning.BestMetric;
import org.swinengine.weights.Safetensors;

/** Runs on pictures of several classes. */
@Tag("numerics")
final class MultiLabelRunTest {
  @TempDir
  private Path output;

  private TrainConfig.Builder config(String tag, int epochs) {
    return TrainConfig.forData(null, GarmentPairs.model()).epochs(epochs).batchSize(10).learningRate(5e-3)
        .warmupSteps(5).augmentation(Augmentation.of(Map.of("flip", 0.5)))
        .labelSmoothing(0.02).seed(3).output(output).tag(tag);
  }

  private static TrainResult run(TrainConfig config, DataSplits data, TrainListener listener)
      throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      return new Trainer(config, data, backend, listener).run();
    }
  }

  @Test
  void whatIsInAPictureIsLearntAndSaid() throws IOException {
    DataSplits data = GarmentPairs.data(500, 150);
    TrainResult result = run(config("pairs", 6).build(), data, TrainListener.SILENT);
    assertEquals(BestMetric.AUC, result.bestMetric());
    assertTrue(Double.isNaN(result.bestTop1()));
    assertNull(result.evaluation());
    double auc = result.history().get(result.bestEpoch() - 1).auc();
    assertTrue(auc > 0.9, "AUC " + auc + ", by chance 0.5");
    assertEquals(result.history().stream().mapToDouble(m -> m.auc()).max().orElseThrow(), auc);
    JsonNode line =
        new ObjectMapper().readTree(Files.readAllLines(result.folder().resolve("metrics.jsonl")).get(5));
    List<String> keys = new ArrayList<>();
    line.fieldNames().forEachRemaining(keys::add);
    assertEquals(
        List.of(
            "epoch", "step", "train_loss", "val_loss", "val_auc", "val_map", "val_macro_f1", "val_micro_f1",
            "val_macro_f1_tuned", "val_micro_f1_tuned", "val_exact_match", "val_accuracy",
            "val_hamming_loss", "lr", "gradient_norm"),
        keys.subList(0, 15));
    assertEquals(1, line.get("val_accuracy").asDouble() + line.get("val_hamming_loss").asDouble(), 1e-12);
    assertTrue(
        line.get("val_macro_f1_tuned").asDouble() >= line.get("val_macro_f1").asDouble(),
        "thresholds are the best for F1");

    Path best = result.folder().resolve("best.safetensors");
    Map<String, String> metadata = Safetensors.read(best).metadata();
    assertEquals("multi-label", metadata.get("task"));
    assertTrue(metadata.get("config").contains("TASK: \"multi-label\""));
    assertTrue(metadata.get("config").contains("LOSS: \"bce\""));
    try (Backend backend = Backends.open("cpu", 1)) {
      LoadedModel model = LoadedModel.open(best, backend);
      measuredAgain(model, data.validation(), result);
      predictionsAreAnswers(model, data.validation());
      LoadedModel last = LoadedModel.open(result.folder().resolve("last.safetensors"), backend);
      assertArrayEquals(new double[] {0.5, 0.5, 0.5, 0.5}, last.thresholds().orElseThrow());
    }
    String page = Report.ofFolder(result.folder());
    assertTrue(page.contains("What the model saw"), "its pictures, with their classes");
    assertTrue(page.contains("<h2 id=\"classes\">") && page.contains("mean AUC"), page);
    assertFalse(page.contains("id=\"confusion\""), "there is no one class that another is taken for");
    assertTrue(page.contains("<th scope=\"col\">threshold</th>") && page.contains("ROC"));
    assertTrue(
        page.contains("<h2 id=\"mistakes\">") && page.contains("✗ missed") && page.contains("✗ said"),
        "wrong answers with their pictures");
    assertTrue(page.contains("<small>Grad-CAM</small>"), "and with heat maps");
  }

  /** The checkpoint's model gives the figures of its epoch, also with any number of pictures a pass. */
  private static void measuredAgain(LoadedModel model, Dataset data, TrainResult result) throws IOException {
    MultiLabelEvaluation again =
        MultiLabelEvaluation.measure(
            model.model(), data, new ModelInput.Images(data, model.preprocessing().pipeline()),
            Evaluator.Options.of(7, 0));
    var of = result.history().get(result.bestEpoch() - 1);
    assertEquals(of.auc(), again.answers().meanAuc());
    assertEquals(of.validationLoss(), again.loss());
    double[] thresholds = model.thresholds().orElseThrow();
    assertArrayEquals(again.answers().bestThresholds(), thresholds);
    assertEquals(of.value("val_macro_f1_tuned"), again.answers().macroF1(thresholds));
    MultiLabelEvaluation views =
        MultiLabelEvaluation.measure(
            model, data,
            new TestTimeAugmentation(TestTimeViews.MIRROR, TestTimeAugmentation.Mean.PROBABILITIES),
            Evaluator.Options.of(7, 0));
    assertTrue(views.answers().meanAuc() > 0.9);
  }

  private static void predictionsAreAnswers(LoadedModel model, Dataset data) throws IOException {
    double[] thresholds = model.thresholds().orElseThrow();
    TestTimeAugmentation mirror =
        new TestTimeAugmentation(TestTimeViews.MIRROR, TestTimeAugmentation.Mean.PROBABILITIES);
    for (int i = 0; i < 5; i++) {
      Prediction prediction = model.predict(data.load(i));
      for (Prediction.ClassProbability one : prediction.classes()) {
        assertEquals(1 / (1 + Math.exp(-one.logit())), one.probability(), 1e-12);
        assertEquals(one.probability() > thresholds[one.index()], prediction.said().contains(one));
      }
      Prediction mirrored = model.predict(mirrored(data.load(i)));
      for (Prediction.ClassProbability mean : mirror.predict(model, List.of(data.load(i))).get(0).classes()) {
        double both = probability(prediction, mean.index()) + probability(mirrored, mean.index());
        assertEquals(both / 2, mean.probability(), 1e-6);
      }
    }
  }

  private static RawImage mirrored(RawImage image) {
    byte[] pixels = image.pixels().clone();
    for (int i = 0; i < pixels.length; i++) {
      int row = i / image.width();
      pixels[i] = image.pixels()[row * image.width() + image.width() - 1 - i % image.width()];
    }
    return new RawImage(image.height(), image.width(), 1, pixels);
  }

  private static double probability(Prediction prediction, int label) {
    return prediction.classes().stream().filter(c -> c.index() == label).findFirst().orElseThrow()
        .probability();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void aKilledRunEndsAsIfItHadNotBeenKilled(int killedAfter) throws IOException {
    DataSplits data = GarmentPairs.data(45, 30);
    TrainConfig.Builder how =
        config("whole", 2).set("task", TaskKind.MULTI_LABEL).set("mixup", 0.4)
            .set("classWeights", LossSettings.ClassWeighting.BALANCED);
    Path expected = run(how.build(), data, TrainListener.SILENT).folder();
    TrainListener killer =
        new TrainListener() {
          private int steps;

          @Override
          public void step(int epoch, int step, int of, double loss, double lr, double rate) {
            if (++steps == killedAfter) {
              throw new IllegalStateException("killed");
            }
          }
        };
    TrainConfig killed = how.tag("killed").saveEverySteps(1).build();
    assertThrows(IllegalStateException.class, () -> run(killed, data, killer));
    TrainResult resumed = run(TrainConfigFile.ofRun(output, "killed"), data, TrainListener.SILENT);
    TrainerTest.assertSameRuns(expected, resumed.folder());
  }

  @Test
  void oneClassAnImageMayBeLearntAsYesAndNoToo() throws IOException {
    TrainConfig several =
        Tiny.config(output).toBuilder().epochs(1).set("task", TaskKind.MULTI_LABEL)
            .set("bestMetric", BestMetric.MAP).build();
    TrainResult result = run(several, Tiny.data(), TrainListener.SILENT);
    assertEquals(BestMetric.MAP, result.bestMetric());
    TrainConfig one = config("one", 1).set("task", TaskKind.CLASSIFY).build();
    String sentence =
        assertThrows(
            IllegalArgumentException.class,
            () -> run(one, GarmentPairs.data(20, 10), TrainListener.SILENT)).getMessage();
    assertTrue(sentence.startsWith("`task` is classify"), sentence);
    TrainConfig top = config("top", 1).set("bestMetric", BestMetric.ACCURACY).build();
    sentence =
        assertThrows(
            IllegalArgumentException.class,
            () -> run(top, GarmentPairs.data(20, 10), TrainListener.SILENT)).getMessage();
    assertTrue(sentence.contains("it must be one of auc, map, macro-f1, loss"), sentence);
  }

  @Test
  void aBatchOfPairsIsLearntByHeart() throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      OverfitCheck.Result result =
          OverfitCheck.run(
              config("overfit", 1).build(), GarmentPairs.data(20, 10), backend, 400, (steps, loss) -> {});
      assertTrue(result.learnt(), "loss " + result.lastLoss());
      assertEquals(4, result.classes());
    }
  }
}
