package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.nn.ForwardMode;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * Which images each implementation's models take. That they make the same of them is shown by the golden
 * cases whose names end with padded, cropped and rectangular.
 */
final class ImageSizesTest {
  private static ModelSpec spec(String type, String policy, int height, int width) {
    return ModelConfigFile.parse(
        String.format(
            Locale.ROOT,
            "DATA: {IMG_SIZE: [%d, %d]}\nMODEL: {TYPE: %s, NAME: small, NUM_CLASSES: 3, %s: {EMBED_DIM: 8,"
                + " PATCH_SIZE: 4, %s}}",
            height, width, type, type.toUpperCase(Locale.ROOT),
            type.equals("vit")
                ? "DEPTH: 1, NUM_HEADS: 2"
                : "DEPTHS: [2, 2], NUM_HEADS: [1, 2], WINDOW_SIZE: 4, WINDOW_POLICY: " + policy),
        "test");
  }

  @ParameterizedTest
  @CsvSource({
    "swin, microsoft, 32, 64", "swin, microsoft, 33, 35", "swin, microsoft, 16, 32", "swin, timm, 29, 50",
    "swin, torchvision, 29, 50", "swin, hugging_face, 29, 50", "swin, timm, 8, 40",
    "swin, torchvision, 4, 40", "swin, hugging_face, 3, 30",
    "swinv2, microsoft, 32, 64", "swinv2, microsoft, 35, 34", "swinv2, timm, 29, 50",
    "swinv2, torchvision, 29, 50", "swinv2, hugging_face, 29, 50", "vit, -, 16, 40"
  })
  void imagesThatAreTaken(String type, String policy, int height, int width) {
    ModelSpec spec = spec(type, policy, height, width);
    try (Backend backend = Backends.open("cpu", 1);
        Scope scope = Scope.open()) {
      Model model = Models.create(spec);
      new ParameterArena(backend, model.parameters(), 3);
      float[] pixels = new float[3 * height * width];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (i * 37 % 101) / 101f;
      }
      Variable image = Variable.constant(Tensor.of(backend, Shape.of(1, 3, height, width), pixels));
      double[] logits = model.forward(image, ForwardMode.EVALUATION).value().toDoubles();
      assertEquals(3, logits.length);
      for (double logit : logits) {
        assertTrue(Double.isFinite(logit), policy + ": " + logit);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "swin | microsoft | 40 | 32 | an image of 10×8 tokens cannot be cut into windows of 4×4; choose an",
        "swin | microsoft | 32 | 72 | cannot be cut into windows",
        "swin | microsoft | 28 | 28 | cannot be cut into windows",
        "swinv2 | microsoft | 40 | 32 | cannot be cut into windows of 4×4",
        "swin | timm | 3 | 40 | an image of 3×40 pixels is smaller than a patch of 4×4",
        "swin | timm | 4 | 40 | an image of 4×40 pixels has no tokens left at stage 1",
        "swin | torchvision | 40 | 2 | is smaller than a patch",
        "vit | - | 18 | 16 | an image of 18×16 pixels cannot be cut into patches of 4×4"
      })
  void imagesThatAreRefusedWithASentence(String type, String policy, int height, int width, String expected) {
    ModelSpec spec = spec(type, policy, height, width);
    ShapeException error = assertThrows(ShapeException.class, () -> Models.create(spec));
    assertTrue(error.getMessage().contains(expected), error.getMessage());
  }
}
