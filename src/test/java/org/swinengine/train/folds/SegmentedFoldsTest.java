package org.swinengine.train.folds;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.Csv;
import org.swinengine.data.RawImage;
import org.swinengine.data.Turn;
import org.swinengine.data.segmentation.MaskWorld;
import org.swinengine.data.segmentation.SegmentationOptions;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.EvaluationData;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.FoldsFolder;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.segmentation.CleanUp;
import org.swinengine.inference.segmentation.MeasuredPart;
import org.swinengine.inference.segmentation.Measuring;
import org.swinengine.inference.segmentation.SegmentationEvaluation;
import org.swinengine.inference.segmentation.SegmentationEvaluator;
import org.swinengine.inference.segmentation.Segmenter;
import org.swinengine.metrics.segmentation.EmptyMasks;
import org.swinengine.report.FoldsSummary;
import org.swinengine.train.SegmentRunTest;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainListener;
import org.swinengine.train.TrainResult;
import org.swinengine.train.Trainer;
import org.swinengine.train.recipe.SegmentRecipe;
import org.swinengine.train.settings.SegmentationSettings;

/** Two folds of pictures with masks. */
@Tag("numerics")
final class SegmentedFoldsTest {
  @TempDir
  Path folder;

  /** Stands for a killed process. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private TrainConfig config(Path data, String tag) {
    return SegmentRecipe.of(data, SegmentRunTest.model()).epochs(3).batchSize(4).learningRate(5e-3)
        .warmupSteps(2).seed(5).output(folder.resolve("runs")).tag(tag)
        .set("cleanUp", SegmentationSettings.CleaningUp.VALIDATION).build();
  }

  private static FoldsResult run(TrainConfig config, FoldsListener listener) throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      return new CrossValidation(config, Trainer.open(config, 2), backend, listener).run();
    }
  }

  private static FoldsListener killer(int inFold, int atStep) {
    return new FoldsListener() {
      @Override
      public TrainListener fold(int fold, int folds) {
        return new TrainListener() {
          private int steps;

          @Override
          public void step(int epoch, int step, int of, double loss, double lr, double rate) {
            if (fold == inFold && ++steps == atStep) {
              throw new Killed();
            }
          }
        };
      }
    };
  }

  @Test
  void aKilledRunEndsAsIfItHadNotBeenAndFiguresAreThoseOfItsFolds() throws IOException {
    Path data = MaskWorld.pairs(folder.resolve("data"), 20, 255);
    FoldsResult whole = run(config(data, "whole"), new FoldsListener() {});
    assertThrows(Killed.class, () -> run(config(data, "killed"), killer(2, 5)));
    run(config(data, "killed").toBuilder().resume(true).build(), new FoldsListener() {});
    Path runs = folder.resolve("runs");
    for (String file : List.of(
        "fold-1/best.safetensors", "fold-2/best.safetensors", "fold-2/last.safetensors", "cases.csv",
        "folds.json")) {
      assertArrayEquals(
          Files.readAllBytes(runs.resolve("whole").resolve(file)),
          Files.readAllBytes(runs.resolve("killed").resolve(file)), file);
    }
    assertEquals(TrainResult.Status.COMPLETED, whole.status());
    double dice = whole.summary().figure("dice").pooled().value();
    List<Double> each = whole.summary().figure("dice").values();
    assertEquals((each.get(0) + each.get(1)) / 2, dice, 1e-12, "folds of ten pictures each");
    List<List<String>> rows = Csv.parse(Files.readString(runs.resolve("whole/cases.csv")));
    assertEquals(21, rows.size());
    assertEquals("p0", rows.get(1).get(0), "in the order of the data");
    int column = rows.get(0).indexOf("dice");
    assertEquals(
        dice, rows.stream().skip(1).mapToDouble(row -> Double.parseDouble(row.get(column))).average()
            .orElseThrow(),
        1e-12);
    String page = Files.readString(runs.resolve("whole/report.html"));
    assertTrue(page.contains("Cross-validation") && page.contains("HD95") && page.contains("Worst cases"));
    eachPictureIsSeenByTheModelThatHasNotLearntFromIt(runs.resolve("whole"), data, dice);
  }

  private static void eachPictureIsSeenByTheModelThatHasNotLearntFromIt(Path run, Path data, double dice)
      throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      Ensemble models = Ensemble.open(run, backend);
      MeasuredPart part =
          MeasuredPart.open(
              data, models, SegmentationOptions.DEFAULT, EvaluationData.Split.AUTO, false);
      assertEquals(20, part.dataset().size());
      assertTrue(part.notes().toString().contains("out of fold"), part.notes().toString());
      SegmentationEvaluation again =
          SegmentationEvaluator.evaluate(
              new Segmenter(models, Segmenter.Options.WHOLE), part.dataset(), part.learnt(), Measuring.USUAL,
              Evaluator.Options.of(1, 0));
      assertEquals(dice, again.dice(), 1e-9, "pictures have the model's size");
      Ensemble one = Ensemble.of(models.members().subList(0, 1));
      MeasuredPart own =
          MeasuredPart.open(data, one, SegmentationOptions.DEFAULT, EvaluationData.Split.AUTO, false);
      assertEquals(10, own.dataset().size(), "a fold alone is measured on its own part");
      MeasuredPart set =
          MeasuredPart.open(data, one, SegmentationOptions.DEFAULT, EvaluationData.Split.VAL, true);
      assertEquals(
          own.dataset().fingerprint().orElseThrow().digest(),
          set.dataset().fingerprint().orElseThrow().digest(), "not on another seed's");
      probabilitiesAreMeans(models, part.dataset().pair(3).image());
      whatIsTakenAwayWasChosenOutOfFold(run, models, part);
    }
  }

  private static void whatIsTakenAwayWasChosenOutOfFold(Path run, Ensemble models, MeasuredPart part)
      throws IOException {
    CleanUp kept = CleanUp.of(models);
    assertEquals(1, kept.classes().size());
    Segmenter whole = new Segmenter(models, Segmenter.Options.WHOLE);
    Evaluator.Options how = Evaluator.Options.of(1, 0);
    assertEquals(
        SegmentationEvaluator.chooseCleanUp(whole, part.dataset(), part.learnt(), EmptyMasks.DEFINED, how),
        kept);
    double[] dice = new double[2];
    for (int i = 0; i < 2; i++) {
      Measuring measuring = new Measuring(EmptyMasks.DEFINED, null, i == 0 ? CleanUp.NONE : kept);
      dice[i] =
          SegmentationEvaluator.evaluate(whole, part.dataset(), part.learnt(), measuring, how).dice();
    }
    assertTrue(dice[1] >= dice[0] - 1e-9, dice[0] + " without, with " + dice[1]);
    String other = "{\"classes\":[{\"largest_only\":true,\"least_share\":0.25}]}";
    Path file = run.resolve("folds.json");
    JsonNode all = new ObjectMapper().readTree(file.toFile());
    ((ObjectNode) all).set("clean_up", new ObjectMapper().readTree(other));
    FoldsFolder changed = new FoldsFolder(run, 2, 5, true, all.toString());
    CleanUp asFolds = CleanUp.of(models.asFolds(changed));
    assertEquals(List.of(new CleanUp.OfClass(true, 0.25)), asFolds.classes());
    assertEquals(asFolds.toJson(), FoldsSummary.of(all.toString()).cleanUp(), "the page's own reading");
    ((ObjectNode) all).putObject("clean_up").put("classes", "none");
    FoldsFolder damaged = new FoldsFolder(run, 2, 5, true, all.toString());
    Ensemble wrong = models.asFolds(damaged);
    assertThrows(CheckpointException.class, () -> CleanUp.of(wrong));
  }

  private static void probabilitiesAreMeans(Ensemble models, RawImage image) {
    float[] mean = new Segmenter(models, Segmenter.Options.WHOLE).logits(image);
    int pixels = image.height() * image.width();
    double[] sums = new double[pixels];
    for (LoadedModel model : models.members()) {
      float[] logits = new Segmenter(model, Segmenter.Options.WHOLE).logits(image);
      for (int i = 0; i < pixels; i++) {
        sums[i] += 1 / (1 + Math.exp(logits[i] - logits[pixels + i]));
      }
    }
    for (int i = 0; i < pixels; i++) {
      assertEquals(sums[i] / models.size(), Math.exp(mean[pixels + i]), 1e-6, "pixel " + i);
    }
  }

  /** What is turned is turned back: over all positions of a turned picture comes the turned mean. */
  @Test
  void turnsAreTurnedBack() throws IOException {
    Path data = MaskWorld.pairs(folder.resolve("data"), 8, 255);
    FoldsResult result = run(config(data, "one"), new FoldsListener() {});
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel model =
          LoadedModel.open(result.folder().resolve("fold-1/best.safetensors"), backend);
      for (boolean mirror : new boolean[] {false, true}) {
        Segmenter segmenter =
            new Segmenter(
                model,
                new Segmenter.Options(
                    Segmenter.View.WHOLE, 0.5, Segmenter.Options.WHOLE.weighting(), 1, mirror, true));
        RawImage image = new RawImage(12, 16, 1, new byte[12 * 16]);
        for (int i = 0; i < 12 * 16; i++) {
          image.pixels()[i] = (byte) (i * i % 251);
        }
        float[] logits = segmenter.logits(image);
        RawImage turned = Turn.LEFT.image(image);
        float[] ofTurned = segmenter.logits(turned);
        float[] back = new float[logits.length];
        Turn.RIGHT.planes(ofTurned, 0, 2, 16, 12, back, 0);
        assertArrayEquals(logits, back, 1e-4f, "mirror " + mirror);
      }
    }
  }
}
