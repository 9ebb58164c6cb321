package org.swinengine.models.swinunet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.models.LoadOptions;
import org.swinengine.models.LoadReport;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.models.Models;
import org.swinengine.models.ParameterNames;
import org.swinengine.tensor.Scope;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.StateDict;

/** Against what the original's load_from does with a Swin-T checkpoint, at an eighth of its channels. */
final class SwinUnetInitializationTest {
  private static ModelSpec spec(String type, String depths, int window) {
    String swin =
        "SWIN: {EMBED_DIM: 12, DEPTHS: " + depths + ", NUM_HEADS: [1, 2, 4, 8], WINDOW_SIZE: " + window + "}";
    return ModelConfigFile.parse("MODEL: {TYPE: " + type + ", " + swin + "}", "small.yaml");
  }

  /** Swin-T with its buffers; every array holds one number of its own. */
  private static StateDict swin(int window) {
    StateDict.Builder builder = StateDict.builder();
    int number = 0;
    for (Parameter parameter : Models.create(spec("swin", "[2, 2, 6, 2]", window)).parameters()) {
      float[] values = new float[Math.toIntExact(parameter.shape().elements())];
      Arrays.fill(values, ++number);
      builder.put(parameter.path(), ArrayData.ofFloats(parameter.shape().longDims(), values));
    }
    builder.put("layers.0.blocks.1.attn_mask", ArrayData.ofFloats(new long[] {1}, 0));
    builder.put("layers.0.blocks.1.attn.relative_position_index", ArrayData.ofLongs(new long[] {1}, 0));
    return builder.build();
  }

  private static SwinUnet unet() {
    return (SwinUnet) Models.create(spec("swin_unet", "[2, 2, 2, 2]", 7));
  }

  @Test
  void encoderAndDecoderStartFromTheSameArrays() {
    StateDict swin = swin(7);
    SwinUnetInitialization initial = SwinUnetInitialization.fromSwin(swin, unet());
    assertSame(swin, "patch_embed.proj.weight", initial, "patch_embed.proj.weight");
    assertSame(swin, "norm.bias", initial, "norm.bias");
    assertSame(swin, "layers.2.blocks.1.mlp.fc1.weight", initial, "layers.2.blocks.1.mlp.fc1.weight");
    assertSame(swin, "layers.2.blocks.1.mlp.fc1.weight", initial, "layers_up.1.blocks.1.mlp.fc1.weight");
    assertSame(swin, "layers.1.blocks.0.attn.qkv.bias", initial, "layers_up.2.blocks.0.attn.qkv.bias");
    assertSame(
        swin, "layers.0.blocks.1.attn.relative_position_bias_table", initial,
        "layers_up.3.blocks.1.attn.relative_position_bias_table");
  }

  @Test
  void whatIsMissingIsWhatTheOriginalLeavesFresh() {
    SwinUnetInitialization initial = SwinUnetInitialization.fromSwin(swin(7), unet());
    Set<String> expected = new TreeSet<>(Set.of("norm_up.weight", "norm_up.bias", "output.weight"));
    for (String up : List.of("layers_up.0.", "layers_up.1.upsample.", "layers_up.2.upsample.", "up.")) {
      expected.addAll(List.of(up + "expand.weight", up + "norm.weight", up + "norm.bias"));
    }
    for (int k = 1; k <= 3; k++) {
      expected.addAll(List.of("concat_back_dim." + k + ".weight", "concat_back_dim." + k + ".bias"));
    }
    assertEquals(21, expected.size());
    assertEquals(expected, new TreeSet<>(initial.missing()));
    assertEquals(218 - 21, initial.encoder().size() + initial.decoder().size());
    assertEquals(6 * 13, initial.decoder().size());
    assertTrue(initial.mismatched().isEmpty());
    // Four blocks of the six of stage 2, and the head.
    assertEquals(4 * 13 + 2, initial.unused().size());
    assertTrue(initial.unused().contains("head.weight"));
    assertFalse(initial.unused().contains("layers.0.blocks.1.attn_mask"));
    assertEquals(
        "119 arrays for the encoder, 78 for the decoder, 21 parameters keep their first values, 0 of another"
            + " shape, 54 arrays unused",
        initial.toString());
  }

  @Test
  void arraysOfAnotherShapeAreLeftOutAndNamed() {
    StateDict swin = swin(7);
    SwinUnet other = (SwinUnet) Models.create(spec("swin_unet", "[2, 2, 2, 2]", 14).withImage(448, 448, 3));
    SwinUnetInitialization initial = SwinUnetInitialization.fromSwin(swin, other);
    // The tables of eight blocks in the encoder and six in the decoder.
    assertEquals(14, initial.mismatched().size());
    assertTrue(
        initial.mismatched().contains(
            "layers_up.3.blocks.0.attn.relative_position_bias_table [169, 1] instead of [729, 1]"),
        initial.mismatched().toString());
    assertFalse(initial.weights().contains("layers.0.blocks.0.attn.relative_position_bias_table"));
  }

  @Test
  void weightsOfNoSwinAreRefused() {
    StateDict none = StateDict.builder().put("model.weight", ArrayData.ofFloats(new long[] {1}, 1)).build();
    ModelConfigException error =
        assertThrows(ModelConfigException.class, () -> SwinUnetInitialization.fromSwin(none, unet()));
    assertTrue(error.getMessage().contains("none of the 1 arrays fits swin_unet"), error.getMessage());
  }

  @Test
  void loadingASwinStartsBothHalvesAndIsNotTakenForTheWholeModel() {
    StateDict swin = swin(7);
    SwinUnet model = unet();
    try (Backend backend = Backends.open("cpu", 1);
        Scope scope = Scope.open()) {
      new ParameterArena(backend, model.parameters(), 3);
      Map<String, float[]> first = values(model);
      NamedWeights named = ParameterNames.of(swin);
      ModelConfigException refused =
          assertThrows(
              ModelConfigException.class,
              () -> ModelWeights.load(model, named, LoadOptions.STRICT, "swin.pth"));
      assertTrue(refused.getMessage().contains("where `strict` is off"), refused.getMessage());
      assertArrayEquals(first.get("patch_embed.proj.weight"), values(model).get("patch_embed.proj.weight"));
      LoadReport report = ModelWeights.load(model, named, LoadOptions.STRICT.lenient(), "swin.pth");
      assertEquals(119, report.loaded().size());
      assertEquals(78, report.mirrored().size());
      assertEquals(21, report.missing().size());
      Map<String, float[]> then = values(model);
      String block = "layers_up.1.blocks.1.mlp.fc1.weight";
      assertArrayEquals(swin.get("layers.2.blocks.1.mlp.fc1.weight").toFloats(), then.get(block));
      report.missing().forEach(path -> assertArrayEquals(first.get(path), then.get(path), path));
    }
  }

  private static Map<String, float[]> values(SwinUnet model) {
    return model.parameters().stream()
        .collect(Collectors.toMap(Parameter::path, parameter -> parameter.value().toFloats()));
  }

  @Test
  void everyGivenArrayIsAParametersWithItsShape() {
    Model model = unet();
    SwinUnetInitialization initial = SwinUnetInitialization.fromSwin(swin(7), unet());
    Set<String> paths = model.parameters().stream().map(Parameter::path).collect(Collectors.toSet());
    assertTrue(paths.containsAll(initial.weights().names()));
  }

  private static void assertSame(StateDict from, String source, SwinUnetInitialization to, String target) {
    float expected = from.get(source).toFloats()[0];
    assertEquals(expected, to.weights().get(target).toFloats()[0], source + " to " + target);
  }
}
