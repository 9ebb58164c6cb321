package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.Warnings;
import org.swinengine.data.CropMode;
import org.swinengine.data.Interpolation;
import org.swinengine.models.InputConvention;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.RecognitionHints;
import org.swinengine.models.vit.VitConfig;
import org.swinengine.weights.Dialect;

/** The files are shortened ones of the Hub's repositories. */
final class HubConfigTest {
  private static final String VIT =
      "{'model_type': 'vit', 'hidden_act': 'gelu', 'num_attention_heads': 4, 'layer_norm_eps': 1e-5,"
          + " 'id2label': %s}";

  @TempDir
  private Path folder;

  private HubConfig beside(Dialect dialect) {
    return HubConfig.beside(folder.resolve("model.safetensors"), dialect);
  }

  /** Quotation marks are written as apostrophes here. */
  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text.replace('\'', '"'));
  }

  private static String labels(int count, String prefix) {
    return IntStream.range(0, count)
        .mapToObj(i -> "'" + i + "': '" + prefix + i + "'")
        .collect(Collectors.joining(", ", "{", "}"));
  }

  @Test
  void transformersConfigNamesHeadsEpsilonAndClasses() throws IOException {
    write("config.json", VIT.formatted("{'1': 'dog', '0': 'cat'}"));
    HubConfig config = beside(Dialect.HUGGING_FACE);
    assertEquals(RecognitionHints.NONE.withHeads(4).withNormEpsilon(1e-5), config.hints());
    assertEquals(Optional.of(List.of("cat", "dog")), config.classNames());
    assertEquals(Optional.empty(), config.input());
    assertEquals(HubConfig.NONE, beside(Dialect.MICROSOFT), "it says nothing of other weights");
    write("config.json", VIT.formatted(labels(3, "LABEL_")));
    assertEquals(Optional.empty(), beside(Dialect.HUGGING_FACE).classNames(), "numbers are no names");
    write("config.json", VIT.formatted("{'0': 'cat', '2': 'dog'}"));
    assertEquals(Optional.empty(), beside(Dialect.HUGGING_FACE).classNames(), "there is no class 1");
  }

  @Test
  void whatCannotBeIsSaidAndPassedOver() throws IOException {
    List<String> said = new ArrayList<>();
    try (Warnings.Subscription all = Warnings.sendTo(said::add)) {
      write(
          "config.json",
          "{'architecture': 'vit_base', 'pretrained_cfg': {'mean': [NaN, 0.5, 0.5], 'std': [0, 0.5, 0.5],"
              + " 'crop_pct': -1, 'interpolation': 'bicubic', 'input_size': [3, -224, 224]}}");
      assertEquals(Optional.empty(), beside(Dialect.TIMM).input());
      write("config.json", VIT.formatted("{}").replace("1e-5", "-Infinity").replace(": 4", ": -4"));
      write("preprocessor_config.json",
          "{'image_mean': [0.5, 0.5, 0.5], 'image_std': [0.5, 0, 0.5], 'size': 224}");
      HubConfig config = beside(Dialect.HUGGING_FACE);
      assertEquals(RecognitionHints.NONE, config.hints());
      assertEquals(Optional.empty(), config.input());
      write("config.json", "{'model_type': ");
      assertEquals(HubConfig.NONE, beside(Dialect.HUGGING_FACE));
    }
    String text = String.join("\n", said).replace(folder + "/", "");
    assertEquals(
        """
        config.json: pretrained_cfg.crop_pct is -1, but must be above 0 and at most 1; it is passed over
        config.json: pretrained_cfg.input_size is [3,-224,224], but must be a number above 0;\
         it is passed over
        config.json: pretrained_cfg.mean is [NaN,0.5,0.5], but must be a finite number; it is passed over
        config.json: pretrained_cfg.std is [0,0.5,0.5], but must be a number above 0; it is passed over
        config.json: layer_norm_eps is -Infinity, but must be a number above 0; it is passed over
        config.json: num_attention_heads is -4, but must be a number above 0; it is passed over
        preprocessor_config.json: image_std is [0.5,0,0.5], but must be a number above 0; it is passed over
        config.json beside the weights is no valid JSON, and is passed over""",
        text);
  }

  @Test
  void swinsHaveWhatTheirArraysDoNotShow() throws IOException {
    write(
        "config.json",
        "{'model_type': 'swinv2', 'image_size': 256, 'window_size': 16, 'num_attention_heads': [3, 6, 12,"
            + " 24], 'pretrained_window_sizes': [12, 12, 12, 6]}");
    assertEquals(
        RecognitionHints.NONE.withImage(256, 256).withWindow(16)
            .withPretrainedWindows(List.of(12, 12, 12, 6)),
        beside(Dialect.HUGGING_FACE).hints());
    write(
        "config.json",
        "{'architecture': 'swinv2_base_window12to16_192to256', 'pretrained_cfg': {'input_size': [3, 256,"
            + " 256]}}");
    assertEquals(
        RecognitionHints.NONE.withImage(256, 256).withWindow(16)
            .withPretrainedWindows(List.of(12, 12, 12, 6)),
        beside(Dialect.TIMM).hints());
  }

  @Test
  void transformersPreprocessingIsRead() throws IOException {
    write("config.json", VIT.formatted("{}"));
    write(
        "preprocessor_config.json",
        "{'size': 256, 'do_center_crop': true, 'crop_size': {'height': 224, 'width': 224}, 'resample': 3,"
            + " 'image_mean': [0.1, 0.2, 0.3], 'image_std': [0.4, 0.5, 0.6]}");
    InputConvention deit = beside(Dialect.HUGGING_FACE).input().orElseThrow();
    assertArrayEquals(new float[] {0.1f, 0.2f, 0.3f}, deit.mean());
    assertArrayEquals(new float[] {0.4f, 0.5f, 0.6f}, deit.deviation());
    assertEquals(0.875, deit.cropRatio());
    assertTrue(deit.squash(), "DeiTImageProcessor resizes both sides to 256");
    assertEquals("bicubic", deit.interpolation());
    write(
        "preprocessor_config.json",
        "{'size': {'shortest_edge': 224}, 'do_rescale': true, 'rescale_factor': 0.00784313725490196,"
            + " 'image_mean': [1, 1, 1], 'image_std': [1, 1, 1]}");
    InputConvention other = beside(Dialect.HUGGING_FACE).input().orElseThrow();
    assertFalse(other.squash());
    assertEquals(1, other.cropRatio());
    assertEquals("bilinear", other.interpolation(), "ViTImageProcessor's own");
    assertEquals(0.5f, other.mean()[0], 1e-6f, "pixels that go to 2, minus 1");
    assertEquals(0.5f, other.deviation()[2], 1e-6f);
    write("preprocessor_config.json",
        "{'size': 224, 'resample': 1, 'image_mean': [1, 1, 1], 'image_std': [1, 1, 1]}");
    assertEquals(Optional.empty(), beside(Dialect.HUGGING_FACE).input(), "Lanczos is not understood");
  }

  @Test
  void timmConfigNamesInputAndClasses() throws IOException {
    write(
        "config.json",
        "{'architecture': 'vit_small_patch16_224', 'label_names': ['n01', 'n02'], 'label_descriptions':"
            + " {'n02': 'goldfish'}, 'pretrained_cfg': {'mean': [0.5, 0.5, 0.5], 'std': [0.5, 0.5, 0.5],"
            + " 'crop_pct': 0.95, 'interpolation': 'bicubic', 'crop_mode': 'squash', 'input_size': [3, 224,"
            + " 224]}}");
    HubConfig config = beside(Dialect.TIMM);
    assertEquals(RecognitionHints.NONE.withHeads(6), config.hints());
    assertEquals(Optional.of(List.of("n01", "goldfish")), config.classNames());
    InputConvention input = config.input().orElseThrow();
    assertEquals(0.95, input.cropRatio());
    assertTrue(input.squash());
    assertEquals(HubConfig.NONE, beside(Dialect.HUGGING_FACE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "7", "null", "{'model_type': [1]}", "{'model_type': 'bert'}",
    "{'model_type': 'vit', 'num_attention_heads': 'x', 'id2label': 3, 'layer_norm_eps': {}}",
    "{'model_type': 'swin', 'image_size': [], 'window_size': -1}", "{'pretrained_cfg': {}}",
    "{'architecture': 7, 'pretrained_cfg': {'mean': ['a'], 'crop_pct': 3}}"})
  void whatIsNotUnderstoodIsNotSaid(String text) throws IOException {
    write("config.json", text);
    write("preprocessor_config.json", text);
    for (Dialect dialect : List.of(Dialect.HUGGING_FACE, Dialect.TIMM)) {
      assertEquals(HubConfig.NONE, beside(dialect), text);
    }
  }

  @Test
  void aModelIsOpenedAsItsRepositorySays() throws Exception {
    Path fixture = Path.of(HubConfigTest.class.getResource("/fixtures/hf4_vit/weights.safetensors").toURI());
    Path weights = Files.copy(fixture, folder.resolve("model.safetensors"));
    try (Backend backend = Backends.open("cpu", 1)) {
      LoadedModel plain = LoadedModel.open(weights, backend);
      assertEquals(ClassNames.Source.NUMBERS, plain.classNamesSource());
      assertEquals(1e-12, ((VitConfig) plain.model().spec().architecture()).normEpsilon());
      write("config.json", VIT.formatted(labels(10, "kind ")));
      write(
          "preprocessor_config.json",
          "{'size': {'shortest_edge': 64}, 'do_center_crop': true, 'crop_size': 48, 'resample': 2,"
              + " 'image_mean': [0.1, 0.2, 0.3], 'image_std': [0.4, 0.5, 0.6]}");
      LoadedModel said = LoadedModel.open(weights, backend);
      VitConfig vit = (VitConfig) said.model().spec().architecture();
      assertEquals(4, vit.heads());
      assertEquals(1e-5, vit.normEpsilon());
      assertEquals("kind 9", said.classNames().get(9));
      assertEquals(ClassNames.Source.PUBLISHER, said.classNamesSource());
      Preprocessing own = said.preprocessing();
      assertEquals(0.75, own.cropRatio());
      assertEquals(CropMode.CENTER, own.cropMode());
      assertEquals(Interpolation.BILINEAR, own.interpolation());
      assertArrayEquals(new float[] {0.1f, 0.2f, 0.3f}, own.normalize().mean());
      LoadedModel given =
          LoadedModel.open(
              weights,
              OpenOptions.DEFAULT
                  .withHints(RecognitionHints.NONE.withHeads(3))
                  .withClassNames(IntStream.range(0, 10).mapToObj(i -> "own " + i).toList()),
              backend);
      assertEquals(3, ((VitConfig) given.model().spec().architecture()).heads(), "who says it comes first");
      assertEquals("own 3", given.classNames().get(3));

      write("config.json", VIT.formatted(labels(9, "kind ")));
      assertEquals(ClassNames.Source.NUMBERS, LoadedModel.open(weights, backend).classNamesSource(),
          "nine of ten");
      write("config.json", VIT.formatted("{}").replace("'gelu'", "'quick_gelu'"));
      String message =
          assertThrows(ModelConfigException.class, () -> LoadedModel.open(weights, backend)).getMessage();
      assertTrue(message.contains("config.json") && message.contains("quick_gelu"), message);
    }
  }
}
