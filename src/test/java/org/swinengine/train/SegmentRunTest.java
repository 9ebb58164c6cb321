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
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.RawImage;
import org.swinengine.data.segmentation.MaskWorld;
import org.swinengine.data.segmentation.SegmentationData;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.data.segmentation.SegmentationOptions;
import org.swinengine.data.segmentation.VolumeWorld;
import org.swinengine.inference.EvaluationData;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.SlidingWindow;
import org.swinengine.inference.segmentation.MeasuredPart;
import org.swinengine.inference.segmentation.PictureScale;
import org.swinengine.inference.segmentation.Segmenter;
import org.swinengine.inference.segmentation.SegmentationEvaluation;
import org.swinengine.inference.segmentation.SegmentationEvaluator;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.train.recipe.SegmentRecipe;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.settings.SegmentationSettings;
import org.swinengine.train.settings.TaskKind;

/** Runs that learn the classes of pixels: what they write, and that resumed ones have the same bytes. */
@Tag("numerics")
public final class SegmentRunTest {
  @TempDir
  Path folder;

  private Path data;

  /** Stands for a killed process. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  @BeforeEach
  void writeData() {
    data = MaskWorld.pairs(folder.resolve("data"), 20, 255);
  }

  private static final String MODEL =
      """
      DATA:
        IMG_SIZE: %d
      MODEL:
        TYPE: swin_unet
        NAME: tiny
        NUM_CLASSES: 2
        DROP_PATH_RATE: 0.1
        SWIN:
          PATCH_SIZE: 2
          IN_CHANS: 1
          EMBED_DIM: 8
          DEPTHS: [2, 2]
          NUM_HEADS: [2, 2]
          WINDOW_SIZE: 4
      """;

  /** A Swin-Unet for {@link MaskWorld}'s pictures. */
  public static ModelSpec model() {
    return ModelConfigFile.parse(MODEL.formatted(MaskWorld.SIDE), "tiny");
  }

  private TrainConfig.Builder config(String tag) {
    return SegmentRecipe.of(data, model())
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

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aKilledRunEndsAsIfItHadNotBeenKilled(int neighbours) throws IOException {
    if (neighbours > 0) {
      data = folder.resolve("volumes");
      for (int i = 0; i < 5; i++) {
        VolumeWorld.volume(data, "case" + i, 4, MaskWorld.SIDE, MaskWorld.SIDE, i);
      }
    }
    TrainConfig.Builder how = config("whole").set("neighbourSlices", neighbours);
    TrainConfig whole = how.set("task", TaskKind.AUTO).build();
    Path expected = run(whole, TrainListener.SILENT).folder();
    TrainConfig saving = how.tag("killed").set("workers", 2).saveEverySteps(2).build();
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
    List<String> lines = Files.readAllLines(expected.resolve("metrics.jsonl"));
    assertTrue(lines.get(1).contains("\"val_dice\":") && lines.get(1).contains("\"val_iou\":"), lines.get(1));
    String page = Files.readString(expected.resolve("report.html"));
    assertTrue(page.contains("Worst cases") && page.contains("HD95"), "the report shows cases");
  }

  @Test
  void squaresAreFoundAndTheCheckpointFindsThemToo() throws IOException {
    TrainResult result = run(config("long").epochs(12).build(), TrainListener.SILENT);
    double dice = result.history().get(result.bestEpoch() - 1).value("val_dice");
    assertTrue(dice > 0.8, "Dice " + dice);
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel model = LoadedModel.open(result.folder().resolve("best.safetensors"), backend);
      MeasuredPart part =
          MeasuredPart.open(
              data, model, SegmentationOptions.DEFAULT, EvaluationData.Split.AUTO, false);
      assertEquals(4, part.dataset().size(), part.notes().toString());
      Segmenter segmenter = new Segmenter(model, Segmenter.Options.WHOLE);
      SegmentationEvaluation again =
          SegmentationEvaluator.evaluate(segmenter, part.dataset(), Evaluator.Options.of(1, 0));
      assertEquals(dice, again.dice(), 1e-9, "the pictures have the model's size");
      assertTrue(again.figures(0).stream().anyMatch(figure -> figure.key().equals("hd95")));
      windowsGiveTheSameAtTheModelsSize(segmenter, part.dataset());
    }
  }

  /** A picture of the model's size is one window, and four of them side by side are found as one is. */
  private static void windowsGiveTheSameAtTheModelsSize(Segmenter whole, SegmentationDataset data)
      throws IOException {
    Segmenter windows =
        new Segmenter(
            whole.model(),
            new Segmenter.Options(
                Segmenter.View.WINDOWS, 0, SlidingWindow.Weighting.GAUSSIAN, 2, false));
    RawImage image = data.pair(0).image();
    float[] expected = whole.logits(image);
    float[] found = windows.logits(image);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], found[i], 1e-5);
    }
    int side = MaskWorld.SIDE;
    byte[] twice = new byte[2 * side * side];
    for (int i = 0; i < twice.length; i++) {
      twice[i] = image.pixels()[i / (2 * side) * side + i % side];
    }
    byte[] one = whole.segment(image);
    byte[] both = windows.segment(new RawImage(side, 2 * side, 1, twice));
    for (int i = 0; i < both.length; i++) {
      assertEquals(one[i / (2 * side) * side + i % side], both[i], "pixel " + i);
    }
  }

  /** What was learnt at half the size is seen at half the size through windows too. */
  @Test
  void windowsSeePicturesAtTheScaleOfTraining() throws IOException {
    ModelSpec half = ModelConfigFile.parse(MODEL.formatted(8), "tiny");
    Path run = run(config("half").model(half).epochs(1).build(), TrainListener.SILENT).folder();
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel model = LoadedModel.open(run.resolve("best.safetensors"), backend);
      assertEquals(Optional.of(new PictureScale(0.5, 0.5)), PictureScale.of(model));
      RawImage image = SegmentationData.at(data, SegmentationOptions.DEFAULT).all().pair(0).image();
      float[] whole = new Segmenter(model, Segmenter.Options.WHOLE).logits(image);
      assertArrayEquals(whole, new Segmenter(model, windows(null)).logits(image), 1e-5f, "one window");
      float[] asItIs = new Segmenter(model, windows(PictureScale.ONE)).logits(image);
      double most = 0;
      for (int i = 0; i < whole.length; i++) {
        most = Math.max(most, Math.abs(whole[i] - asItIs[i]));
      }
      assertTrue(most > 0.01, "windows of the picture as it is show other things, but differ by " + most);
    }
  }

  private static Segmenter.Options windows(PictureScale scale) {
    return new Segmenter.Options(
        Segmenter.View.WINDOWS, 0.5, SlidingWindow.Weighting.GAUSSIAN, 2, false, false, scale);
  }

  @Test
  void everyLossLearns() throws IOException {
    for (SegmentationSettings.Kind kind : SegmentationSettings.Kind.values()) {
      TrainResult result =
          run(
              config("loss-" + kind).epochs(4).set("pixelLoss", kind).set("rotation", 10.0).build(),
              TrainListener.SILENT);
      double first = result.history().get(0).trainLoss();
      double last = result.history().get(3).trainLoss();
      assertTrue(last < first, kind + ": " + first + " to " + last);
    }
  }

  @Test
  void whatMakesNoSenseIsSaid() {
    Map<String, Object> wrong = Map.of("mixup", 0.8, "loss", LossSettings.Kind.BCE);
    wrong.forEach((setting, value) -> {
      String sentence =
          assertThrows(
              IllegalArgumentException.class,
              () -> run(config("wrong").set(setting, value).build(), TrainListener.SILENT)).getMessage();
      assertTrue(sentence.contains("where each pixel has a class"), sentence);
    });
  }
}
