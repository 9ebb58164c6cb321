package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.RecognitionHints;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Npz;
import org.swinengine.weights.RenameRules;

/**
 * Home-made ViTs that others trained and published, with PyTorch's logits for sixteen images each: {@code
 * -Dswin.realdata=DIR}, as for the converter's tests of real files.
 */
class RealVitsTest {
  private static final String FOLDER = System.getProperty("swin.realdata", "");

  @ParameterizedTest
  @CsvSource({
    "vit-cifar10-smmk/vit_cifar10.pth, post, relu, 8, 0.485 0.456 0.406, 0.229 0.224 0.225",
    "vit-cifar10-shamail/best_vit.pth, pre, gelu, 4, 0.5 0.5 0.5, 0.5 0.5 0.5",
    "vit-fashionmnist-sunny/best_vit_model.pth, pre, gelu, 4, 0.5, 0.5"
  })
  void logitsOfAHomeMadeVitEqualPyTorchs(
      String name, String order, String activation, int heads, String means, String deviations) {
    Path file = Path.of(FOLDER).resolve("weights").resolve(name);
    assumeTrue(!FOLDER.isEmpty() && Files.exists(file), "needs -Dswin.realdata=DIR with these files");
    WeightSource source = WeightSource.of(file);
    OpenOptions auto = OpenOptions.DEFAULT.withNames(null, RenameRules.parse(List.of("auto")));
    assertThrows(ModelConfigException.class, source::spec);
    String asked = assertThrows(ModelConfigException.class, () -> source.with(auto).spec()).getMessage();
    assertTrue(asked.contains("`normOrder`") && asked.contains("`activation`") && asked.contains("`heads`"),
        asked);
    RecognitionHints said =
        RecognitionHints.NONE.withHeads(heads).withOwn("NORM_ORDER", order).withOwn("ACTIVATION", activation);
    Map<String, ArrayData> reference = Npz.read(file.resolveSibling("reference_torch2.13.npz"));
    float[] expected = reference.get("logits").toFloats();
    float[] pixels = reference.get("pixels_u8").toFloats();
    int images = expected.length / 10;
    String[] mean = means.split(" ");
    String[] deviation = deviations.split(" ");
    int plane = pixels.length / images / mean.length;
    for (int i = 0; i < pixels.length; i++) {
      int c = i / plane % mean.length;
      pixels[i] = (pixels[i] / 255 - Float.parseFloat(mean[c])) / Float.parseFloat(deviation[c]);
    }
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel model = LoadedModel.open(source.with(auto.withHints(said)), backend);
      assertEquals(0, model.report().missing().size());
      float[] found = model.logits(pixels, images);
      float largest = 0;
      float error = 0;
      for (int i = 0; i < expected.length; i++) {
        largest = Math.max(largest, Math.abs(expected[i]));
        error = Math.max(error, Math.abs(expected[i] - found[i]));
      }
      assertTrue(error < 1e-5 * largest, error + " of " + largest);
    }
  }
}
