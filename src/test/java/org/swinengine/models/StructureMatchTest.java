package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.models.vit.VitConfig;
import org.swinengine.models.vit.VitVariant;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.RenameRules;
import org.swinengine.weights.StateDict;

/** ViTs with names of their own are recognised by their structure, and nothing else is. */
class StructureMatchTest {
  /** The parts of a block as a home-made ViT on CIFAR-10 has them. */
  private static final String BLOCK =
      "norm1.weight:16 norm1.bias:16 attn.in_proj_weight:48x16 attn.in_proj_bias:48"
          + " attn.out_proj.weight:16x16 attn.out_proj.bias:16 norm2.weight:16 norm2.bias:16"
          + " mlp.0.weight:40x16 mlp.0.bias:40 mlp.3.weight:16x40 mlp.3.bias:16";

  private static Map<String, long[]> arrays(String before, String block, String after) {
    Map<String, long[]> all = new LinkedHashMap<>();
    add(all, "", before);
    for (int i = 0; i < 3; i++) {
      add(all, "transformer." + i + ".", block);
    }
    add(all, "", after);
    return all;
  }

  private static void add(Map<String, long[]> all, String prefix, String list) {
    for (String entry : list.isEmpty() ? new String[0] : list.split(" ")) {
      String[] parts = entry.split(":");
      String[] sides = parts[1].split("x");
      long[] shape = new long[sides.length];
      for (int i = 0; i < shape.length; i++) {
        shape[i] = Long.parseLong(sides[i]);
      }
      all.put(prefix + parts[0], shape);
    }
  }

  private static final String EMBEDDING =
      "cls:1x1x16 patch.conv.weight:16x3x4x4 patch.conv.bias:16 positions.table:1x65x16";
  private static final String HEAD = "norm.weight:16 norm.bias:16 head.weight:10x16 head.bias:10";

  private static StateDict dict(Map<String, long[]> arrays) {
    StateDict.Builder dict = StateDict.builder();
    arrays.forEach((name, shape) -> dict.put(name, ArrayData.ofFloats(shape, new float[elements(shape)])));
    return dict.build();
  }

  private static int elements(long[] shape) {
    long elements = 1;
    for (long side : shape) {
      elements *= side;
    }
    return (int) elements;
  }

  private static Optional<StructureMatch> match(Map<String, long[]> arrays) {
    return StructureMatch.of(dict(arrays), RenameRules.NONE, RecognitionHints.NONE);
  }

  @Test
  void rulesGiveEveryArrayTheNameOfItsPart() {
    StateDict dict = dict(arrays(EMBEDDING, BLOCK, HEAD));
    StructureMatch match = StructureMatch.of(dict, RenameRules.NONE, RecognitionHints.NONE).orElseThrow();
    NamedWeights named = ParameterNames.of(dict, match.dialect(), match.rename());
    RecognitionHints said =
        RecognitionHints.NONE.withHeads(4).withOwn("NORM_ORDER", "post").withOwn("ACTIVATION", "relu");
    ModelSpec spec = ModelRecognition.of(dict, named, said).specOf("file");
    VitConfig vit = (VitConfig) spec.architecture();
    assertEquals(4, vit.heads());
    assertEquals(VitVariant.NormOrder.POST, vit.variant().normOrder());
    assertEquals("relu", vit.variant().activation().label());
    assertEquals(1e-5, vit.epsilon());
    assertEquals(32, spec.imageHeight());
    Model model = Models.create(spec);
    List<String> paths = new ArrayList<>();
    model.parameters().forEach(parameter -> paths.add(parameter.path()));
    assertEquals(paths.stream().sorted().toList(), named.weights().names().stream().sorted().toList());
    model
        .parameters()
        .forEach(p -> assertEquals(p.shape().elements(), elements(named.weights().get(p.path()).shape()),
            p.path()));
  }

  /** What arrays cannot show is asked for, never assumed. */
  @Test
  void whatNobodyCanSeeIsAskedFor() {
    StateDict dict = dict(arrays(EMBEDDING, BLOCK, HEAD));
    String reason = ModelRecognition.of(dict).reason();
    for (String part : List.of("`rename` auto", "`normOrder`", "`activation`", "`heads`",
        "'^cls$=>cls_token'")) {
      assertTrue(reason.contains(part), reason);
    }
    StructureMatch match = StructureMatch.of(dict, RenameRules.NONE, RecognitionHints.NONE).orElseThrow();
    NamedWeights named = ParameterNames.of(dict, match.dialect(), match.rename());
    ModelRecognition found =
        ModelRecognition.of(dict, named, RecognitionHints.NONE.withOwn("NORM_ORDER", "pre"));
    assertTrue(found.spec().isEmpty());
    assertFalse(found.reason().contains("`normOrder`"), found.reason());
    assertTrue(found.reason().contains("`activation`") && found.reason().contains("`heads`"), found.reason());
  }

  @Test
  void namesTellWhatTheyTell() {
    String separate =
        "prenorm.a.weight:16 prenorm.a.bias:16 attn.wq.weight:16x16 attn.wq.bias:16 attn.wk.weight:16x16"
            + " attn.wk.bias:16 attn.wv.weight:16x16 attn.wv.bias:16 attn.o.weight:16x16 attn.o.bias:16"
            + " prenorm.mlp.weight:16 prenorm.mlp.bias:16 mlp.0.weight:40x16 mlp.0.bias:40 mlp.3.weight:16x40"
            + " mlp.3.bias:16";
    assertTrue(match(arrays(EMBEDDING, separate, HEAD)).isEmpty(), "a norm whose place no word tells");
    StructureMatch found =
        match(arrays(EMBEDDING, separate.replace("prenorm.a.", "prenorm.attn."), HEAD)).orElseThrow();
    assertEquals("pre", found.told().own().get("NORM_ORDER"));
    assertTrue(
        found.rules().contains("^transformer\\.(\\d+)\\.attn\\.wk\\.(weight|bias)$=>blocks.$1.attn.k.$2"),
        found.rules()::toString);
    assertFalse(String.join(" ", found.undecided()).contains("normOrder"), found.undecided()::toString);
  }

  /** Projections of each head apart say how many there are. */
  @Test
  void headsWithArraysOfTheirOwnAreCounted() {
    StringBuilder block = new StringBuilder("norm1.weight:16 norm1.bias:16");
    for (int head = 0; head < 4; head++) {
      for (String part : List.of("query", "key", "value")) {
        block.append(" attn.heads." + head + "." + part + ".weight:4x16");
      }
    }
    block.append(
        " attn.proj.weight:16x16 attn.proj.bias:16 norm2.weight:16 norm2.bias:16 ff.0.weight:64x16"
            + " ff.0.bias:64 ff.2.weight:16x64 ff.2.bias:16");
    StateDict dict = dict(arrays(EMBEDDING, block.toString(), HEAD));
    StructureMatch match = StructureMatch.of(dict, RenameRules.NONE, RecognitionHints.NONE).orElseThrow();
    assertEquals(4, match.told().heads());
    NamedWeights named = ParameterNames.of(dict, match.dialect(), match.rename());
    assertEquals(List.of(48L, 16L), shape(named, "blocks.2.attn.qkv.weight"));
    assertFalse(named.weights().contains("blocks.0.attn.qkv.bias"));
  }

  private static List<Long> shape(NamedWeights named, String name) {
    List<Long> sides = new ArrayList<>();
    for (long side : named.weights().get(name).shape()) {
      sides.add(side);
    }
    return sides;
  }

  /** One array more, or two that could change places, and it may be another model. */
  @ParameterizedTest
  @CsvSource({
    "'', ' scale:16', ''", "'', ' ls1.gamma:16', ''", "'', ' cross.q.weight:16x16 cross.q.bias:16', ''",
    "' stem.weight:16x16x3x3 stem.bias:16', '', ''", "' ln_pre.weight:16 ln_pre.bias:16', '', ''",
    "' mask_token:1x1x16', '', ''", "'', '', ' decoder.weight:16x12 decoder.bias:16'",
    "'', '', ' temperature:1'",
    "' freqs:8', '', ''"
  })
  void whatHasAnotherPartIsNoMatch(String before, String block, String after) {
    assertTrue(match(arrays(EMBEDDING + before, BLOCK + block, HEAD + after)).isEmpty());
    assertTrue(match(arrays(EMBEDDING, BLOCK, HEAD)).isPresent());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Three squares and no word which is which, an MLP without a bias, one that is as wide as the tokens.
        "norm1.weight:16 norm1.bias:16 a.weight:16x16 a.bias:16 b.weight:16x16 b.bias:16 c.weight:16x16"
            + " c.bias:16 d.weight:16x16 d.bias:16 norm2.weight:16 norm2.bias:16 mlp.0.weight:40x16"
            + " mlp.0.bias:40 mlp.3.weight:16x40 mlp.3.bias:16",
        "norm1.weight:16 norm1.bias:16 qkv.weight:48x16 qkv.bias:48 o.weight:16x16 o.bias:16 norm2.weight:16"
            + " norm2.bias:16 mlp.0.weight:40x16 mlp.3.weight:16x40 mlp.3.bias:16",
        "norm1.weight:16 norm1.bias:16 qkv.weight:48x16 qkv.bias:48 o.weight:16x16 o.bias:16 norm2.weight:16"
            + " norm2.bias:16 mlp.0.weight:16x16 mlp.0.bias:16 mlp.3.weight:16x16 mlp.3.bias:16"
      })
  void whatCouldChangePlacesIsNoMatch(String block) {
    assertTrue(match(arrays(EMBEDDING, block, HEAD)).isEmpty());
  }

  /** An MLP three times as wide as the tokens has the shape of queries, keys and values. */
  @Test
  void anMlpAsWideAsAttention() {
    String block = BLOCK.replace("40", "48");
    StructureMatch found = match(arrays(EMBEDDING, block, HEAD)).orElseThrow();
    assertTrue(found.rules().stream().anyMatch(rule -> rule.contains("mlp\\.0") && rule.contains("fc1")));
    assertTrue(match(arrays(EMBEDDING, block.replace("in_proj_", "one."), HEAD)).isEmpty());
  }

  /** Without a class token the mean is taken of what the last norm gives, or the other way round. */
  @Test
  void theMeanAndTheLastNorm() {
    String embedding = EMBEDDING.replace("cls:1x1x16 ", "").replace("65", "64");
    StructureMatch open = match(arrays(embedding, BLOCK, HEAD)).orElseThrow();
    assertTrue(String.join(" ", open.undecided()).contains("`lastNorm`"), open.undecided()::toString);
    String inHead = HEAD.replace("norm.", "mlp_head.0.").replace("head.weight", "mlp_head.1.weight").replace(
        "head.bias", "mlp_head.1.bias");
    StructureMatch told = match(arrays(embedding, BLOCK, inHead.replace("mlp_mlp_", "mlp_"))).orElseThrow();
    assertEquals("after", told.told().own().get("LAST_NORM"));
    assertTrue(told.rules().stream().anyMatch(rule -> rule.endsWith("fc_norm.$1")), told.rules()::toString);
  }

  /** They scale attention and end in another way: rules would make another model of them. */
  @Test
  void earlyVitPytorchIsNotSuggested() {
    String block =
        "0.fn.norm.weight:16 0.fn.norm.bias:16 0.fn.fn.to_qkv.weight:48x16 0.fn.fn.to_out.weight:16x16"
            + " 0.fn.fn.to_out.bias:16 1.fn.norm.weight:16 1.fn.norm.bias:16 1.fn.fn.net.0.weight:40x16"
            + " 1.fn.fn.net.0.bias:40 1.fn.fn.net.2.weight:16x40 1.fn.fn.net.2.bias:16";
    Map<String, long[]> all = new LinkedHashMap<>();
    arrays(EMBEDDING, block, HEAD)
        .forEach(
            (name, shape) -> all.put(name.replaceFirst("^transformer\\.", "transformer.layers."), shape));
    assertTrue(match(all).isEmpty());
    assertTrue(ModelRecognition.of(dict(all)).reason().contains("early vit-pytorch"));
  }

  /** Names of others are printed in rules, so only ordinary ones are. */
  @Test
  void namesWithOtherLettersAreNoMatch() {
    Map<String, long[]> all = new LinkedHashMap<>();
    arrays(EMBEDDING, BLOCK, HEAD)
        .forEach((name, shape) -> all.put(name.replace("cls", "c\u001b[2Jls"), shape));
    assertTrue(match(all).isEmpty());
  }
}
