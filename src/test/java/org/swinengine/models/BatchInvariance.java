package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.nn.ForwardMode;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Holds that an image's logits have the same bits at every batch size, every position and beside any
 * neighbour.
 */
public final class BatchInvariance {
  private static final int IMAGES = 5;

  /**
   * Models that together run every kind of kernel of the forward pass; a family's own small one, and others.
   */
  public static List<ModelSpec> models() {
    return List.of(
        yaml(
            "swin, NAME: swin, SWIN: {PATCH_SIZE: 4, EMBED_DIM: 16, DEPTHS: [2, 2], NUM_HEADS: [2, 4],"
                + " WINDOW_SIZE: 4}"),
        yaml(
            "swin, NAME: padded, SWIN: {PATCH_SIZE: 4, EMBED_DIM: 24, DEPTHS: [2], NUM_HEADS: [3],"
                + " WINDOW_SIZE: 5, WINDOW_POLICY: torchvision}"),
        yaml("swinv2, NAME: swinv2, SWINV2: {PATCH_SIZE: 4, EMBED_DIM: 16, DEPTHS: [2, 2], NUM_HEADS: [2, 4],"
            + " WINDOW_SIZE: 4}"),
        yaml(
            "swin_unet, NAME: unet, SWIN: {PATCH_SIZE: 4, EMBED_DIM: 16, DEPTHS: [2, 2], DECODER_DEPTHS: [2,"
                + " 2], NUM_HEADS: [2, 4], WINDOW_SIZE: 4}"),
        yaml("vit, NAME: vit, VIT: {PATCH_SIZE: 4, EMBED_DIM: 48, DEPTH: 2, NUM_HEADS: 3}"));
  }

  private static ModelSpec yaml(String model) {
    return ModelConfigFile.parse(
        "DATA: {IMG_SIZE: 32}\nMODEL: {NUM_CLASSES: 7, TYPE: " + model + "}\n", "batch invariance");
  }

  private final Backend backend;
  private final Model model;
  private final ModelSpec spec;
  private final float[][] images = new float[IMAGES + 1][];
  private final float[][] logits = new float[IMAGES][];

  private BatchInvariance(Backend backend, ModelSpec spec) {
    this.backend = backend;
    this.spec = spec;
    model = Models.create(spec);
    new ParameterArena(backend, model.parameters(), 17);
    Random random = new Random(3);
    for (int i = 0; i <= IMAGES; i++) {
      images[i] = new float[spec.channels() * spec.imageHeight() * spec.imageWidth()];
      for (int at = 0; at < images[i].length; at++) {
        images[i][at] = (float) random.nextGaussian() * (1 + 3 * i);
      }
    }
    // A neighbour that spoils all that it touches.
    Arrays.fill(images[IMAGES], Float.NaN);
  }

  /**
   * Checks a model.
   *
   * @param sizes of batches that are made of some of its images, others beside them, at random
   */
  static void check(Backend backend, ModelSpec spec, int... sizes) {
    BatchInvariance check = new BatchInvariance(backend, spec);
    for (int i = 0; i < IMAGES; i++) {
      check.logits[i] = check.run(new int[] {i});
      assertTrue(Float.isFinite(check.logits[i][0]), "logits of " + spec.name());
      assertTrue(i == 0 || check.logits[i][0] != check.logits[0][0], "images differ for " + spec.name());
    }
    Random random = new Random(spec.name().hashCode());
    for (int size : sizes) {
      int[] batch = random.ints(size, 0, IMAGES + 1).toArray();
      check.compare(batch, check.run(batch));
    }
  }

  private void compare(int[] batch, float[] all) {
    int each = all.length / batch.length;
    for (int row = 0; row < batch.length; row++) {
      float[] part = Arrays.copyOfRange(all, row * each, (row + 1) * each);
      String what =
          spec.name() + " on " + backend.name() + ", image " + row + " of " + Arrays.toString(batch);
      if (batch[row] == IMAGES) {
        assertTrue(Float.isNaN(part[0]), what);
      } else {
        // Arrays of float are compared by the bits of their elements.
        assertArrayEquals(logits[batch[row]], part, what);
      }
    }
  }

  private float[] run(int[] batch) {
    int pixels = images[0].length;
    float[] input = new float[batch.length * pixels];
    for (int row = 0; row < batch.length; row++) {
      System.arraycopy(images[batch[row]], 0, input, row * pixels, pixels);
    }
    try (Scope scope = Scope.open();
        Tape.Pause pause = Tape.pause()) {
      Shape shape = Shape.of(batch.length, spec.channels(), spec.imageHeight(), spec.imageWidth());
      return model.forward(Variable.constant(Tensor.of(backend, shape, input)), ForwardMode.EVALUATION)
          .value()
          .toFloats();
    }
  }
}
