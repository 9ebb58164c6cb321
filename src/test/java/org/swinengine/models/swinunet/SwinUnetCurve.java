package org.swinengine.models.swinunet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Function;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.AddOp;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.ops.PixelTarget;
import org.swinengine.ops.RegionLossOp;
import org.swinengine.ops.ScaleOp;
import org.swinengine.optim.Cycles;
import org.swinengine.optim.Gradients;
import org.swinengine.optim.Optimizer;
import org.swinengine.optim.PolynomialSchedule;
import org.swinengine.optim.WarmUp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Twenty steps of a small Swin-Unet beside those of the original in PyTorch, whose losses {@code curve.py}
 * wrote. Weights, pictures and masks are functions of names and places, the same there and here.
 */
final class SwinUnetCurve {
  /** Relative: twenty steps of float32, whose sums are made in other orders. */
  private static final double TOLERANCE = 1e-5;

  private static final int BATCH = 2;
  private static final int SIDE = 64;
  private static final int CLASSES = 3;
  private static final double DICE_SHARE = 0.6;

  private SwinUnetCurve() {}

  /**
   * Trains.
   *
   * @param name in the table
   * @param rate of the first step
   */
  static void check(
      Backend backend, String name, double rate, Function<ParameterArena, Optimizer> optimizerOf)
      throws IOException {
    Model model =
        Models.create(
            ModelConfigFile.parse(
                """
                DATA: {IMG_SIZE: 64}
                MODEL:
                  TYPE: swin_unet
                  NUM_CLASSES: 3
                  DROP_PATH_RATE: 0
                  SWIN:
                    {PATCH_SIZE: 4, EMBED_DIM: 8, DEPTHS: [2, 2, 2, 2], NUM_HEADS: [1, 2, 2, 4],
                     WINDOW_SIZE: 2}
                """,
                "curve.yaml"));
    ParameterArena arena = new ParameterArena(backend, model.parameters(), 0);
    for (Parameter parameter : model.parameters()) {
      fill(parameter);
    }
    Optimizer optimizer = optimizerOf.apply(arena);
    JsonNode expected = table().get(name);
    PolynomialSchedule schedule =
        new PolynomialSchedule(rate, 0, 0.9, WarmUp.NONE, Cycles.one(expected.size()));
    for (int step = 0; step < expected.size(); step++) {
      double[] loss = new double[1];
      Variable images =
          Variable.constant(Tensor.of(backend, Shape.of(BATCH, 3, SIDE, SIDE), pictures(step)));
      int[] labels = labels(step);
      Gradients.add(() -> loss(model.forward(images, ForwardMode.EVALUATION), labels, loss));
      assertEquals(
          expected.get(step).asDouble(), loss[0], TOLERANCE * expected.get(step).asDouble(),
          name + ", step " + (step + 1));
      assertTrue(optimizer.step(schedule.rate(step)).finite());
    }
  }

  private static Variable loss(Variable logits, int[] labels, double[] value) {
    Backend backend = logits.backend();
    Tensor classes = Tensor.ofInts(backend, Shape.of(BATCH, SIDE, SIDE), labels);
    PixelTarget target = PixelTarget.of(backend, labels, BATCH, CLASSES, SIDE, SIDE, null);
    Variable loss =
        AddOp.apply(
            ScaleOp.apply(CrossEntropyOp.apply(logits, classes, 0), 1 - DICE_SHARE),
            ScaleOp.apply(RegionLossOp.dice(logits, target, 1e-5), DICE_SHARE));
    value[0] = loss.value().item();
    return loss;
  }

  private static JsonNode table() throws IOException {
    try (InputStream in = SwinUnetCurve.class.getResourceAsStream("curve.json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  /** Uniform in [0, 1): splitmix64 with the name's hash for a seed, the upper 24 bits. */
  private static double number(String name, int place) {
    long z = (name.hashCode() & 0xffffffffL) + (place + 1) * 0x9E3779B97F4A7C15L;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return ((z ^ z >>> 31) >>> 40) / (double) (1 << 24);
  }

  /** Matrices within 0.1 of 0, the scales of norms within 0.1 of 1. */
  private static void fill(Parameter parameter) {
    String name = parameter.path();
    int middle = name.contains("norm") && name.endsWith("weight") ? 1 : 0;
    double[] values = new double[Math.toIntExact(parameter.shape().elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (number(name, i) - 0.5) * 0.2 + middle;
    }
    parameter.value().backend().memory().upload(values, 0, parameter.value(), values.length);
  }

  /** Discs of two classes. */
  private static int[] labels(int step) {
    int[] labels = new int[BATCH * SIDE * SIDE];
    for (int i = 0; i < BATCH; i++) {
      for (int c = 1; c < CLASSES; c++) {
        String disc = "disc " + step + " " + i + " " + c;
        int row = (int) (number(disc, 0) * SIDE);
        int column = (int) (number(disc, 1) * SIDE);
        int radius = (int) (number(disc, 2) * 12) + 4;
        for (int at = 0; at < SIDE * SIDE; at++) {
          int down = at / SIDE - row;
          int right = at % SIDE - column;
          if (down * down + right * right <= radius * radius) {
            labels[i * SIDE * SIDE + at] = c;
          }
        }
      }
    }
    return labels;
  }

  /** Noise, lighter where a class is. */
  private static float[] pictures(int step) {
    int[] labels = labels(step);
    int plane = SIDE * SIDE;
    float[] pixels = new float[BATCH * 3 * plane];
    for (int i = 0; i < pixels.length; i++) {
      int label = labels[i / (3 * plane) * plane + i % plane];
      pixels[i] = (float) (number("picture " + step, i) * 2 - 1 + label);
    }
    return pixels;
  }
}
