package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.Dataset;
import org.swinengine.data.RawImage;
import org.swinengine.inference.TestTimeAugmentation.Mean;
import org.swinengine.inference.TestTimeAugmentation.Source;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.models.Models;
import org.swinengine.train.Tiny;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

class TestTimeAugmentationTest {
  @TempDir
  Path folder;

  private static List<float[]> table(TestTimeViews views) throws IOException {
    try (InputStream in = TestTimeAugmentationTest.class.getResourceAsStream("views.txt")) {
      List<float[]> rows = new ArrayList<>();
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        String[] words = line.split(" ");
        if (words[0].equals(views.name())) {
          float[] row = new float[words.length - 1];
          for (int i = 0; i < row.length; i++) {
            row[i] = Integer.parseInt(words[i + 1]);
          }
          rows.add(row);
        }
      }
      return rows;
    }
  }

  private static float[] count(int numbers) {
    float[] values = new float[numbers];
    for (int i = 0; i < numbers; i++) {
      values[i] = i;
    }
    return values;
  }

  /** torchvision's FiveCrop and TenCrop, NumPy's turns; see views.py. */
  @ParameterizedTest
  @EnumSource(value = TestTimeViews.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void theModelSeesTheReferencesViews(TestTimeViews views) throws IOException {
    List<float[]> expected = table(views);
    assertEquals(views.count(), expected.size());
    boolean crops = views.needsMargin();
    Source source = crops ? new Source(count(2 * 7 * 9), 7, 9) : new Source(count(9), 3, 3);
    List<float[]> seen = new ArrayList<>();
    new TestTimeAugmentation(views, Mean.LOGITS)
        .logits(List.of(source), crops ? 2 : 1, crops ? 4 : 3, crops ? 5 : 3, 1, (images, n) -> {
          seen.add(images.clone());
          return new float[n];
        });
    assertEquals(expected.size(), seen.size());
    for (int i = 0; i < seen.size(); i++) {
      assertArrayEquals(expected.get(i), seen.get(i), "view " + i);
    }
  }

  @Test
  void meansOfLogitsAndOfProbabilities() {
    Source source = new Source(new float[] {0, 1}, 1, 2);
    // A model that gives the logits 0 and 3 times the first pixel.
    TestTimeAugmentation.Forward forward = (images, n) -> new float[] {0, 3 * images[0]};
    float[] logits =
        new TestTimeAugmentation(TestTimeViews.MIRROR, Mean.LOGITS)
            .logits(List.of(source), 1, 1, 2, 2, forward);
    assertArrayEquals(new float[] {0, 1.5f}, logits);
    float[] logs =
        new TestTimeAugmentation(TestTimeViews.MIRROR, Mean.PROBABILITIES)
            .logits(List.of(source), 1, 1, 2, 2, forward);
    double second = (0.5 + 1 / (1 + Math.exp(-3))) / 2;
    assertArrayEquals(new float[] {(float) Math.log(1 - second), (float) Math.log(second)}, logs, 1e-6f);
  }

  /** A model that gives each pixel back: whatever the view, its result lies where the pixel was. */
  @ParameterizedTest
  @EnumSource(value = TestTimeViews.class, names = {"NONE", "MIRROR", "FLIPS", "D4"})
  void segmentationsAreTurnedBack(TestTimeViews views) {
    float[] values = count(16);
    values[0] = 99;
    List<Source> sources =
        List.of(new Source(values, 4, 4), new Source(new float[16], 4, 4));
    TestTimeAugmentation augmentation = new TestTimeAugmentation(views, Mean.LOGITS);
    float[] result = augmentation.pixelLogits(sources, 1, 4, 4, 2, (images, n) -> {
      float[] both = new float[2 * images.length];
      for (int i = 0; i < images.length; i++) {
        both[i / 16 * 32 + i % 16] = images[i];
        both[i / 16 * 32 + 16 + i % 16] = -images[i];
      }
      return both;
    });
    for (int i = 0; i < 16; i++) {
      assertEquals(values[i], result[i]);
      assertEquals(-values[i], result[16 + i]);
      assertEquals(0, result[32 + i]);
    }
  }

  private LoadedModel model(Backend backend, double cropRatio) {
    ModelSpec spec = Tiny.steadyModel();
    Model model = Models.create(spec);
    new ParameterArena(backend, model.parameters(), 4);
    StateDict.Builder dict = StateDict.builder().metadata("model", ModelConfigFile.write(spec));
    ModelWeights.save(model).arrays().forEach(dict::put);
    Path file = folder.resolve("tiny.safetensors");
    Safetensors.write(file, dict.build());
    OpenOptions options =
        OpenOptions.DEFAULT.withPreparation(preprocessing -> preprocessing.withCropRatio(cropRatio));
    return LoadedModel.open(file, options, backend);
  }

  @ParameterizedTest
  @EnumSource(TestTimeViews.class)
  void aPicturesResultDoesNotDependOnItsBatch(TestTimeViews views) throws Exception {
    Dataset data = Tiny.data().validation();
    List<RawImage> images = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      images.add(data.load(i));
    }
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel model = model(backend, 0.875);
      TestTimeAugmentation augmentation = new TestTimeAugmentation(views, Mean.PROBABILITIES);
      List<Prediction> together = augmentation.predict(model, images);
      for (int i = 0; i < images.size(); i++) {
        assertEquals(List.of(together.get(i)), augmentation.predict(model, List.of(images.get(i))));
        double sum =
            together.get(i).classes().stream().mapToDouble(Prediction.ClassProbability::probability).sum();
        assertEquals(1, sum, 1e-9);
      }
      if (views == TestTimeViews.NONE) {
        List<Prediction> plain = model.predict(images);
        for (int i = 0; i < images.size(); i++) {
          assertEquals(plain.get(i).first().index(), together.get(i).first().index());
          assertEquals(
              plain.get(i).first().probability(), together.get(i).first().probability(), 1e-6);
        }
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefused() throws Exception {
    TestTimeAugmentation five = new TestTimeAugmentation(TestTimeViews.FIVE_CROP, Mean.LOGITS);
    try (Backend backend = Backends.open("cpu", 1)) {
      LoadedModel model = model(backend, 1);
      List<RawImage> images = List.of(Tiny.data().validation().load(0));
      String message =
          assertThrows(IllegalArgumentException.class, () -> five.predict(model, images)).getMessage();
      assertTrue(message.contains("`cropRatio` is 1.0"), message);
    }
    TestTimeAugmentation d4 = new TestTimeAugmentation(TestTimeViews.D4, Mean.LOGITS);
    List<Source> wide = List.of(new Source(new float[6], 2, 3));
    String message =
        assertThrows(
            IllegalArgumentException.class, () -> d4.logits(wide, 1, 2, 3, 1, (i, n) -> new float[n]))
            .getMessage();
    assertTrue(message.contains("square input"), message);
    message =
        assertThrows(
            IllegalArgumentException.class, () -> five.pixelLogits(wide, 1, 2, 3, 1, (i, n) -> i))
            .getMessage();
    assertTrue(message.contains("mirror, flips or d4"), message);
    message =
        assertThrows(IllegalArgumentException.class, () -> TestTimeViews.parse("all")).getMessage();
    assertTrue(message.contains("five-crop"), message);
    assertEquals(TestTimeViews.TEN_CROP, TestTimeViews.parse("Ten-Crop"));
    assertEquals(
        List.of(1, 2, 4, 8, 5, 10), Arrays.stream(TestTimeViews.values()).map(TestTimeViews::count).toList());
  }
}
