package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.StateDict;

/** Weights for images of another shape or other channels than they were made for. */
class RectanglesAndChannelsTest {
  private static ModelSpec swin(String image, int window) {
    return ModelConfigFile.parse(
        "DATA: {IMG_SIZE: " + image
            + "}\nMODEL: {TYPE: swin, NUM_CLASSES: 2, SWIN: {PATCH_SIZE: 4, EMBED_DIM: 4,"
            + " DEPTHS: [1, 1, 1], NUM_HEADS: [1, 1, 1], WINDOW_SIZE: " + window + ", WINDOW_POLICY: timm}}",
        "test");
  }

  private static Model place(ModelSpec spec, int seed, Backend backend) {
    Model model = Models.create(spec);
    new ParameterArena(backend, model.parameters(), seed);
    return model;
  }

  private static float[] values(Model model, String path) {
    return model.parameters().stream().filter(p -> p.path().equals(path)).findFirst().orElseThrow().value()
        .toFloats();
  }

  /** The last stage is 2×4 tokens with windows of 4×4: timm's is 2×4, its table of 3×7 rows. */
  @Test
  void aStageIsSmallerThanTheWindowOnOneAxis() {
    try (Backend backend = Backends.open("cpu", 1)) {
      StateDict square = ModelWeights.save(place(swin("64", 4), 3, backend));
      Model wide = place(swin("[32, 64]", 4), 4, backend);
      LoadReport report =
          ModelWeights.load(wide, ParameterNames.of(ParameterNames.write(square, Dialect.TIMM)),
              LoadOptions.STRICT, "f");
      String table = "layers.2.blocks.0.attn.relative_position_bias_table";
      assertEquals(List.of(table + " [21, 1] instead of [49, 1]"), report.resized());
      float[] expected = GridResampling.geometric(square.get(table).toFloats(), 7, 7, 3, 7);
      assertArrayEquals(expected, values(wide, table));
      // The narrow way is the same table turned round.
      float[] tall = GridResampling.geometric(square.get(table).toFloats(), 7, 7, 7, 3);
      Model narrow = place(swin("[64, 32]", 4), 4, backend);
      ModelWeights.load(narrow, ParameterNames.of(ParameterNames.write(square, Dialect.TIMM)),
          LoadOptions.STRICT, "f");
      assertArrayEquals(tall, values(narrow, table));
    }
  }

  /**
   * timm's adapt_input_conv: the sum for one channel, repeated filters times 3/n for n, and a third each for
   * three.
   */
  @Test
  void kernelsOfOtherChannels() {
    float[] rgb = {1, 2, 10, 20, 100, 200, 3, 4, 30, 40, 300, 400};
    ArrayData three = ArrayData.ofFloats(new long[] {2, 3, 1, 2}, rgb);
    assertArrayEquals(new float[] {111, 222, 333, 444}, InputChannels.adapt(three, new long[] {2, 1, 1, 2}));
    float[] four = InputChannels.adapt(three, new long[] {2, 4, 1, 2});
    assertArrayEquals(
        new float[] {.75f, 1.5f, 7.5f, 15, 75, 150, .75f, 1.5f}, Arrays.copyOf(four, 8));
    assertArrayEquals(new float[] {1.5f, 3, 15, 30},
        Arrays.copyOf(InputChannels.adapt(three, new long[] {2, 2, 1, 2}), 4));
    ArrayData one = ArrayData.ofFloats(new long[] {1, 1, 1, 2}, 3, 6);
    assertArrayEquals(new float[] {1, 2, 1, 2, 1, 2}, InputChannels.adapt(one, new long[] {1, 3, 1, 2}),
        1e-6f);
    assertNull(InputChannels.adapt(three, new long[] {2, 1, 2, 2}), "another patch");
    assertNull(InputChannels.adapt(three, new long[] {3, 1, 1, 2}), "another width");
    assertNull(
        InputChannels.adapt(ArrayData.ofFloats(new long[] {1, 2, 1, 1}, 1, 2), new long[] {1, 3, 1, 1}));
    // Three channels that are the same see what the sum sees.
    try (Backend backend = Backends.open("cpu", 1)) {
      StateDict grey = ModelWeights.save(place(swin("64", 4).withImage(64, 64, 1), 3, backend));
      Model colour = place(swin("64", 4), 5, backend);
      LoadReport report = ModelWeights.load(colour, ParameterNames.of(grey), LoadOptions.STRICT, "f");
      assertTrue(report.resized().get(0).startsWith("patch_embed.proj.weight [4, 3, 4, 4]"),
          report::toString);
      float[] filters = values(colour, "patch_embed.proj.weight");
      float[] before = grey.get("patch_embed.proj.weight").toFloats();
      for (int i = 0; i < 16; i++) {
        assertEquals(before[i], filters[i] + filters[16 + i] + filters[32 + i], 1e-7f);
      }
    }
  }
}
