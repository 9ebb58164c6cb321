package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.ElementType;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.RenameRules;
import org.swinengine.weights.StateDict;
import org.swinengine.weights.WeightFileException;

class ParameterNamesTest {
  private static final Dialect LUCIDRAINS = ParameterNames.dialect("lucidrains");

  @ParameterizedTest
  @CsvSource({
    "ms_swin, microsoft, swin", "ms_swin_ape, microsoft, swin", "ms_swinv2, microsoft, swinv2",
    "timm_swin, timm, swin", "timm_swinv2, timm, swinv2", "timm_vit, timm, vit", "timm_vit_avg, timm, vit",
    "timm_deit3, timm, vit", "timm_deit_distilled, timm, vit", "torchvision_swin, torchvision, swin",
    "torchvision_swinv2, torchvision, swinv2", "torchvision_vit, torchvision, vit",
    "torchvision_vit_representation, torchvision, vit", "hf_swin, hf, swin",
    "hf4_swin, hf, swin", "hf_swin_model, hf, swin", "hf_swinv2, hf, swinv2",
    "hf_vit, hf, vit", "hf4_vit, hf, vit", "hf_vit_model, hf, vit",
    "hf_deit_distilled, hf, vit", "swin_unet, swin_unet, swin_unet"
  })
  void dialectIsRecognisedAndRoundTripsAreBitEqual(String list, String dialect, String family) {
    StateDict source = source(list, 7);
    NamedWeights named = ParameterNames.of(source);
    assertEquals(dialect, named.dialect().id());
    assertEquals(Optional.of(family), named.family());
    assertEquals(source.size() - NameList.withoutBuffers(source).size(), named.buffers().size());
    assertSameBits(NameList.withoutBuffers(source), named.toSource(named.weights()), true);
    for (Dialect other : ParameterNames.tables().dialects()) {
      StateDict written;
      try {
        written = ParameterNames.write(named.weights(), other);
      } catch (IllegalArgumentException e) {
        assertTrue(
            e.getMessage().matches("the dialect .* has no (place for|model of this family).*"),
            e.getMessage());
        assertFalse(other.id().equals(dialect), "a dialect can write what it has read: " + e.getMessage());
        continue;
      }
      NamedWeights back = ParameterNames.of(written, other, RenameRules.NONE);
      assertSameBits(named.weights(), back.weights(), false);
    }
  }

  /**
   * The same small models in several implementations, so that they must come out with the same names and
   * shapes.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ms_swin timm_swin torchvision_swin hf_swin hf4_swin",
        "ms_swinv2 timm_swinv2 torchvision_swinv2 hf_swinv2",
        "torchvision_vit hf_vit hf4_vit"
      })
  void implementationsAgree(String lists) {
    List<StateDict> engine =
        Arrays.stream(lists.split(" ", 0)).map(list -> ParameterNames.of(source(list, 1)).weights()).toList();
    for (StateDict other : engine) {
      assertEquals(
          new TreeMap<>(NameList.shapes(engine.get(0))), new TreeMap<>(NameList.shapes(other)));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ms_swin, torchvision", "ms_swin, timm", "ms_swin, hf", "ms_swinv2, torchvision", "ms_swinv2, timm",
    "ms_swinv2, hf",
    "timm_vit, torchvision", "timm_vit, hf", "timm_deit_distilled, hf", "torchvision_vit, timm",
    "hf_swin, microsoft",
    "ms_swin_ape, timm"
  })
  void everyDialectHasItsArchitectures(String list, String dialect) {
    NamedWeights named = ParameterNames.of(source(list, 5));
    StateDict written = ParameterNames.write(named.weights(), ParameterNames.dialect(dialect));
    NamedWeights back = ParameterNames.of(written);
    assertEquals(ParameterNames.dialect(dialect), back.dialect());
    assertSameBits(named.weights(), back.weights(), false);
  }

  /** torchvision's load_state_dict refuses a file without them. */
  @ParameterizedTest
  @CsvSource({"torchvision_swin", "torchvision_swinv2", "torchvision_vit"})
  void torchvisionGetsItsBuffers(String list) {
    StateDict source = source(list, 5);
    ModelRecognition found = ModelRecognition.of(source);
    StateDict written =
        ParameterNames.write(found.weights().weights(), Dialect.TORCHVISION, found.specOf(list));
    assertEquals(new TreeMap<>(NameList.shapes(source)), new TreeMap<>(NameList.shapes(written)));
  }

  @Test
  void whatADialectHasNoPlaceForIsNamed() {
    NamedWeights named = ParameterNames.of(source("ms_swin_ape", 5));
    String message =
        assertThrows(
            IllegalArgumentException.class, () -> ParameterNames.write(named.weights(), Dialect.TORCHVISION))
            .getMessage();
    assertTrue(message.contains("torchvision") && message.contains("absolute_pos_embed"), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "module.", "model.", "backbone.", "encoder.", "_orig_mod.", "module.backbone.", "_orig_mod.module.",
        "module.model.encoder.", "net."
      })
  void prefixesAreLeftOutAndComeBack(String prefix) {
    for (String list : List.of("ms_swin", "timm_swin", "timm_vit", "torchvision_vit", "hf_swin",
        "swin_unet")) {
      StateDict plain = source(list, 3);
      StateDict wrapped = NameList.renamed(plain, name -> prefix + name);
      NamedWeights named = ParameterNames.of(wrapped);
      assertEquals(ParameterNames.of(plain).dialect(), named.dialect(), list);
      assertSameBits(ParameterNames.of(plain).weights(), named.weights(), true);
      assertSameBits(NameList.withoutBuffers(wrapped), named.toSource(named.weights()), true);
    }
  }

  @Test
  void headOutsideThePrefix() {
    StateDict plain = source("timm_vit", 3);
    StateDict wrapped =
        NameList.renamed(plain, name -> name.startsWith("head.") ? name : "backbone." + name);
    assertSameBits(plain, ParameterNames.of(wrapped).weights(), true);
  }

  /** timm's layout and Microsoft's have the same names; the shapes of the merging decide. */
  @Test
  void layoutIsDecidedByShapes() {
    StateDict microsoft = ParameterNames.of(source("ms_swin", 2)).weights();
    StateDict timm = ParameterNames.write(microsoft, Dialect.TIMM);
    StateDict oldHead = NameList.renamed(timm, name -> name.replace("head.fc.", "head."));
    StateDict newHead = NameList.renamed(microsoft, name -> name.replace("head.", "head.fc."));
    for (StateDict mixed : List.of(oldHead, newHead)) {
      NamedWeights named = ParameterNames.of(mixed);
      assertSameBits(microsoft, named.weights(), false);
      assertSameBits(mixed, named.toSource(named.weights()), true);
    }
  }

  @Test
  void filesOfTheTimeOfSimMim() {
    StateDict plain = NameList.withoutBuffers(source("ms_swinv2", 2));
    StateDict old =
        NameList.renamed(
            plain, name -> "encoder." + name.replace("cpb_mlp", "rpe_mlp"));
    assertSameBits(plain, ParameterNames.of(old).weights(), true);
  }

  @Test
  void olderNamesOfTheMlp() {
    StateDict plain = source("torchvision_vit", 2);
    StateDict old =
        NameList.renamed(plain,
            name -> name.replace("mlp.0.", "mlp.linear_1.").replace("mlp.3.", "mlp.linear_2."));
    assertSameBits(ParameterNames.of(plain).weights(), ParameterNames.of(old).weights(), true);
  }

  @Test
  void layerScaleUnderDeit3sNames() {
    StateDict plain = source("timm_deit3", 2);
    StateDict old =
        NameList.renamed(
            plain, name -> name.replace("ls1.gamma", "gamma_1").replace("ls2.gamma", "gamma_2"));
    assertSameBits(plain, ParameterNames.of(old).weights(), true);
  }

  /** vit-pytorch cuts patches as (p1 p2 c) for a linear layer; a convolution's kernel is (c, p1, p2). */
  @Test
  void linearPatchEmbeddingBecomesAKernel() {
    int patch = 2;
    int columns = patch * patch * 3;
    float[] linear = new float[2 * columns];
    for (int i = 0; i < linear.length; i++) {
      linear[i] = i;
    }
    StateDict.Builder dict = StateDict.builder();
    dict.put("cls_token", ArrayData.ofFloats(new long[] {1, 1, 2}, 1, 2));
    dict.put("pos_embedding", ArrayData.ofFloats(new long[] {1, 5, 2}, new float[10]));
    dict.put("to_patch_embedding.1.weight", ArrayData.ofFloats(new long[] {2, columns}, linear));
    dict.put("to_patch_embedding.1.bias", ArrayData.ofFloats(new long[] {2}, 1, 2));
    dict.put("transformer.layers.0.0.norm.weight", ArrayData.ofFloats(new long[] {2}, 1, 2));
    dict.put("transformer.layers.0.0.fn.to_qkv.weight", ArrayData.ofFloats(new long[] {6, 2}, new float[12]));
    dict.put("transformer.layers.0.0.fn.to_out.0.weight",
        ArrayData.ofFloats(new long[] {2, 2}, new float[4]));
    dict.put("transformer.layers.0.1.fn.net.0.weight", ArrayData.ofFloats(new long[] {4, 2}, new float[8]));
    dict.put("mlp_head.0.weight", ArrayData.ofFloats(new long[] {2}, 1, 2));
    dict.put("mlp_head.1.weight", ArrayData.ofFloats(new long[] {3, 2}, new float[6]));
    StateDict source = dict.build();
    NamedWeights named = ParameterNames.of(source);
    assertEquals(LUCIDRAINS, named.dialect());
    ArrayData kernel = named.weights().get("patch_embed.proj.weight");
    assertArrayEquals(new long[] {2, 3, patch, patch}, kernel.shape());
    float[] values = kernel.toFloats();
    for (int out = 0; out < 2; out++) {
      for (int c = 0; c < 3; c++) {
        for (int y = 0; y < patch; y++) {
          for (int x = 0; x < patch; x++) {
            float expected = linear[out * columns + (y * patch + x) * 3 + c];
            assertEquals(expected, values[((out * 3 + c) * patch + y) * patch + x]);
          }
        }
      }
    }
    assertSameBits(source, named.toSource(named.weights()), true);
    assertSameBits(source, ParameterNames.write(named.weights(), LUCIDRAINS), false);
  }

  @Test
  void namesOfTransformerEncoderAreReadOnRequest() {
    StateDict.Builder dict = StateDict.builder();
    ArrayData any = ArrayData.ofFloats(new long[] {1}, 1);
    for (String name : List.of(
        "cls_token", "pos_embed", "patch_embed.proj.weight", "transformer.layers.0.self_attn.in_proj_weight",
        "transformer.layers.0.linear1.bias", "transformer.layers.0.norm2.weight", "mlp_head.1.weight")) {
      dict.put(name, any);
    }
    StateDict file = dict.build();
    NamedWeights unasked = ParameterNames.of(file);
    assertEquals(Optional.empty(), unasked.family());
    assertTrue(unasked.hint().contains("`dialect` torch_encoder"), unasked.hint());
    NamedWeights named =
        ParameterNames.of(file, ParameterNames.dialect("torch_encoder"), RenameRules.NONE);
    assertEquals(
        List.of(
            "cls_token", "pos_embed", "patch_embed.proj.weight", "blocks.0.attn.qkv.weight",
            "blocks.0.mlp.fc1.bias",
            "blocks.0.norm2.weight", "head.weight"),
        List.copyOf(named.weights().names()));
  }

  @Test
  void foreignArraysKeepTheirNames() {
    StateDict.Builder more = StateDict.builder();
    source("hf_vit", 2).arrays().forEach((name, array) -> more.put("module." + name, array));
    more.put("module.vit.mystery", ArrayData.ofFloats(new long[] {1}, 1));
    StateDict source = more.build();
    NamedWeights named = ParameterNames.of(source);
    assertEquals(Dialect.HUGGING_FACE, named.dialect());
    Set<String> names = named.weights().names();
    assertTrue(names.stream().anyMatch(name -> name.endsWith("mystery")), names::toString);
    assertSameBits(source, named.toSource(named.weights()), true);
  }

  @Test
  void halfOfATorchvisionBiasIsNotLostSilently() {
    StateDict.Builder less = StateDict.builder();
    ParameterNames.of(source("ms_swinv2", 2))
        .weights()
        .arrays()
        .forEach(
            (name, array) -> {
              if (!name.equals("layers.0.blocks.0.attn.q_bias")) {
                less.put(name, array);
              }
            });
    String message =
        assertThrows(
            WeightFileException.class, () -> ParameterNames.write(less.build(), Dialect.TORCHVISION))
            .getMessage();
    assertTrue(message.contains("layers.0.blocks.0.attn.q_bias"), message);
  }

  /** All chains of prefixes occur, but none in most of the names. */
  @Test
  void manyPrefixesTakeNoTime() {
    List<String> prefixes =
        List.of("module.", "model.", "_orig_mod.", "backbone.", "encoder.", "net.", "vit.", "swin.");
    StateDict.Builder dict = StateDict.builder();
    ArrayData any = ArrayData.ofFloats(new long[] {1}, 1);
    for (int i = 0; i < 8 * 8 * 8 * 8; i++) {
      String name =
          prefixes.get(i % 8) + prefixes.get(i / 8 % 8) + prefixes.get(i / 64 % 8) + prefixes.get(i / 512);
      dict.put(name + "blocks.0.norm1.weight", any);
    }
    StateDict hostile = dict.build();
    assertTimeoutPreemptively(Duration.ofSeconds(20), () -> ParameterNames.of(hostile));
  }

  @Test
  void partOfAJoinedArrayIsMissing() {
    StateDict.Builder less = StateDict.builder();
    source("hf_vit", 2)
        .arrays()
        .forEach(
            (name, array) -> {
              if (!name.equals("vit.layers.1.attention.k_proj.weight")) {
                less.put(name, array);
              }
            });
    Set<String> names = ParameterNames.of(less.build()).weights().names();
    assertTrue(names.contains("blocks.0.attn.qkv.weight"));
    assertFalse(names.contains("blocks.1.attn.qkv.weight"));
    assertTrue(names.stream().anyMatch(name -> name.endsWith("layers.1.attention.q_proj.weight")),
        names::toString);
  }

  @Test
  void partsThatDoNotFitAreRefused() {
    StateDict.Builder wrong = StateDict.builder();
    source("hf_vit", 2)
        .arrays()
        .forEach(
            (name, array) -> wrong.put(
                name,
                name.endsWith("layers.1.attention.k_proj.weight")
                    ? ArrayData.ofFloats(new long[] {48, 47}, new float[48 * 47])
                    : array));
    String message =
        assertThrows(IllegalArgumentException.class, () -> ParameterNames.of(wrong.build())).getMessage();
    assertTrue(message.contains("layers.1.attention.k_proj.weight") && message.contains("47"), message);
  }

  @Test
  void oneParameterTwiceIsRefused() {
    StateDict.Builder both = StateDict.builder();
    source("hf_vit", 2).arrays().forEach(both::put);
    Set<String> there = source("hf_vit", 2).names();
    source("hf4_vit", 2)
        .arrays()
        .forEach(
            (name, array) -> both.put(
                name.equals("vit.layernorm.weight") ? "x" : name + (there.contains(name) ? ".other" : ""),
                array));
    String message =
        assertThrows(IllegalArgumentException.class, () -> ParameterNames.of(both.build())).getMessage();
    assertTrue(message.contains("second array for blocks."), message);
  }

  @Test
  void unknownNamesStayAsTheyAre() {
    StateDict.Builder foreign = StateDict.builder();
    foreign.put("conv1.weight", ArrayData.ofFloats(new long[] {1}, 1));
    foreign.put("layer1.0.bn1.weight", ArrayData.ofFloats(new long[] {1}, 2));
    NamedWeights named = ParameterNames.of(foreign.build());
    assertEquals(Optional.empty(), named.family());
    assertEquals(List.of("conv1.weight", "layer1.0.bn1.weight"), new ArrayList<>(named.weights().names()));
    assertEquals(0, ParameterNames.of(StateDict.builder().build()).weights().size());
  }

  /** The published Fashion-MNIST ViT with nn.MultiheadAttention's names. */
  @Test
  void namesThatNobodyForesaw() {
    RenameRules rules =
        RenameRules.parse(
            List.of(
                "^patch_embedding\\.patch_embed\\.=>patch_embed.proj.",
                "^transformer_layers\\.(\\d+)\\.=>blocks.$1.",
                "layer_norm_(\\d)\\.=>norm$1.",
                "self_attention\\.in_proj_=>attn.qkv.",
                "self_attention\\.out_proj\\.=>attn.proj.",
                "mlp\\.0\\.=>mlp.fc1.",
                "mlp\\.2\\.=>mlp.fc2.",
                "^mlp_head\\.0\\.=>norm.",
                "^mlp_head\\.1\\.=>head."));
    StateDict.Builder dict = StateDict.builder();
    for (String name : List.of(
        "cls_token", "pos_embed", "patch_embedding.patch_embed.weight",
        "transformer_layers.0.layer_norm_1.weight",
        "transformer_layers.0.self_attention.in_proj_weight",
        "transformer_layers.0.self_attention.out_proj.bias",
        "transformer_layers.0.mlp.0.weight", "transformer_layers.0.mlp.2.bias", "mlp_head.0.weight",
        "mlp_head.1.weight")) {
      dict.put(name, ArrayData.ofFloats(new long[] {1}, 1));
    }
    NamedWeights named = ParameterNames.of(dict.build(), null, rules);
    assertEquals(Dialect.TIMM, named.dialect());
    assertEquals(
        List.of(
            "cls_token", "pos_embed", "patch_embed.proj.weight", "blocks.0.norm1.weight",
            "blocks.0.attn.qkv.weight",
            "blocks.0.attn.proj.bias", "blocks.0.mlp.fc1.weight", "blocks.0.mlp.fc2.bias", "norm.weight",
            "head.weight"),
        List.copyOf(named.weights().names()));
  }

  /** Joining must not depend on the element type. */
  @Test
  void halfPrecisionIsJoinedBitForBit() {
    StateDict.Builder half = StateDict.builder();
    source("hf4_swin", 2)
        .arrays()
        .forEach(
            (name, array) -> {
              long[] shape = array.shape();
              shape[0] *= array.type().byteSize() / 2;
              half.put(name, ArrayData.ofRawLittleEndian(ElementType.BF16, shape, array.rawLittleEndian()));
            });
    StateDict source = half.build();
    NamedWeights named = ParameterNames.of(source);
    assertEquals(ElementType.BF16, named.weights().get("layers.0.blocks.0.attn.qkv.weight").type());
    assertSameBits(NameList.withoutBuffers(source), named.toSource(named.weights()), true);
  }

  /**
   * A list with random bits; torchvision's key bias, which its forward pass ignores, is zero, as it comes
   * out.
   */
  private static StateDict source(String list, long seed) {
    StateDict random = NameList.random(list, seed);
    StateDict.Builder dict = StateDict.builder();
    random.arrays()
        .forEach(
            (name, array) -> {
              byte[] bytes = array.rawLittleEndian();
              if (list.equals("torchvision_swinv2") && name.endsWith("qkv.bias")) {
                Arrays.fill(bytes, bytes.length / 3, bytes.length / 3 * 2, (byte) 0);
              }
              dict.put(name, ArrayData.ofRawLittleEndian(array.type(), array.shape(), bytes));
            });
    return dict.build();
  }

  static void assertSameBits(StateDict expected, StateDict actual, boolean sameOrder) {
    assertEquals(Set.of(), less(expected.names(), actual.names()), "missing");
    assertEquals(Set.of(), less(actual.names(), expected.names()), "unexpected");
    List<String> names = List.copyOf(expected.names());
    assertTrue(!sameOrder || names.equals(List.copyOf(actual.names())), "the order differs");
    for (String name : names) {
      ArrayData one = expected.get(name);
      ArrayData other = actual.get(name);
      assertEquals(one.type(), other.type(), name);
      assertArrayEquals(one.shape(), other.shape(), name);
      assertArrayEquals(one.rawLittleEndian(), other.rawLittleEndian(), name);
    }
  }

  private static Set<String> less(Set<String> all, Set<String> those) {
    Set<String> rest = new TreeSet<>(all);
    rest.removeAll(those);
    return rest;
  }
}
