package org.swinengine.weights;

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

class NamedWeightsTest {
  @ParameterizedTest
  @CsvSource({
    "ms_swin, MICROSOFT, SWIN", "ms_swin_ape, MICROSOFT, SWIN", "ms_swinv2, MICROSOFT, SWIN_V2",
    "timm_swin, TIMM, SWIN", "timm_swinv2, TIMM, SWIN_V2", "timm_vit, TIMM, VIT", "timm_vit_avg, TIMM, VIT",
    "timm_deit3, TIMM, VIT", "timm_deit_distilled, TIMM, VIT", "torchvision_swin, TORCHVISION, SWIN",
    "torchvision_swinv2, TORCHVISION, SWIN_V2", "torchvision_vit, TORCHVISION, VIT",
    "torchvision_vit_representation, TORCHVISION, VIT", "hf_swin, HUGGING_FACE, SWIN",
    "hf4_swin, HUGGING_FACE, SWIN", "hf_swin_model, HUGGING_FACE, SWIN", "hf_swinv2, HUGGING_FACE, SWIN_V2",
    "hf_vit, HUGGING_FACE, VIT", "hf4_vit, HUGGING_FACE, VIT", "hf_vit_model, HUGGING_FACE, VIT",
    "hf_deit_distilled, HUGGING_FACE, VIT", "swin_unet, SWIN_UNET, SWIN_UNET"
  })
  void dialectIsRecognisedAndRoundTripsAreBitEqual(String list, Dialect dialect, ModelFamily family) {
    StateDict source = source(list, 7);
    NamedWeights named = NamedWeights.of(source);
    assertEquals(dialect, named.dialect());
    assertEquals(Optional.of(family), named.family());
    assertEquals(source.size() - NameList.withoutBuffers(source).size(), named.buffers().size());
    assertSameBits(NameList.withoutBuffers(source), named.toSource(named.weights()), true);
    for (Dialect other : Dialect.values()) {
      StateDict written;
      try {
        written = NamedWeights.write(named.weights(), other);
      } catch (IllegalArgumentException e) {
        assertTrue(
            e.getMessage().matches("the dialect .* has no (place for|model of this family).*"), e.getMessage());
        assertFalse(other == dialect, "a dialect can write what it has read: " + e.getMessage());
        continue;
      }
      NamedWeights back = NamedWeights.of(written, other, RenameRules.NONE);
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
        "ms_swin timm_swin torchvision_swin hf_swin hf4_swin", "ms_swinv2 timm_swinv2 torchvision_swinv2 hf_swinv2",
        "torchvision_vit hf_vit hf4_vit"
      })
  void implementationsAgree(String lists) {
    List<StateDict> engine =
        Arrays.stream(lists.split(" ", 0)).map(list -> NamedWeights.of(source(list, 1)).weights()).toList();
    for (StateDict other : engine) {
      assertEquals(
          new TreeMap<>(NameList.shapes(engine.get(0))), new TreeMap<>(NameList.shapes(other)));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ms_swin, torchvision", "ms_swin, timm", "ms_swin, hf", "ms_swinv2, torchvision", "ms_swinv2, timm", "ms_swinv2, hf",
    "timm_vit, torchvision", "timm_vit, hf", "timm_deit_distilled, hf", "torchvision_vit, timm", "hf_swin, microsoft",
    "ms_swin_ape, timm"
  })
  void everyDialectHasItsArchitectures(String list, String dialect) {
    NamedWeights named = NamedWeights.of(source(list, 5));
    StateDict written = NamedWeights.write(named.weights(), Dialect.named(dialect));
    NamedWeights back = NamedWeights.of(written);
    assertEquals(Dialect.named(dialect), back.dialect());
    assertSameBits(named.weights(), back.weights(), false);
  }

  /** torchvision's load_state_dict refuses a file without them. */
  @ParameterizedTest
  @CsvSource({"torchvision_swin, 0", "torchvision_swinv2, 8", "torchvision_vit, 0"})
  void torchvisionGetsItsBuffers(String list, int window) {
    StateDict source = source(list, 5);
    StateDict written =
        NamedWeights.write(NamedWeights.of(source).weights(), Dialect.TORCHVISION, window);
    assertEquals(new TreeMap<>(NameList.shapes(source)), new TreeMap<>(NameList.shapes(written)));
  }

  @Test
  void valuesOfTorchvisionsBuffers() {
    assertArrayEquals(
        new long[] {4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4}, TorchvisionBuffers.index(2).toLongs());
    long[] seven = TorchvisionBuffers.index(7).toLongs();
    assertArrayEquals(new long[] {84, 0, 168}, new long[] {seven[0], seven[48], seven[48 * 49]});
    float[] table = TorchvisionBuffers.coordinates(8).toFloats();
    float[] across = new float[8];
    for (int i = 0; i < 8; i++) {
      across[i] = table[2 * i + 1];
    }
    assertArrayEquals(
        new float[] {
          -1.0566417f, -0.9913349f, -0.9157446f, -0.8260158f, -0.7156138f, -0.5720690f, -0.3665119f, 0
        },
        across,
        1e-7f);
    assertEquals(table[0], across[0]);
    assertEquals(-across[0], table[table.length - 1]);
  }

  @Test
  void whatADialectHasNoPlaceForIsNamed() {
    NamedWeights named = NamedWeights.of(source("ms_swin_ape", 5));
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> NamedWeights.write(named.weights(), Dialect.TORCHVISION))
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
    for (String list : List.of("ms_swin", "timm_swin", "timm_vit", "torchvision_vit", "hf_swin", "swin_unet")) {
      StateDict plain = source(list, 3);
      StateDict wrapped = NameList.renamed(plain, name -> prefix + name);
      NamedWeights named = NamedWeights.of(wrapped);
      assertEquals(NamedWeights.of(plain).dialect(), named.dialect(), list);
      assertSameBits(NamedWeights.of(plain).weights(), named.weights(), true);
      assertSameBits(NameList.withoutBuffers(wrapped), named.toSource(named.weights()), true);
    }
  }

  @Test
  void headOutsideThePrefix() {
    StateDict plain = source("timm_vit", 3);
    StateDict wrapped =
        NameList.renamed(plain, name -> name.startsWith("head.") ? name : "backbone." + name);
    assertSameBits(plain, NamedWeights.of(wrapped).weights(), true);
  }

  /** timm's layout and Microsoft's have the same names; the shapes of the merging decide. */
  @Test
  void layoutIsDecidedByShapes() {
    StateDict microsoft = NamedWeights.of(source("ms_swin", 2)).weights();
    StateDict timm = NamedWeights.write(microsoft, Dialect.TIMM);
    StateDict oldHead = NameList.renamed(timm, name -> name.replace("head.fc.", "head."));
    StateDict newHead = NameList.renamed(microsoft, name -> name.replace("head.", "head.fc."));
    for (StateDict mixed : List.of(oldHead, newHead)) {
      NamedWeights named = NamedWeights.of(mixed);
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
    assertSameBits(plain, NamedWeights.of(old).weights(), true);
  }

  @Test
  void olderNamesOfTheMlp() {
    StateDict plain = source("torchvision_vit", 2);
    StateDict old =
        NameList.renamed(plain, name -> name.replace("mlp.0.", "mlp.linear_1.").replace("mlp.3.", "mlp.linear_2."));
    assertSameBits(NamedWeights.of(plain).weights(), NamedWeights.of(old).weights(), true);
  }

  @Test
  void layerScaleUnderDeit3sNames() {
    StateDict plain = source("timm_deit3", 2);
    StateDict old =
        NameList.renamed(
            plain, name -> name.replace("ls1.gamma", "gamma_1").replace("ls2.gamma", "gamma_2"));
    assertSameBits(plain, NamedWeights.of(old).weights(), true);
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
    dict.put("transformer.layers.0.0.fn.to_out.0.weight", ArrayData.ofFloats(new long[] {2, 2}, new float[4]));
    dict.put("transformer.layers.0.1.fn.net.0.weight", ArrayData.ofFloats(new long[] {4, 2}, new float[8]));
    dict.put("mlp_head.0.weight", ArrayData.ofFloats(new long[] {2}, 1, 2));
    dict.put("mlp_head.1.weight", ArrayData.ofFloats(new long[] {3, 2}, new float[6]));
    StateDict source = dict.build();
    NamedWeights named = NamedWeights.of(source);
    assertEquals(Dialect.LUCIDRAINS, named.dialect());
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
    assertSameBits(source, NamedWeights.write(named.weights(), Dialect.LUCIDRAINS), false);
  }

  @Test
  void namesOfTransformerEncoderAreReadOnRequest() {
    StateDict.Builder dict = StateDict.builder();
    ArrayData any = ArrayData.ofFloats(new long[] {1}, 1);
    for (String name :
        List.of(
            "cls_token", "pos_embed", "patch_embed.proj.weight", "transformer.layers.0.self_attn.in_proj_weight",
            "transformer.layers.0.linear1.bias", "transformer.layers.0.norm2.weight", "mlp_head.1.weight")) {
      dict.put(name, any);
    }
    NamedWeights unasked = NamedWeights.of(dict.build());
    assertEquals(Optional.empty(), unasked.family());
    assertTrue(unasked.hint().contains("`dialect` torch_encoder"), unasked.hint());
    NamedWeights named = NamedWeights.of(dict.build(), Dialect.TORCH_ENCODER, RenameRules.NONE);
    assertEquals(
        List.of(
            "cls_token", "pos_embed", "patch_embed.proj.weight", "blocks.0.attn.qkv.weight", "blocks.0.mlp.fc1.bias",
            "blocks.0.norm2.weight", "head.weight"),
        List.copyOf(named.weights().names()));
  }

  @Test
  void foreignArraysKeepTheirNames() {
    StateDict.Builder more = StateDict.builder();
    source("hf_vit", 2).arrays().forEach((name, array) -> more.put("module." + name, array));
    more.put("module.vit.mystery", ArrayData.ofFloats(new long[] {1}, 1));
    StateDict source = more.build();
    NamedWeights named = NamedWeights.of(source);
    assertEquals(Dialect.HUGGING_FACE, named.dialect());
    Set<String> names = named.weights().names();
    assertTrue(names.stream().anyMatch(name -> name.endsWith("mystery")), names::toString);
    assertSameBits(source, named.toSource(named.weights()), true);
  }

  @Test
  void halfOfATorchvisionBiasIsNotLostSilently() {
    StateDict.Builder less = StateDict.builder();
    NamedWeights.of(source("ms_swinv2", 2))
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
                WeightFileException.class, () -> NamedWeights.write(less.build(), Dialect.TORCHVISION))
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
    assertTimeoutPreemptively(Duration.ofSeconds(20), () -> NamedWeights.of(hostile));
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
    Set<String> names = NamedWeights.of(less.build()).weights().names();
    assertTrue(names.contains("blocks.0.attn.qkv.weight"));
    assertFalse(names.contains("blocks.1.attn.qkv.weight"));
    assertTrue(names.stream().anyMatch(name -> name.endsWith("layers.1.attention.q_proj.weight")), names::toString);
  }

  @Test
  void partsThatDoNotFitAreRefused() {
    StateDict.Builder wrong = StateDict.builder();
    source("hf_vit", 2)
        .arrays()
        .forEach(
            (name, array) ->
                wrong.put(
                    name,
                    name.endsWith("layers.1.attention.k_proj.weight")
                        ? ArrayData.ofFloats(new long[] {48, 47}, new float[48 * 47])
                        : array));
    String message =
        assertThrows(IllegalArgumentException.class, () -> NamedWeights.of(wrong.build())).getMessage();
    assertTrue(message.contains("layers.1.attention.k_proj.weight") && message.contains("47"), message);
  }

  @Test
  void oneParameterTwiceIsRefused() {
    StateDict.Builder both = StateDict.builder();
    source("hf_vit", 2).arrays().forEach(both::put);
    source("hf4_vit", 2).arrays().forEach((name, array) -> both.put(name.equals("vit.layernorm.weight") ? "x" : name
        + (both.contains(name) ? ".other" : ""), array));
    String message =
        assertThrows(IllegalArgumentException.class, () -> NamedWeights.of(both.build())).getMessage();
    assertTrue(message.contains("second array for blocks."), message);
  }

  @Test
  void unknownNamesStayAsTheyAre() {
    StateDict.Builder foreign = StateDict.builder();
    foreign.put("conv1.weight", ArrayData.ofFloats(new long[] {1}, 1));
    foreign.put("layer1.0.bn1.weight", ArrayData.ofFloats(new long[] {1}, 2));
    NamedWeights named = NamedWeights.of(foreign.build());
    assertEquals(Optional.empty(), named.family());
    assertEquals(List.of("conv1.weight", "layer1.0.bn1.weight"), new ArrayList<>(named.weights().names()));
    assertEquals(0, NamedWeights.of(StateDict.builder().build()).weights().size());
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
    NamedWeights named = NamedWeights.of(source);
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
