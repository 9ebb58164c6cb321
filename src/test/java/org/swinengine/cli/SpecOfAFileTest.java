package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.inference.ObservedModels;
import org.swinengine.inference.WeightSource;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Npy;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/** All commands that open weights see the same model in a file: {@code inspect} says which. */
class SpecOfAFileTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path FIXTURES = Path.of("src/test/resources/fixtures").toAbsolutePath();

  @TempDir
  private static Path shared;
  @TempDir
  private Path folder;

  /** Pictures of two classes; trained on them, a ViT of six heads, whose shapes would show another number. */
  @BeforeAll
  static void train() throws IOException {
    pictures(shared.resolve("two"), 2);
    run(
        "train", "--model", "vit_nano_patch4_28", "--opts", "MODEL.VIT.NUM_HEADS", "6", "MODEL.VIT.EMBED_DIM",
        "96", "--data-path",
        shared.resolve("two").toString(), "--epochs", "1", "--batch-size", "4", "--channels", "3", "--output",
        shared.resolve("runs").toString(), "--tag", "vit", "--device", "cpu");
    run(
        "train", "--model", "swin_nano_patch4_window7_28", "--opts", "MODEL.SWIN.DEPTHS", "[1, 1]",
        "--data-path",
        shared.resolve("two").toString(), "--epochs", "1", "--batch-size", "4", "--output",
        shared.resolve("runs").toString(), "--tag", "swin", "--device", "cpu");
  }

  private static void pictures(Path data, int classes) throws IOException {
    for (int i = 0; i < classes; i++) {
      TinyWorld.pictures(data.resolve("train").resolve("class" + i), 4);
      TinyWorld.pictures(data.resolve("val").resolve("class" + i), 2);
    }
  }

  private static String run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter errors = new StringWriter();
    int code =
        Main.commandLine(arguments)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(errors, true))
            .execute(arguments);
    assertEquals(0, code, () -> String.join(" ", arguments) + "\n" + errors);
    return out.toString();
  }

  private static String refused(String... arguments) {
    StringWriter errors = new StringWriter();
    int code =
        Main.commandLine(arguments)
            .setOut(new PrintWriter(new StringWriter()))
            .setErr(new PrintWriter(errors, true))
            .execute(arguments);
    assertTrue(code != 0, () -> String.join(" ", arguments) + " went well");
    assertEquals(1, errors.toString().strip().lines().count(), errors::toString);
    return errors.toString().strip();
  }

  private static String[] with(List<String> hints, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(hints);
    return all.toArray(String[]::new);
  }

  /** The model that gets weights while a command runs. */
  private static ModelSpec seen(String... arguments) {
    try (ObservedModels models = new ObservedModels()) {
      run(arguments);
      return models.only();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ms_swin, ''", "ms_swin_ape, ''", "ms_swinv2, ''", "timm_swin_s3, ''",
    "timm_swinv2, --window 4", "timm_vit, --heads 3", "timm_deit_distilled, --heads 3",
    "torchvision_swin_padded, ''", "torchvision_swinv2_padded, ''", "torchvision_vit, --heads 3",
    "hf4_swin, ''",
    "hf_swin_padded, ''", "hf_swinv2_padded, --window 4", "hf4_vit, --heads 3"
  })
  void ofAnotherImplementation(String fixture, String hints) throws IOException {
    all(FIXTURES.resolve(fixture).resolve("weights.safetensors"),
        hints.isEmpty() ? List.of() : List.of(hints.split(" ")));
  }

  @ParameterizedTest
  @CsvSource({"vit, best", "vit, last", "swin, best", "swin, last"})
  void ofOurOwnTraining(String tag, String file) throws IOException {
    Path weights = shared.resolve("runs").resolve(tag).resolve(file + ".safetensors");
    all(weights, List.of());
    assertTrue(
        !tag.equals("vit")
            || ModelConfigFile.write(WeightSource.of(weights).spec()).contains("NUM_HEADS: 6"));
  }

  /** lucidrains' vit-pytorch: our ViT's arrays under its names. */
  @Test
  void ofLucidrains() throws IOException {
    Path own = folder.resolve("vit.safetensors");
    ModelSpec spec = Models.spec("vit_nano_patch4_28");
    try (Backend backend = Backends.open("reference", 1);
        Scope scope = Scope.open()) {
      Model model = Models.create(spec);
      new ParameterArena(backend, model.parameters(), 7, parameter -> false);
      StateDict.Builder dict = StateDict.builder();
      for (Parameter parameter : model.parameters()) {
        // vit-pytorch has no bias at these layers.
        if (!parameter.path().endsWith("attn.qkv.bias")) {
          dict.put(
              parameter.path(),
              ArrayData.ofFloats(parameter.shape().longDims(), parameter.value().toFloats()));
        }
      }
      Safetensors.write(own, dict.build());
    }
    Path file = folder.resolve("lucidrains.safetensors");
    run("convert", own.toString(), file.toString(), "--to", "lucidrains");
    all(file, List.of("--heads", "4"));
  }

  private void all(Path file, List<String> hints) throws IOException {
    JsonNode found = JSON.readTree(run(with(hints, "inspect", file.toString(), "--json")));
    assertFalse(found.get("model").isNull(), found::toString);
    ModelSpec spec = ModelConfigFile.parse(found.get("model").get("configuration").asText(), "inspect");
    Path input = folder.resolve("x.npy");
    Path target = folder.resolve("t.npy");
    float[] pixels = new float[2 * spec.channels() * spec.imageHeight() * spec.imageWidth()];
    Random random = new Random(5);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    long[] shape = {2, spec.channels(), spec.imageHeight(), spec.imageWidth()};
    Npy.write(input, ArrayData.ofFloats(shape, pixels));
    Npy.write(target, ArrayData.ofLongs(new long[] {2}, 1, 0));
    String weights = file.toString();
    Path logits = folder.resolve("y.npy");
    assertEquals(
        spec,
        seen(
            with(
                hints, "infer", "--weights", weights, "--input", input.toString(), "--output",
                logits.toString(),
                "--device", "cpu")),
        "infer");
    assertArrayEquals(logits(spec, file, pixels), Npy.read(logits).toFloats(),
        "infer's logits are that model's");
    assertEquals(
        spec,
        seen(
            with(
                hints, "fit-batch", "--weights", weights, "--input", input.toString(), "--target",
                target.toString(), "--steps", "1", "--device", "cpu")),
        "fit-batch");
    Path data = shared.resolve("classes" + spec.classes());
    if (spec.classes() == 2) {
      data = shared.resolve("two");
    } else if (!Files.exists(data)) {
      pictures(data, spec.classes());
    }
    Path picture = data.resolve("val/class0/0.png");
    assertEquals(
        spec, seen(with(hints, "predict", "--weights", weights, "--device", "cpu", picture.toString())),
        "predict");
    assertEquals(
        spec,
        seen(
            with(
                hints, "embed", "--weights", weights, "--device", "cpu", picture.toString(), "--output",
                folder.resolve("features.npy").toString())),
        "embed");
    assertEquals(
        spec,
        seen(with(hints, "eval", "--weights", weights, "--data-path", data.toString(), "--device", "cpu")),
        "eval");
    assertEquals(
        spec,
        seen(
            with(
                hints, "train", "--pretrained", weights, "--data-path", data.toString(), "--epochs", "1",
                "--batch-size", "2", "--output", folder.resolve("runs").toString(), "--tag", "t", "--device",
                "cpu")),
        "train");
    Path trained = folder.resolve("runs/t/best.safetensors");
    assertEquals(spec, WeightSource.of(trained).spec(), "what training has made of it");
    Path converted = folder.resolve("converted.safetensors");
    run(with(hints, "convert", weights, converted.toString()));
    assertEquals(spec, WeightSource.of(converted).spec(), "convert");
  }

  /** Of the model that {@code inspect} says, without any of the ways that commands take. */
  private static float[] logits(ModelSpec spec, Path file, float[] pixels) {
    try (Backend backend = Backends.open("cpu", 2);
        Scope scope = Scope.open()) {
      Model model = Models.create(spec);
      Predicate<Parameter> none = parameter -> false;
      new ParameterArena(backend, model.parameters(), 0, none);
      WeightSource.of(file).loadAll(model);
      Shape shape = Shape.of(2, spec.channels(), spec.imageHeight(), spec.imageWidth());
      Variable images = Variable.constant(Tensor.of(backend, shape, pixels));
      return model.forward(images, ForwardMode.EVALUATION).value().toFloats();
    }
  }

  /** The commands that take a model that segments. */
  @Test
  void ofAModelThatSegments() throws IOException {
    Path fixture = FIXTURES.resolve("swin_unet");
    String weights = fixture.resolve("weights.safetensors").toString();
    JsonNode found = JSON.readTree(run("inspect", weights, "--json"));
    ModelSpec spec = ModelConfigFile.parse(found.get("model").get("configuration").asText(), "inspect");
    String input = fixture.resolve("input.npy").toString();
    assertEquals(
        spec,
        seen("infer", "--weights", weights, "--input", input, "--output",
            folder.resolve("y.npy").toString()));
    assertEquals(
        spec,
        seen(
            "fit-batch", "--weights", weights, "--input", input, "--target",
            fixture.resolve("target.npy").toString(),
            "--steps", "1"));
    Path converted = folder.resolve("converted.safetensors");
    run("convert", weights, converted.toString());
    assertEquals(spec, WeightSource.of(converted).spec());
    String picture = shared.resolve("two/val/class0/0.png").toString();
    Path masks = folder.resolve("masks");
    assertEquals(spec, seen("predict", "--weights", weights, picture, "--masks", masks.toString()));
    try (Stream<Path> written = Files.list(masks)) {
      assertEquals(1, written.count());
    }
    String sentence = refused("eval", "--weights", weights, "--json");
    assertTrue(sentence.contains("tells 4 classes apart"), sentence);
  }

  /** What a file says of itself cannot be overruled in silence. */
  @Test
  void aHintThatTheModelDoesNotHaveIsASentence() {
    String vit = shared.resolve("runs/vit/best.safetensors").toString();
    String swin = shared.resolve("runs/swin/best.safetensors").toString();
    String x = folder.resolve("x.npy").toString();
    String t = folder.resolve("t.npy").toString();
    Npy.write(Path.of(x), ArrayData.ofFloats(new long[] {1, 3, 28, 28}, new float[3 * 28 * 28]));
    Npy.write(Path.of(t), ArrayData.ofLongs(new long[] {1}, 1));
    String[][] commands = {
      {"inspect", vit},
      {"infer", "--weights", vit, "--input", x, "--output", folder.resolve("y.npy").toString()},
      {"fit-batch", "--weights", vit, "--input", x, "--target", t}, {"predict", "--weights", vit, x},
      {"embed", "--weights", vit, x, "--output", folder.resolve("f.npy").toString()},
      {"eval", "--weights", vit}, {"convert", vit, folder.resolve("c.safetensors").toString()},
      {"train", "--pretrained", vit, "--output", folder.resolve("none").toString()}
    };
    for (String[] command : commands) {
      String sentence = refused(with(List.of("--heads", "3"), command));
      assertTrue(
          sentence.contains("--heads is 3, but the model of " + vit + " has 6; leave --heads out"),
          Arrays.toString(command) + ": " + sentence);
    }
    String none = refused("inspect", swin, "--heads", "3");
    assertTrue(none.contains("--heads is 3, but the model of"), none);
    String window = refused("inspect", vit, "--window", "7");
    assertTrue(window.contains("--window is 7, but a vit model has none; leave --window out"), window);
    assertTrue(run("inspect", vit, "--heads", "6").contains("NUM_HEADS: 6"), "what agrees is no error");
  }
}
