package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.StateDict;

/** Weights without a head, beside others' arrays, or with values that are no numbers. */
class HeadlessWeightsTest {
  private static final LoadOptions TRAINING = LoadOptions.STRICT.withNewHead();

  private static Backend backend;
  private static StateDict weights;

  @BeforeAll
  static void open() {
    backend = Backends.open("cpu", 1);
    weights = ModelWeights.save(place(7));
  }

  @AfterAll
  static void close() {
    backend.close();
  }

  private static Model place(int seed) {
    Model model =
        Models.create(
            ModelConfigFile.parse(
                "DATA: {IMG_SIZE: 16}\nMODEL: {TYPE: vit, NUM_CLASSES: 3, VIT: {PATCH_SIZE: 8, EMBED_DIM: 4,"
                    + " DEPTH: 2, NUM_HEADS: 1}}",
                "test"));
    new ParameterArena(backend, model.parameters(), seed);
    return model;
  }

  /** The weights under other names, and without those that get none. */
  private static StateDict renamed(UnaryOperator<String> names, String... more) {
    StateDict.Builder builder = StateDict.builder();
    weights.arrays().forEach((name, array) -> {
      String other = names.apply(name);
      if (other != null) {
        builder.put(other, array);
      }
    });
    for (String name : more) {
      builder.put(name, ArrayData.ofFloats(new long[] {2}, 1, 2));
    }
    return builder.build();
  }

  private static String headless(String name) {
    return name.startsWith("head.") ? null : name;
  }

  private static float[] values(Model model, String path) {
    return model.parameters().stream().filter(p -> p.path().equals(path)).findFirst().orElseThrow().value()
        .toFloats();
  }

  private static LoadReport load(Model model, StateDict dict, LoadOptions options) {
    return ModelWeights.load(model, ParameterNames.of(dict), options, "file");
  }

  private static String refusal(StateDict dict, LoadOptions options) {
    return assertThrows(ModelConfigException.class, () -> load(place(1), dict, options)).getMessage();
  }

  private static void requireBackbone(Model model) {
    for (Parameter parameter : model.parameters()) {
      if (!parameter.path().startsWith("head.")) {
        assertArrayEquals(weights.get(parameter.path()).toFloats(), parameter.value().toFloats(),
            parameter.path());
      }
    }
  }

  @Test
  void trainingMakesTheHeadThatIsNotThere() {
    Model model = place(1);
    float[] fresh = values(model, "head.weight");
    LoadReport report = load(model, renamed(HeadlessWeightsTest::headless), TRAINING);
    assertTrue(report.isComplete(), report::toString);
    assertEquals(
        List.of("head.weight [3, 4], which the file does not have",
            "head.bias [3], which the file does not have"),
        report.replaced());
    requireBackbone(model);
    assertArrayEquals(fresh, values(model, "head.weight"));
    String message = refusal(renamed(HeadlessWeightsTest::headless), LoadOptions.STRICT);
    assertTrue(message.contains("2 missing (head.weight") && message.contains("train from it"), message);
    assertTrue(
        refusal(renamed(n -> n.startsWith("norm.") ? null : headless(n)), TRAINING).contains("norm.weight"));
  }

  @Test
  void whatStandsBesideTheModelIsReported() {
    // Outside of the prefix that the model's arrays have: in every command.
    StateDict lightning =
        renamed(name -> "model." + name, "criterion.weight", "fc_loss.w", "projection.0.weight");
    Model model = place(1);
    LoadReport report = load(model, lightning, LoadOptions.STRICT);
    assertEquals(List.of("criterion.weight [2]", "fc_loss.w [2]", "projection.0.weight [2]"),
        report.unexpected());
    requireBackbone(model);
    // Parts of training, without a prefix.
    StateDict mae = renamed(HeadlessWeightsTest::headless, "mask_token", "decoder_embed.bias",
        "decoder_blocks.0.norm1.bias");
    assertEquals(3, load(place(1), mae, TRAINING).unexpected().size());
    // A teacher's head, where the head is a new one.
    StateDict teacher =
        renamed(name -> headless(name) == null ? null : "backbone." + name, "head.mlp.0.bias");
    assertEquals(List.of("head.mlp.0.bias [2]"), load(place(1), teacher, TRAINING).unexpected());
    StateDict moco =
        renamed(
            name -> headless(name) == null ? null : "module.base_encoder." + name,
            "module.base_encoder.head.0.weight",
            "module.predictor.0.weight", "module.momentum_encoder.cls_token",
            "module.momentum_encoder.pos_embed");
    requireBackbone(loaded(moco));
  }

  private static Model loaded(StateDict dict) {
    Model model = place(1);
    load(model, dict, TRAINING);
    return model;
  }

  @Test
  void aPrefixOfAllNamesIsLeftOut() {
    for (String prefix : List.of("student.", "my_own_key.net.", "a.b.c.")) {
      assertTrue(load(place(1), renamed(name -> prefix + name), LoadOptions.STRICT).isPlain(), prefix);
    }
    // Two of a kind: neither is the model's.
    StateDict.Builder two = StateDict.builder();
    renamed(name -> "student." + name).arrays().forEach(two::put);
    renamed(name -> "teacher." + name).arrays().forEach(two::put);
    refusal(two.build(), LoadOptions.STRICT);
  }

  /** What may be part of what the model computes is refused, and the message says what helps. */
  @Test
  void whatMayBeTheModelsIsRefused() {
    for (String name : List.of("blocks.2.norm1.weight", "blocks.0.attn.q_norm.weight", "attn_pool.latent")) {
      String message = refusal(renamed(n -> n, name), LoadOptions.STRICT);
      assertTrue(message.contains("1 unexpected (" + name), message);
      String part = name.substring(0, name.indexOf('.'));
      assertTrue(message.contains("`rename` '^" + part + "\\..*=>'") && message.contains("`strict` is off"),
          message);
      assertFalse(message.contains("`model`"), message);
    }
  }

  @Test
  void valuesThatAreNoNumbersAreReported() {
    StateDict.Builder bad = StateDict.builder();
    weights.arrays().forEach((name, array) -> {
      float[] values = array.toFloats();
      if (name.equals("norm.weight")) {
        values[1] = Float.NaN;
        values[2] = Float.NEGATIVE_INFINITY;
      }
      bad.put(name, ArrayData.ofFloats(array.shape(), values));
    });
    LoadReport report = load(place(1), bad.build(), LoadOptions.STRICT);
    assertEquals(List.of("norm.weight: 2 of 4"), report.notFinite());
    assertTrue(report.isComplete() && !report.isPlain(), report::toString);
    assertTrue(report.toString().contains("1 with NaN or infinite values (norm.weight: 2 of 4)"),
        report::toString);
    assertTrue(report.warning().startsWith("1 array (norm.weight: 2 of 4) of the weights hold"),
        report::warning);
    assertEquals("", load(place(1), weights, LoadOptions.STRICT).warning());
  }
}
