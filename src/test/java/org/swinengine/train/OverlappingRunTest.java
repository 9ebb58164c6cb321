package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.RawImage;
import org.swinengine.data.Turn;
import org.swinengine.data.segmentation.MaskWorld;
import org.swinengine.data.segmentation.SegmentationOptions;
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.EvaluationData;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.SlidingWindow;
import org.swinengine.inference.segmentation.MeasuredPart;
import org.swinengine.inference.segmentation.SegmentationEvaluation;
import org.swinengine.inference.segmentation.SegmentationEvaluator;
import org.swinengine.inference.segmentation.Segmenter;
import org.swinengine.train.recipe.SegmentRecipe;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.settings.SegmentationSettings;

/** Runs whose pixels may have several classes. */
@Tag("numerics")
class OverlappingRunTest {
  @TempDir
  Path folder;

  private Path data;

  /** Stands for a killed process. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  @BeforeEach
  void writeData() {
    data = MaskWorld.classes(folder.resolve("data"), 20);
  }

  private TrainConfig.Builder config(String tag) {
    return SegmentRecipe.of(data, SegmentRunTest.model())
        .epochs(2)
        .batchSize(4)
        .learningRate(5e-3)
        .warmupSteps(2)
        .seed(5)
        .output(folder.resolve("runs"))
        .tag(tag);
  }

  private static TrainResult run(TrainConfig config, TrainListener listener) throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      return new Trainer(config, backend, listener).run();
    }
  }

  @Test
  void aKilledRunEndsAsIfItHadNotBeenKilled() throws IOException {
    Path expected =
        run(config("whole").set("classWeights", LossSettings.ClassWeighting.BALANCED).build(),
            TrainListener.SILENT).folder();
    TrainConfig saving =
        config("killed").set("workers", 2).set("classWeights", LossSettings.ClassWeighting.BALANCED)
            .saveEverySteps(2).build();
    TrainListener killer =
        new TrainListener() {
          private int steps;

          @Override
          public void step(int epoch, int step, int of, double loss, double lr, double rate) {
            if (++steps == 7) {
              throw new Killed();
            }
          }
        };
    assertThrows(Killed.class, () -> run(saving, killer));
    Path resumed =
        run(TrainConfigFile.ofRun(folder.resolve("runs"), "killed"), TrainListener.SILENT).folder();
    TrainerTest.assertSameRuns(expected, resumed);
    String yaml = Files.readString(expected.resolve("config.yaml"));
    assertTrue(yaml.contains("OVERLAPPING_LABELS: on") || yaml.contains("OVERLAPPING_LABELS: \"on\"")
        || yaml.contains("OVERLAPPING_LABELS: 'on'"), yaml);
    List<String> lines = Files.readAllLines(expected.resolve("metrics.jsonl"));
    assertTrue(lines.get(1).contains("\"val_dice\":"), lines.get(1));
    String page = Files.readString(expected.resolve("report.html"));
    for (String part : new String[] {"Worst cases", "HD95", "core", "whole"}) {
      assertTrue(page.contains(part), part);
    }
  }

  @Test
  void bothSquaresAreFoundInAllViews() throws IOException {
    TrainResult result = run(config("long").epochs(12).build(), TrainListener.SILENT);
    double dice = result.history().get(result.bestEpoch() - 1).value("val_dice");
    assertTrue(dice > 0.7, "Dice " + dice);
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel model = LoadedModel.open(result.folder().resolve("best.safetensors"), backend);
      assertEquals(List.of("core", "whole"), model.classNames());
      MeasuredPart part =
          MeasuredPart.open(data, model, SegmentationOptions.DEFAULT, EvaluationData.Split.AUTO, false);
      assertEquals(4, part.dataset().size(), part.notes().toString());
      Segmenter whole = new Segmenter(model, Segmenter.Options.WHOLE);
      SegmentationEvaluation again =
          SegmentationEvaluator.evaluate(whole, part.dataset(), Evaluator.Options.of(1, 0));
      assertEquals(dice, again.dice(), 1e-9, "the pictures have the model's size");
      assertEquals(List.of("background", "core", "whole"), again.classNames());
      assertTrue(again.figures(2, 0).stream().anyMatch(figure -> figure.key().equals("hd95")));
      RawImage image = part.dataset().pair(0).image();
      pixelsHaveBothClasses(whole.labels(whole.segment(image), 256));
      windowsGiveTheSame(whole, image);
      positionsGiveTheirMeanProbability(model, image);
      float[] one = whole.logits(image);
      float[] twice =
          new Segmenter(Ensemble.of(List.of(model, model)), Segmenter.Options.WHOLE).logits(image);
      assertArrayEquals(one, twice, 1e-4f);
    }
  }

  private static void pixelsHaveBothClasses(int[] sets) {
    int[] counts = new int[4];
    for (int set : sets) {
      counts[set]++;
    }
    assertTrue(counts[0] > 0 && counts[2] > 0 && counts[3] > 0, "0, whole, both: " + List.of(
        counts[0], counts[2], counts[3]));
  }

  private static void windowsGiveTheSame(Segmenter whole, RawImage image) {
    Segmenter windows =
        new Segmenter(
            whole.model(),
            new Segmenter.Options(
                Segmenter.View.WINDOWS, 0.5, SlidingWindow.Weighting.GAUSSIAN, 2, false));
    assertArrayEquals(whole.logits(image), windows.logits(image), 1e-4f);
  }

  private static void positionsGiveTheirMeanProbability(LoadedModel model, RawImage image) {
    int pixels = image.height() * image.width();
    double[] mean = new double[2 * pixels];
    for (Turn turn : new Turn[] {
      Turn.NONE, Turn.LEFT, Turn.HALF,
      Turn.RIGHT}) {
      float[] turned = new Segmenter(model, Segmenter.Options.WHOLE).logits(turn.image(image));
      float[] back = new float[turned.length];
      turn.inverse().planes(turned, 0, 2, image.height(), image.width(), back, 0);
      for (int i = 0; i < mean.length; i++) {
        mean[i] += 1 / (1 + Math.exp(-back[i])) / 4;
      }
    }
    Segmenter.Options turns =
        new Segmenter.Options(
            Segmenter.View.WHOLE, 0.5, SlidingWindow.Weighting.GAUSSIAN, 4, false, true);
    float[] found = new Segmenter(model, turns).logits(image);
    for (int i = 0; i < mean.length; i++) {
      assertEquals(mean[i], 1 / (1 + Math.exp(-found[i])), 1e-6, "element " + i);
    }
  }

  @Test
  void everyLossLearns() throws IOException {
    for (SegmentationSettings.Kind kind : SegmentationSettings.Kind.values()) {
      TrainConfig config =
          config("loss-" + kind).epochs(4).set("pixelLoss", kind).set("rotation", 10.0).build();
      if (kind == SegmentationSettings.Kind.BOUNDARY) {
        assertTrue(refused(config).contains("`pixelLoss` boundary is for pixels of one class"));
        continue;
      }
      TrainResult result = run(config, TrainListener.SILENT);
      double first = result.history().get(0).trainLoss();
      double last = result.history().get(3).trainLoss();
      assertTrue(last < first, kind + ": " + first + " to " + last);
    }
  }

  private static String refused(TrainConfig config) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> run(config, TrainListener.SILENT)).getMessage());
  }

  @Test
  void whatMakesNoSenseIsSaid() {
    TrainConfig both =
        config("focal").set("pixelLoss", SegmentationSettings.Kind.FOCAL)
            .set("classWeights", LossSettings.ClassWeighting.BALANCED).build();
    assertTrue(refused(both).contains("`pixelLoss` focal and `classWeights` both say"));
    Map<String, Object> on = Map.of("overlappingLabels", SegmentationSettings.Overlapping.ON);
    TrainConfig.Builder builtIn = SegmentRecipe.of(null, SegmentRunTest.model()).tag("nuclei");
    on.forEach(builtIn::set);
    assertTrue(
        refused(builtIn.output(folder.resolve("runs")).build()).contains("the built-in nuclei have one"));
  }
}
