package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

class ModelWeightsTest {
  private static Backend backend;

  @BeforeAll
  static void open() {
    backend = Backends.open("cpu", 1);
  }

  @AfterAll
  static void close() {
    backend.close();
  }

  @Test
  void everythingOfItsOwnModelIsLoaded() {
    LoadReport report = load(swin(56, 7, 10), file("ms_swin"), LoadOptions.STRICT);
    assertTrue(report.isComplete(), report::toString);
    assertEquals(Dialect.MICROSOFT, report.dialect());
    assertEquals(List.of(), report.resized());
    assertFalse(report.buffers().isEmpty(), "Microsoft's files hold indices and masks");
  }

  /**
   * A larger window: every bias table is resized, with both shapes in the report, even when loading is
   * strict.
   */
  @Test
  void biasTablesFitAnotherWindow() {
    Model model = place(swin(64, 8, 10));
    LoadReport report =
        ModelWeights.load(model, ParameterNames.of(file("ms_swin")), LoadOptions.STRICT, "file");
    assertEquals(4, report.resized().size());
    String first = "layers.0.blocks.0.attn.relative_position_bias_table";
    assertTrue(
        report.resized().stream()
            .anyMatch(entry -> entry.contains(first) && entry.contains("225") && entry.contains("169")),
        report.resized()::toString);
    float[] given = file("ms_swin").get(first).toFloats();
    assertArrayEquals(GridResampling.bicubic(given, 13, 13, 15, 15, false), values(model, first));
  }

  /** Which way of resizing is used is the dialect's, unless one is chosen. */
  @Test
  void wayOfResizing() {
    String first = "layers.0.blocks.0.attn.relative_position_bias_table";
    float[] given = file("ms_swin").get(first).toFloats();
    StateDict timm = ParameterNames.write(ParameterNames.of(file("ms_swin")).weights(), Dialect.TIMM);
    Model own = place(swin(64, 8, 10));
    ModelWeights.load(own, timm, "file");
    assertArrayEquals(GridResampling.geometric(given, 13, 13, 15, 15), values(own, first));
    Model chosen = place(swin(64, 8, 10));
    ModelWeights.load(
        chosen,
        ParameterNames.of(timm),
        LoadOptions.STRICT.withResizing(PositionResizing.MICROSOFT),
        "file");
    assertArrayEquals(GridResampling.bicubic(given, 13, 13, 15, 15, false), values(chosen, first));
  }

  /** Against timm's resample_abs_pos_embed and transformers' interpolate_pos_encoding. */
  @ParameterizedTest
  @CsvSource({"timm, 5, 64, 64", "hf, 5, 64, 64", "timm, 8, 40, 40", "hf, 8, 40, 40"})
  void positionEmbeddingFitsAnotherImage(String way, int side, int height, int width) {
    StateDict numbers = read("/fixtures/resampling.safetensors");
    String key = "embed." + side + "." + height / 8 + "x" + width / 8 + ".";
    Model source = place(vit(side * 8, side * 8));
    StateDict.Builder dict = StateDict.builder();
    ModelWeights.save(source)
        .arrays()
        .forEach(
            (name, array) -> dict.put(name, name.equals("pos_embed") ? numbers.get(key + "given") : array));
    Model model = place(vit(height, width));
    PositionResizing resizing = way.equals("hf") ? PositionResizing.HUGGING_FACE : PositionResizing.TIMM;
    ModelWeights.load(
        model, ParameterNames.of(dict.build()), LoadOptions.STRICT.withResizing(resizing), "file");
    assertArrayEquals(numbers.get(key + way).toFloats(), values(model, "pos_embed"), 3e-6f);
  }

  /** Microsoft's rule for other classes: zeros. timm's: the fresh values stay. */
  @Test
  void headForOtherClasses() {
    LoadOptions newHead = LoadOptions.STRICT.withNewHead();
    Model microsoft = place(swin(56, 7, 3));
    LoadReport report =
        ModelWeights.load(microsoft, ParameterNames.of(file("ms_swin")), newHead, "file");
    assertEquals(2, report.replaced().size());
    assertArrayEquals(new float[3], values(microsoft, "head.bias"));
    assertArrayEquals(new float[3 * 48], values(microsoft, "head.weight"));

    Model timm = place(swin(56, 7, 3));
    float[] fresh = values(timm, "head.weight");
    StateDict weights = ParameterNames.write(ParameterNames.of(file("ms_swin")).weights(), Dialect.TIMM);
    ModelWeights.load(timm, ParameterNames.of(weights), newHead, "file");
    assertArrayEquals(fresh, values(timm, "head.weight"));
    assertArrayEquals(file("ms_swin").get("norm.weight").toFloats(), values(timm, "norm.weight"));
  }

  @Test
  void chosenRowsOfTheHead() {
    Model model = place(swin(56, 7, 3));
    ModelWeights.load(
        model, ParameterNames.of(file("ms_swin")), LoadOptions.STRICT.withClassRows(List.of(7, 0, 9)),
        "file");
    float[] given = file("ms_swin").get("head.bias").toFloats();
    assertArrayEquals(new float[] {given[7], given[0], given[9]}, values(model, "head.bias"));
    Model other = place(swin(56, 7, 3));
    for (List<Integer> rows : List.of(List.of(1, 2), List.of(1, 2, 10), List.of(1, 2, -1))) {
      String message =
          assertThrows(
              ModelConfigException.class,
              () -> ModelWeights.load(
                  other,
                  ParameterNames.of(file("ms_swin")),
                  LoadOptions.STRICT.withClassRows(rows),
                  "file"))
              .getMessage();
      assertTrue(message.contains("class map"), message);
    }
  }

  @Test
  void strictLoadingRefusesAndChangesNothing() {
    Model model = place(swin(56, 7, 3));
    float[] before = values(model, "norm.weight");
    String message =
        assertThrows(
            ModelConfigException.class,
            () -> ModelWeights.load(
                model, ParameterNames.of(file("ms_swin")), LoadOptions.STRICT, "photos.pth"))
            .getMessage();
    assertTrue(
        message.startsWith("photos.pth ") && message.contains("head.weight") && message.contains("[10, 48]"),
        message);
    assertArrayEquals(before, values(model, "norm.weight"));
  }

  @Test
  void lenientLoadingTakesWhatFits() {
    StateDict.Builder part = StateDict.builder();
    file("ms_swin")
        .arrays()
        .forEach(
            (name, array) -> {
              if (!name.startsWith("norm.")) {
                part.put(name, array);
              }
            });
    part.put("layers.0.blocks.0.extra", ArrayData.ofFloats(new long[] {2}, 1, 2));
    Model model = place(swin(56, 7, 3));
    LoadReport report =
        ModelWeights.load(model, ParameterNames.of(part.build()), LoadOptions.STRICT.lenient(), "file");
    assertTrue(
        report.missing().stream().anyMatch(entry -> entry.startsWith("norm.weight [48]")),
        report.missing()::toString);
    assertEquals(List.of("layers.0.blocks.0.extra [2]"), report.unexpected());
    assertEquals(2, report.mismatched().size());
    String line = report.toString();
    assertTrue(
        line.contains("2 missing") && line.contains("1 unexpected") && line.contains("2 of another shape"),
        line);
  }

  /** Lenient is not blind: a file of which nothing fits is another model's. */
  /** What will be loaded needs no first values; what will not has the same as ever. */
  @Test
  void whatIsGivenIsNotDrawn() {
    NamedWeights weights = ParameterNames.of(file("ms_swin"));
    Model model = Models.create(swin(64, 8, 5));
    new ParameterArena(backend, model.parameters(), 1, ModelWeights.given(model, weights));
    Model drawn = place(swin(64, 8, 5));
    String given = "layers.0.blocks.0.attn.qkv.weight";
    assertArrayEquals(new float[values(drawn, given).length], values(model, given));
    for (String path : List.of("head.weight", "layers.0.blocks.0.attn.relative_position_bias_table")) {
      assertArrayEquals(values(drawn, path), values(model, path), path + " has another shape");
    }
    ModelWeights.load(model, weights, LoadOptions.STRICT.withNewHead(), "file");
    ModelWeights.load(drawn, weights, LoadOptions.STRICT.withNewHead(), "file");
    for (Parameter parameter : model.parameters()) {
      assertArrayEquals(values(drawn, parameter.path()), values(model, parameter.path()), parameter.path());
    }
  }

  @Test
  void nothingFits() {
    StateDict.Builder other = StateDict.builder();
    other.put("conv1.weight", ArrayData.ofFloats(new long[] {1}, 1));
    assertThrows(
        ModelConfigException.class,
        () -> ModelWeights.load(
            place(swin(56, 7, 3)), ParameterNames.of(other.build()), LoadOptions.STRICT.lenient(), "file"));
  }

  private static LoadReport load(ModelSpec spec, StateDict weights, LoadOptions options) {
    return ModelWeights.load(place(spec), ParameterNames.of(weights), options, "file");
  }

  private static Model place(ModelSpec spec) {
    Model model = Models.create(spec);
    new ParameterArena(backend, model.parameters(), 1);
    return model;
  }

  private static ModelSpec swin(int image, int window, int classes) {
    return ModelConfigFile.parse(
        String.format(
            "DATA: {IMG_SIZE: %d}%nMODEL: {TYPE: swin, NUM_CLASSES: %d, SWIN: {EMBED_DIM: 24, DEPTHS: [2, 2],"
                + " NUM_HEADS: [3, 6], WINDOW_SIZE: %d, WINDOW_POLICY: microsoft}}",
            image,
            classes,
            window),
        "test");
  }

  private static ModelSpec vit(int height, int width) {
    return ModelConfigFile.parse(
        String.format(
            "DATA: {IMG_SIZE: [%d, %d]}%nMODEL: {TYPE: vit, NUM_CLASSES: 2, VIT: {PATCH_SIZE: 8, EMBED_DIM:"
                + " 4, DEPTH: 1, NUM_HEADS: 1}}",
            height,
            width),
        "test");
  }

  private static float[] values(Model model, String path) {
    return model.parameters().stream()
        .filter(parameter -> parameter.path().equals(path))
        .map(Parameter::value)
        .findFirst()
        .orElseThrow()
        .toFloats();
  }

  private static StateDict file(String fixture) {
    return read("/fixtures/" + fixture + "/weights.safetensors");
  }

  private static StateDict read(String resource) {
    try {
      return Safetensors.read(Path.of(ModelWeightsTest.class.getResource(resource).toURI()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
