package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.models.vit.VitConfig;
import org.swinengine.nn.WindowPolicy;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.RenameRules;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

class ModelRecognitionTest {
  /** The state dicts of small models as each implementation names them. */
  private static final Path LISTS = Path.of("src", "test", "resources", "dialects");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ms_swin", "ms_swin_ape", "ms_swinv2", "timm_swinv2", "timm_vit", "timm_deit_distilled",
        "torchvision_vit", "hf4_swin", "hf4_vit", "swin_unet"
      })
  void modelOfAFixture(String name) throws URISyntaxException {
    Fixture fixture = new Fixture(name);
    Path file = Path.of(Fixture.class.getResource("/fixtures/" + name + "/weights.safetensors").toURI());
    ModelRecognition found = ModelRecognition.of(Safetensors.read(file));
    assertEquals("", found.reason());
    ModelSpec spec = found.specOf(name);
    assertEquals(fixture.spec.imageHeight(), spec.imageHeight());
    assertEquals(fixture.spec.imageWidth(), spec.imageWidth());
    assertEquals(fixture.spec.channels(), spec.channels());
    assertEquals(fixture.spec.classes(), spec.classes());
    assertEquals(withoutPolicy(fixture.spec), withoutPolicy(spec));
    assertEquals(spec, ModelConfigFile.parse(found.configuration(), "configuration"));
  }

  /** The window policy is the dialect's; a fixture's file leaves it open. */
  private static String withoutPolicy(ModelSpec spec) {
    return ModelConfigFile.write(spec).replaceAll(" *(WINDOW_POLICY|NAME|DROP_PATH_RATE): .*\n", "");
  }

  @ParameterizedTest
  @CsvSource({
    "ms_swin, swin, 56, 10, WINDOW_SIZE: 7", "timm_swin, swin, 56, 10, WINDOW_POLICY: timm",
    "torchvision_swin, swin, 56, 10, WINDOW_POLICY: torchvision", "hf_swin, swin, 56, 10, 'DEPTHS: [2, 2]'",
    "hf4_swin, swin, 56, 10, WINDOW_POLICY: hugging_face",
    "hf_swin_model, swin, 56, 1000, 'NUM_HEADS: [3, 6]'",
    "ms_swin_ape, swin, 64, 7, APE: true", "ms_swinv2, swinv2, 64, 10, WINDOW_SIZE: 8",
    "timm_swinv2, swinv2, 64, 10, 'NUM_HEADS: [3, 6]'", "hf_swinv2, swinv2, 64, 10, QKV_BIAS: true",
    "torchvision_swinv2, swinv2, 64, 10, WINDOW_SIZE: 8",
    "swin_unet, swin_unet, 128, 4, 'NUM_HEADS: [2, 4, 8, 8]'",
    "timm_vit, vit, 48, 10, DEPTH: 3", "timm_vit_avg, vit, 48, 10, POOL: avg",
    "hf_vit, vit, 48, 10, NORM_EPS: 1.0E-12",
    "torchvision_vit, vit, 48, 10, NORM_EPS: 1.0E-6", "timm_deit_distilled, vit, 48, 10, DISTILLED: true",
    "hf_deit_distilled, vit, 48, 1000, DISTILLED: true", "timm_deit3, vit, 48, 10, NO_EMBED_CLASS: true",
    "hf_vit_model, vit, 48, 1000, REPRESENTATION_SIZE: 48",
    "torchvision_vit_representation, vit, 48, 10, REPRESENTATION_SIZE: 32"
  })
  void architectureOfEveryImplementation(String list, String type, int image, int classes, String line)
      throws IOException {
    ModelRecognition found = ModelRecognition.of(zeros(list));
    assertEquals("", found.reason());
    String configuration =
        found.configuration()
            .replaceAll("(IMG_SIZE|WINDOW_SIZE): \\[(\\d+), \\2\\]", "$1: $2");
    assertTrue(configuration.contains("TYPE: " + type + "\n"), configuration);
    assertTrue(configuration.contains("IMG_SIZE: " + image + "\n"), configuration);
    boolean distilledHead = list.equals("hf_deit_distilled");
    assertTrue(configuration.contains("NUM_CLASSES: " + (distilledHead ? 10 : classes) + "\n"),
        configuration);
    assertTrue(configuration.contains(" " + line + "\n"), configuration);
  }

  /** Every named configuration is found again from the shapes of its parameters alone. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "swin_tiny_patch4_window7_224", "swin_small_patch4_window7_224", "swin_base_patch4_window7_224",
        "swin_base_patch4_window12_384", "swin_large_patch4_window7_224", "swin_tiny_c24_patch4_window8_256",
        "swin_nano_patch4_window7_28", "vit_tiny_patch16_224", "vit_base_patch16_224", "vit_base_patch32_224",
        "vit_large_patch16_224", "vit_huge_patch14_224", "swin_s3_tiny_224",
        "swin_s3_small_224", "swin_s3_base_224", "deit_small_distilled_patch16_224",
        "deit3_medium_patch16_224", "vit_base_patch14_reg4_dinov2"
      })
  void namedModelIsFoundAgain(String name) {
    ModelSpec spec = Models.spec(name).withClasses(21_841);
    ModelRecognition found = ModelRecognition.of(shapesOf(Models.create(spec)));
    assertEquals(name, found.specOf(name).name());
    assertEquals(21_841, found.specOf(name).classes());
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "1", "1/4", "1/16,1/4", "all"})
  void skipConnections(String skips) {
    ModelSpec spec =
        ModelConfigFile.parse(
            "DATA: {IMG_SIZE: 64}\nMODEL: {TYPE: swin_unet, NUM_CLASSES: 3, SWIN: {EMBED_DIM: 8, DEPTHS: [2,"
                + " 2, 1, 1], NUM_HEADS: [1, 2, 4, 8], WINDOW_SIZE: 2, SKIPS: '" + skips + "'}}",
            "test");
    ModelSpec found = ModelRecognition.of(shapesOf(Models.create(spec))).specOf("file");
    assertEquals(withoutPolicy(spec), withoutPolicy(found));
  }

  @Test
  void imageSizeFromTheMasks() {
    StateDict.Builder dict = StateDict.builder();
    shapesOf(Models.create(Models.spec("swin_tiny_patch4_window7_224"))).arrays().forEach(dict::put);
    dict.put("layers.0.blocks.1.attn_mask", zeros(256, 49, 49));
    ModelSpec spec = ModelRecognition.of(dict.build()).specOf("file");
    assertEquals(16 * 7 * 4, spec.imageHeight());
  }

  /** A stage that is one window has a smaller one, and tells its own size by that. */
  @Test
  void imageSizeFromTheLastStage() {
    ModelSpec spec = Models.spec("swin_base_patch4_window12_384").withImage(192, 192, 3);
    ModelSpec found = ModelRecognition.of(shapesOf(Models.create(spec))).specOf("file");
    assertEquals(192, found.imageHeight());
    assertEquals(12, ((SwinConfig) found.architecture()).windowHeight());
  }

  @Test
  void hintsSayWhatShapesCannot() {
    StateDict weights = shapesOf(Models.create(Models.spec("vit_tiny_patch16_224")));
    ModelRecognition plain = ModelRecognition.of(weights);
    assertTrue(plain.notes().stream().anyMatch(note -> note.contains("heads")), plain.notes()::toString);
    ModelRecognition told =
        ModelRecognition.of(weights, ParameterNames.of(weights),
            RecognitionHints.NONE.withHeads(6).withImage(128, 384));
    assertEquals(6, ((VitConfig) told.specOf("file").architecture()).heads());
    assertEquals(384, told.specOf("file").imageWidth());
    assertFalse(told.notes().stream().anyMatch(note -> note.contains("heads")), told.notes()::toString);
  }

  @Test
  void dialectDecidesWhatShapesDoNot() throws IOException {
    SwinConfig torchvision =
        (SwinConfig) ModelRecognition.of(zeros("torchvision_swin")).specOf("file").architecture();
    assertEquals(WindowPolicy.TORCHVISION, torchvision.policy());
    VitConfig huggingFace = (VitConfig) ModelRecognition.of(zeros("hf_vit")).specOf("file").architecture();
    assertEquals(1e-12, huggingFace.normEpsilon());
    assertEquals(0.5f, input(zeros("hf_vit")).mean()[0]);
    assertEquals(0.485f, input(zeros("torchvision_vit")).mean()[0]);
  }

  @ParameterizedTest
  @CsvSource({
    "microsoft, swin, 224, 0.875", "microsoft, swin, 384, 1", "timm, swin, 224, 0.9", "timm, vit, 224, 0.9",
    "hf, vit, 224, 1", "torchvision, vit, 224, 0.875", "timm, vit, 28, 1", "microsoft, swin, 56, 1"
  })
  void usualCrop(String dialect, String family, int rows, double crop) {
    assertEquals(crop, input(dialect, family, rows, "").cropRatio());
  }

  private static InputConvention input(StateDict weights) {
    ModelRecognition found = ModelRecognition.of(weights);
    return InputConvention.of(found.weights(), found.specOf("file"));
  }

  private static InputConvention input(String dialect, String family, int rows, String name) {
    return InputConvention.of(
        ModelFamilies.find(family).orElseThrow(), ParameterNames.dialect(dialect), rows, Set.of(), name);
  }

  @Test
  void deitIsTrainedOnOtherInputThanTheViTsOfItsShape() {
    assertEquals(0.5f, input("timm", "vit", 224, "vit_small").mean()[0]);
    assertEquals(0.485f, input("timm", "vit", 224, "deit_small").mean()[0]);
    StateDict distilled = shapesOf(Models.create(Models.spec("deit_tiny_distilled_patch16_224")));
    assertEquals(0.485f, input(distilled).mean()[0]);
  }

  @Test
  void otherModelsAreRefusedWithTheReason() {
    StateDict.Builder resnet = StateDict.builder();
    resnet.put("conv1.weight", zeros(64, 3, 7, 7)).put("layer1.0.conv1.weight", zeros(64, 64, 3, 3));
    ModelRecognition found = ModelRecognition.of(resnet.build());
    assertEquals(Optional.empty(), found.spec());
    assertTrue(found.reason().contains("conv1.weight") && found.reason().contains("`rename`"),
        found.reason());
    String message =
        assertThrows(ModelConfigException.class, () -> found.specOf("resnet.pth")).getMessage();
    assertTrue(message.startsWith("resnet.pth: "), message);

    StateDict.Builder mmlab = StateDict.builder();
    mmlab.put("backbone.stages.0.blocks.0.attn.w_msa.qkv.weight", zeros(3, 1));
    assertTrue(ModelRecognition.of(mmlab.build()).reason().contains("OpenMMLab"));
    assertFalse(ModelRecognition.of(StateDict.builder().build()).reason().isEmpty());
  }

  @Test
  void shapesThatContradictEachOtherAreRefused() {
    StateDict.Builder dict = StateDict.builder();
    shapesOf(Models.create(Models.spec("swin_tiny_patch4_window7_224")))
        .arrays()
        .forEach(
            (name, array) -> dict.put(name,
                name.equals("layers.2.blocks.0.norm1.weight") ? zeros(380) : array));
    String reason = ModelRecognition.of(dict.build()).reason();
    assertTrue(reason.contains("stage 2") && reason.contains("380"), reason);
  }

  /** Whatever the shapes are, the answer is a model or a sentence. */
  @Test
  void damagedShapes() throws IOException {
    long[] axes = {0, 1, 2, 3, 7, 64, 1 << 20};
    Random random = new Random(11);
    for (String list : List.of("ms_swin", "ms_swinv2", "swin_unet", "timm_vit", "hf_deit_distilled",
        "timm_swin")) {
      StateDict whole = zeros(list);
      for (int round = 0; round < 60; round++) {
        StateDict.Builder dict = StateDict.builder();
        whole
            .arrays()
            .forEach(
                (name, array) -> {
                  int dice = random.nextInt(25);
                  if (dice == 0) {
                    long[] shape = new long[random.nextInt(4)];
                    Arrays.setAll(shape, i -> i == 0 ? axes[random.nextInt(axes.length)] : random.nextInt(4));
                    dict.put(name, zeros(shape));
                  } else if (dice > 1) {
                    dict.put(name, array);
                  }
                });
        StateDict damaged = dict.build();
        NamedWeights named;
        try {
          named = ParameterNames.of(damaged);
        } catch (IllegalArgumentException e) {
          assertTrue(e.getMessage().contains("damaged"), e.getMessage());
          continue;
        }
        ModelRecognition found = ModelRecognition.of(damaged, named, RecognitionHints.NONE);
        assertEquals(found.spec().isEmpty(), !found.reason().isEmpty());
      }
    }
  }

  /** A published ViT whose names nobody foresaw. */
  @Test
  void renamedModel() {
    StateDict.Builder dict = StateDict.builder();
    dict.put("cls_token", zeros(1, 1, 128)).put("pos_embed", zeros(1, 50, 128));
    dict.put("patch_embedding.patch_embed.weight", zeros(128, 1, 4, 4));
    for (int i = 0; i < 6; i++) {
      String block = "transformer_layers." + i + ".";
      dict.put(block + "self_attention.in_proj_weight", zeros(384, 128));
      dict.put(block + "self_attention.in_proj_bias", zeros(384));
      dict.put(block + "mlp.0.weight", zeros(256, 128));
    }
    dict.put("mlp_head.1.weight", zeros(10, 128));
    StateDict weights = dict.build();
    RenameRules rules =
        RenameRules.parse(
            Arrays.asList(
                "^patch_embedding\\.patch_embed=>patch_embed.proj", "^transformer_layers=>blocks",
                "self_attention\\.in_proj_=>attn.qkv.", "mlp\\.0\\.=>mlp.fc1.", "^mlp_head\\.1\\.=>head."));
    ModelRecognition found =
        ModelRecognition.of(
            weights, ParameterNames.of(weights, null, rules), RecognitionHints.NONE.withHeads(4));
    ModelSpec spec = found.specOf("file");
    VitConfig vit = (VitConfig) spec.architecture();
    assertEquals("vit_dim128_patch4_28", spec.name());
    assertEquals(28, spec.imageHeight());
    assertEquals(1, spec.channels());
    assertEquals(6, vit.depth());
    assertEquals(4, vit.heads());
    assertEquals(2, vit.mlpRatio());
    assertEquals(Dialect.TIMM, found.weights().dialect());
  }

  private static StateDict shapesOf(Model model) {
    StateDict.Builder dict = StateDict.builder();
    model.parameters().forEach(parameter -> dict.put(parameter.path(), zeros(parameter.shape().longDims())));
    return dict.build();
  }

  private static StateDict zeros(String list) throws IOException {
    StateDict.Builder dict = StateDict.builder();
    for (String line : Files.readAllLines(LISTS.resolve(list + ".txt"), StandardCharsets.UTF_8)) {
      String[] words = line.split(" ", -1);
      dict.put(words[0], zeros(Arrays.stream(words[2].split("x", 0)).mapToLong(Long::parseLong).toArray()));
    }
    return dict.build();
  }

  /** All of them the same few bytes, however large. */
  private static ArrayData zeros(long... shape) {
    return ArrayData.ofFloats(shape,
        new float[Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b))]);
  }
}
