package org.swinengine.models.swinunet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelCost;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

final class SwinUnetTest {
  private static final String TINY = "swin_unet_tiny_patch4_window7_224";

  /** Three scales below the bottleneck, rectangular images, patches of two. */
  private static ModelSpec small(String skips) {
    String yaml =
        """
        DATA: {IMG_SIZE: [16, 32]}
        MODEL:
          TYPE: swin_unet
          NUM_CLASSES: 3
          DROP_PATH_RATE: 0.5
          SWIN:
            {PATCH_SIZE: 2, EMBED_DIM: 4, DEPTHS: [2, 1, 2], NUM_HEADS: [1, 2, 2], WINDOW_SIZE: 2,
             SKIPS: "%s"}
        """;
    return ModelConfigFile.parse(String.format(Locale.ROOT, yaml, skips), "small.yaml");
  }

  @Test
  void parametersAreTheOriginals() {
    Model model = Models.create(Models.spec(TINY));
    assertEquals(27_168_900, elements(model));
    Set<String> paths = paths(model);
    // 238 arrays in the original's state dict, of which 14 are index tables and 6 are masks.
    assertEquals(238 - 14 - 6, paths.size());
    assertEquals(Shape.of(1536, 768), shape(model, "layers_up.0.expand.weight"));
    assertEquals(Shape.of(384), shape(model, "layers_up.0.norm.bias"));
    assertEquals(Shape.of(192, 384), shape(model, "concat_back_dim.2.weight"));
    assertEquals(Shape.of(384, 192), shape(model, "layers_up.2.upsample.expand.weight"));
    assertEquals(Shape.of(1536, 96), shape(model, "up.expand.weight"));
    assertEquals(Shape.of(9, 96, 1, 1), shape(model, "output.weight"));
    assertFalse(paths.contains("output.bias"));
    assertFalse(paths.contains("layers_up.3.upsample.norm.weight"));
  }

  @Test
  void theOriginalRepositorysFileIsASwinUnet() {
    String yaml =
        """
        MODEL:
          TYPE: swin
          NAME: swin_tiny_patch4_window7_224
          DROP_PATH_RATE: 0.2
          PRETRAIN_CKPT: "./pretrained_ckpt/swin_tiny_patch4_window7_224.pth"
          SWIN:
            FINAL_UPSAMPLE: "expand_first"
            EMBED_DIM: 96
            DEPTHS: [ 2, 2, 2, 2 ]
            DECODER_DEPTHS: [ 2, 2, 2, 1]
            NUM_HEADS: [ 3, 6, 12, 24 ]
            WINDOW_SIZE: 7
        """;
    ModelSpec spec = ModelConfigFile.parse(yaml, "lite.yaml");
    assertEquals(Models.spec(TINY).architecture(), spec.architecture());
    assertEquals(27_168_900, elements(Models.create(spec)));
    assertEquals(ModelSpec.Task.SEGMENTATION, spec.task());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "all|[0, 1, 2]",
        "3|[0, 1, 2]",
        "2|[1, 2]",
        "1|[2]",
        "0|[]",
        "none|[]",
        "1/8,1/16|[1, 2]",
        "1/4|[0]",
        " 1/16 , 1/4|[0, 2]",
      })
  void skipsAreCountedFromTheDeepestScaleUp(String text, String stages) {
    ModelSpec spec = ModelConfigFile.withSkips(Models.spec(TINY), text);
    SwinUnetConfig unet = (SwinUnetConfig) spec.architecture();
    assertEquals(stages, unet.skips().toString());
    assertEquals(spec, ModelConfigFile.parse(ModelConfigFile.write(spec), "written"));
    for (int stage = 0; stage < 3; stage++) {
      String concat = "concat_back_dim." + (3 - stage) + ".weight";
      assertEquals(unet.skips().contains(stage), paths(Models.create(spec)).contains(concat));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "4|4 skip connections: there are 3 scales, 1/4,1/8,1/16",
        "1/32|there is no scale 1/32; expected a count from 0 to 3, or some of 1/4,1/8,1/16",
        "some|there is no scale some",
        "-1|there is no scale -1",
      })
  void whatIsNoScaleIsRefused(String text, String expected) {
    ModelConfigException error =
        assertThrows(ModelConfigException.class, () -> ModelConfigFile.withSkips(Models.spec(TINY), text));
    assertTrue(error.getMessage().contains(expected), error.getMessage());
  }

  @Test
  void skipsOfAnotherModelAreRefused() {
    ModelSpec swin = Models.spec("swin_tiny_patch4_window7_224");
    ModelConfigException error =
        assertThrows(ModelConfigException.class, () -> ModelConfigFile.withSkips(swin, "2"));
    assertTrue(error.getMessage().contains("swin_tiny_patch4_window7_224 has none"), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SWIN: {DEPTHS: [2], NUM_HEADS: [3]}|at least two stages, not 1",
        "SWIN: {FINAL_UPSAMPLE: bilinear}|FINAL_UPSAMPLE is bilinear; it must be expand_first",
        "SWIN: {SKIPS: 7}|7 skip connections: there are 3 scales",
      })
  void configurationsThatAreNoneAreRefused(String section, String expected) {
    String yaml = "MODEL: {TYPE: swin_unet, " + section + "}";
    ModelConfigException error =
        assertThrows(ModelConfigException.class, () -> ModelConfigFile.parse(yaml, "x.yaml"));
    assertTrue(error.getMessage().contains(expected), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"225, 224", "224, 240", "112, 100"})
  void imagesThatCannotBeHalvedAreRefused(int height, int width) {
    ModelSpec spec = Models.spec(TINY).withImage(height, width, 3);
    ShapeException error = assertThrows(ShapeException.class, () -> Models.create(spec));
    assertTrue(error.getMessage().contains(height + "×" + width + " pixels"), error.getMessage());
    assertTrue(error.getMessage().contains("must be multiples of 32"), error.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"all", "1", "none"})
  void everyPixelGetsALogitOfEachClass(String skips) {
    try (Backend backend = Backends.open("cpu", 2);
        Scope scope = Scope.open()) {
      Model model = placed(small(skips), backend);
      Variable logits = model.forward(images(backend, 2, 3), ForwardMode.EVALUATION);
      assertEquals(Shape.of(2, 3, 16, 32), logits.shape());
      assertEquals(model.spec().logitsShape(2), logits.shape());
    }
  }

  @Test
  void aGreyImageIsThreeEqualChannels() {
    try (Backend backend = Backends.open("cpu", 2);
        Scope scope = Scope.open()) {
      Model model = placed(small("all"), backend);
      float[] grey = images(backend, 1, 1).value().toFloats();
      float[] three = new float[3 * grey.length];
      for (int c = 0; c < 3; c++) {
        System.arraycopy(grey, 0, three, c * grey.length, grey.length);
      }
      Variable one = Variable.constant(Tensor.of(backend, Shape.of(1, 1, 16, 32), grey));
      Variable all = Variable.constant(Tensor.of(backend, Shape.of(1, 3, 16, 32), three));
      assertArrayEquals(
          model.forward(all, ForwardMode.EVALUATION).value().toFloats(),
          model.forward(one, ForwardMode.EVALUATION).value().toFloats());
      assertThrows(
          ShapeException.class, () -> model.forward(images(backend, 1, 2), ForwardMode.EVALUATION));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void trainingWithAndWithoutCheckpointingGivesTheSameBitsAndReturnsItsMemory(boolean dropPath) {
    ModelSpec spec = dropPath ? small("all") : small("2").withDropPath(0);
    try (Backend backend = Backends.open("cpu", 2);
        Scope scope = Scope.open()) {
      Model model = placed(spec, backend);
      Variable images = images(backend, 4, 3);
      int[] classes = new Random(3).ints(4 * 16 * 32, 0, 3).toArray();
      Tensor labels = Tensor.ofInts(backend, spec.labelsShape(4), classes);
      float[] kept = gradient(model, images, labels, false);
      long live = backend.memory().statistics().liveBytes();
      float[] again = gradient(model, images, labels, true);
      assertEquals(live, backend.memory().statistics().liveBytes());
      assertArrayEquals(kept, again);
      assertTrue(model.parameters().stream().allMatch(Parameter::hasGradient));
    }
  }

  /**
   * Blocks that compute nothing but one attention's bias: a sample that comes out as without the bias was
   * dropped. The rates go from 0 to a half over the encoder's five blocks, and the decoder has them at the
   * same scales.
   */
  @ParameterizedTest
  @CsvSource({
    "layers.0.blocks.1, 0.125",
    "layers.1.blocks.0, 0.25",
    "layers.2.blocks.1, 0.5",
    "layers_up.1.blocks.0, 0.25",
    "layers_up.2.blocks.0, 0",
    "layers_up.2.blocks.1, 0.125",
  })
  void stochasticDepthIsTheEncodersMirrored(String block, double rate) {
    int batch = 256;
    try (Backend backend = Backends.open("cpu", 2);
        Scope scope = Scope.open()) {
      Model model = placed(small("all"), backend);
      model.parameters().stream()
          .filter(p -> p.path().contains(".blocks.") && !p.path().contains(".norm"))
          .forEach(p -> fill(p, false));
      Variable images = images(backend, batch, 3);
      float[] without = model.forward(images, ForwardMode.EVALUATION).value().toFloats();
      model.parameters().stream()
          .filter(p -> p.path().equals(block + ".attn.proj.bias"))
          .forEach(p -> fill(p, true));
      ForwardMode training = ForwardMode.training(7, 0, 0, false);
      float[] drawn = model.forward(images, training).value().toFloats();
      int each = drawn.length / batch;
      int dropped = 0;
      for (int i = 0; i < batch; i++) {
        dropped += Arrays.equals(drawn, i * each, (i + 1) * each, without, i * each, (i + 1) * each) ? 1 : 0;
      }
      double deviation = Math.sqrt(rate * (1 - rate) / batch);
      assertEquals(rate, (double) dropped / batch, 3 * deviation);
    }
  }

  @Test
  void whatClassifiesImagesRefusesIt() {
    ModelConfigException error =
        assertThrows(ModelConfigException.class, () -> Models.spec(TINY).requireClassification("eval"));
    assertTrue(error.getMessage().startsWith("eval works with models that classify images, but " + TINY));
    Models.spec("swin_tiny_patch4_window7_224").requireClassification("eval");
  }

  @Test
  void theCostCountsTheDecoder() {
    ModelCost cost = ModelCost.of(Models.spec(TINY));
    List<String> names = cost.stages().stream().map(ModelCost.Stage::name).toList();
    assertEquals(
        List.of(
            "patch_embed", "layers.0", "layers.1", "layers.2", "layers.3", "layers_up.0", "layers_up.1",
            "layers_up.2", "layers_up.3", "up, output"),
        names);
    // Blocks at the first scale without a merging: those of the encoder, and a layer from 192 to 96 channels.
    long merging = 56 * 56 * 96L + 28 * 28 * 4 * 96 * 2 * 96L;
    long blocks = cost.stages().get(1).operations() - merging;
    assertEquals(blocks + 56 * 56 * 192L * 96, cost.stages().get(8).operations());
  }

  /** Zeros, or numbers that differ from channel to channel. */
  private static void fill(Parameter parameter, boolean rising) {
    float[] values = new float[Math.toIntExact(parameter.shape().elements())];
    for (int i = 0; rising && i < values.length; i++) {
      values[i] = i + 1;
    }
    parameter.backend().memory().upload(values, 0, parameter.value(), values.length);
    parameter.touch();
  }

  private static float[] gradient(Model model, Variable images, Tensor labels, boolean checkpointing) {
    model.parameters().forEach(Parameter::clearGradient);
    try (Scope scope = Scope.open();
        Tape tape = Tape.open()) {
      ForwardMode mode = ForwardMode.training(1, 2, 0, checkpointing);
      tape.backward(CrossEntropyOp.apply(model.forward(images, mode), labels, 0));
    }
    float[] all = new float[Math.toIntExact(elements(model))];
    int at = 0;
    for (Parameter parameter : model.parameters()) {
      float[] part = parameter.gradient().toFloats();
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  private static Model placed(ModelSpec spec, Backend backend) {
    Model model = Models.create(spec);
    new ParameterArena(backend, model.parameters(), 5);
    return model;
  }

  private static Variable images(Backend backend, int batch, int channels) {
    Shape shape = Shape.of(batch, channels, 16, 32);
    float[] values = new float[Math.toIntExact(shape.elements())];
    Random random = new Random(9);
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return Variable.constant(Tensor.of(backend, shape, values));
  }

  private static Shape shape(Model model, String path) {
    return model.parameters().stream()
        .filter(parameter -> parameter.path().equals(path))
        .findFirst()
        .orElseThrow()
        .shape();
  }

  private static Set<String> paths(Model model) {
    return model.parameters().stream().map(Parameter::path).collect(Collectors.toSet());
  }

  private static long elements(Model model) {
    return model.parameters().stream().mapToLong(parameter -> parameter.shape().elements()).sum();
  }
}
