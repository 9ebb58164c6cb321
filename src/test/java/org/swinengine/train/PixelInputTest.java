package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.PixelWish;
import org.swinengine.data.Mixup;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.Prediction;
import org.swinengine.train.settings.Augmentation;

/** A run that gives pictures to the device as pixels has the bits of one that gives floats. */
class PixelInputTest {
  private static final Augmentation AUGMENTATION =
      Augmentation.of(
          Map.of("cropPadding", 1, "colorJitter", 0.2, "flip", 0.5, "vflip", 0.5, "erasing", 0.4));

  @TempDir
  private Path output;

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void aRunHasTheSameBits(String device) throws IOException {
    try (Backend backend = Backends.open(device, 2)) {
      check(backend, output);
    }
  }

  /** The last batch of the validation is smaller. */
  static void check(Backend backend, Path output) throws IOException {
    PixelWish floats = new PixelWish(backend, false);
    PixelWish pixels = new PixelWish(backend, true);
    Path expected = run(floats, output, "floats");
    Path actual = run(pixels, output, "pixels");
    assertEquals(0, floats.uploads());
    assertTrue(pixels.uploads() >= 2 * (3 + 2), pixels.uploads() + " batches of pixels");
    TrainerTest.assertSameRuns(expected, actual);
    int before = pixels.uploads();
    assertEquals(predictions(floats, expected), predictions(pixels, expected));
    assertEquals(1, pixels.uploads() - before);
  }

  private static Path run(PixelWish wish, Path output, String tag) throws IOException {
    TrainConfig config =
        Tiny.config(output).toBuilder().tag(tag).batchSize(24).augmentation(AUGMENTATION)
            .set("mixup", 0.8).set("cutmix", 1.0).set("mixupProb", 0.9)
            .set("mixupMode", Mixup.Mode.ELEM).build();
    return new Trainer(config, Tiny.data(), wish.backend(), TrainListener.SILENT).run().folder();
  }

  private static List<Prediction> predictions(PixelWish wish, Path run) throws IOException {
    LoadedModel model = LoadedModel.open(run.resolve("best.safetensors"), wish.backend());
    Tiny.Pictures pictures = new Tiny.Pictures(5, 7);
    return model.predict(IntStream.range(0, 5).mapToObj(pictures::load).toList());
  }
}
