package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.nn.ForwardMode;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** Whole models whose LayerNorms are parts of products in inference: logits as those of a tape's pass. */
@Tag("cuda")
final class CudaNormFoldTest {
  @BeforeAll
  static void needsDevice() {
    CudaBackendsForTests.assumeAvailable();
  }

  private static Tensor images(Backend backend, ModelSpec spec) {
    Random random = new Random(5);
    float[] pixels = new float[2 * spec.channels() * spec.imageHeight() * spec.imageWidth()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    return Tensor.of(backend, Shape.of(2, spec.channels(), spec.imageHeight(), spec.imageWidth()), pixels);
  }

  private static float[] logits(Model model, Tensor images) {
    try (Scope scope = Scope.open()) {
      return model.forward(Variable.constant(images), ForwardMode.EVALUATION).value().toFloats();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "swin, NAME: swin, SWIN: {PATCH_SIZE: 4, EMBED_DIM: 32, DEPTHS: [2, 2], NUM_HEADS: [1, 2],"
            + " WINDOW_SIZE: 4}",
        "vit, NAME: vit, VIT: {PATCH_SIZE: 8, EMBED_DIM: 96, DEPTH: 2, NUM_HEADS: 3}",
        "swin_unet, NAME: unet, SWIN: {PATCH_SIZE: 4, EMBED_DIM: 32, DEPTHS: [2, 2], DECODER_DEPTHS: [2, 2],"
            + " NUM_HEADS: [1, 2], WINDOW_SIZE: 4}"})
  void logitsAreThoseOfATape(String yaml) {
    ModelSpec spec =
        ModelConfigFile.parse("DATA: {IMG_SIZE: 32}\nMODEL: {NUM_CLASSES: 7, TYPE: " + yaml + "}\n",
            "folded");
    try (Backend backend = CudaBackendsForTests.open(DType.BF16);
        Scope scope = Scope.open()) {
      Model model = Models.create(spec);
      new ParameterArena(backend, model.parameters(), 17);
      Tensor images = images(backend, spec);
      float[] folded = logits(model, images);
      assertArrayEquals(folded, logits(model, images), "a second pass");
      float[] recorded;
      try (Tape tape = Tape.open()) {
        recorded = logits(model, images);
      }
      assertFalse(Arrays.equals(folded, recorded), "nothing was folded");
      assertNear(recorded, folded);
      // A norm's parameter that changes reaches what was made of it.
      Parameter gamma =
          model.parameters().stream().filter(p -> p.path().endsWith("norm2.weight")).findFirst()
              .orElseThrow();
      gamma.value().fill(-2);
      gamma.touch();
      float[] changed = logits(model, images);
      try (Tape tape = Tape.open()) {
        recorded = logits(model, images);
      }
      assertNear(recorded, changed);
      assertFalse(Arrays.equals(folded, changed), "an old form was taken");
    }
  }

  private static void assertNear(float[] expected, float[] found) {
    double largest = 0;
    double error = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      error = Math.max(error, Math.abs(expected[i] - found[i]));
    }
    // Of bf16's 2⁻⁹ each, some dozen times: the bound of whole models in bf16 against PyTorch is 1.1e-2.
    assertTrue(error <= 2.2e-2 * largest, error + " of " + largest);
  }
}
