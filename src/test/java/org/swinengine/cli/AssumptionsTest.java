package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Warnings;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Npy;

/**
 * What arrays cannot show, and a file does not say, is said once by whoever computes with it, and stays a
 * guess.
 */
class AssumptionsTest {
  private static final Path FIXTURES = Path.of("src/test/resources/fixtures").toAbsolutePath();

  @TempDir
  private Path folder;

  private record Ran(int code, String out, String errors, List<String> warnings) {}

  private static Ran run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter errors = new StringWriter();
    List<String> warnings = new ArrayList<>();
    try (Warnings.Subscription said = Warnings.sendTo(warnings::add)) {
      int code =
          Main.commandLine(arguments)
              .setOut(new PrintWriter(out, true))
              .setErr(new PrintWriter(errors, true))
              .execute(arguments);
      return new Ran(code, out.toString(), errors.toString(), warnings);
    }
  }

  private static Ran fine(String... arguments) {
    Ran ran = run(arguments);
    assertEquals(0, ran.code(), ran::errors);
    return ran;
  }

  private static String weights(String fixture) {
    return FIXTURES.resolve(fixture).resolve("weights.safetensors").toString();
  }

  private Ran infer(String weights, String fixture, String output, String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "infer", "--weights", weights, "--input",
                FIXTURES.resolve(fixture).resolve("input.npy").toString(),
                "--output", folder.resolve(output).toString(), "--device", "cpu"));
    all.addAll(List.of(more));
    return fine(all.toArray(String[]::new));
  }

  @Test
  void everyCommandThatComputesSaysSoOnce() throws IOException {
    String vit = weights("torchvision_vit");
    Path data = folder.resolve("data");
    for (int i = 0; i < 10; i++) {
      TinyWorld.pictures(data.resolve("train/class" + i), 2);
      TinyWorld.pictures(data.resolve("val/class" + i), 1);
    }
    String target = folder.resolve("t.npy").toString();
    String input = FIXTURES.resolve("torchvision_vit/input.npy").toString();
    int images = (int) Npy.read(Path.of(input)).shape()[0];
    Npy.write(Path.of(target), ArrayData.ofLongs(new long[] {images}, new long[images]));
    String[][] commands = {
      {"infer", "--weights", vit, "--input", input, "--output", folder.resolve("y.npy").toString()},
      {"fit-batch", "--weights", vit, "--input", input, "--target", target, "--steps", "1"},
      {"predict", "--weights", vit, data.resolve("val/class0/0.png").toString()},
      {"eval", "--weights", vit, "--data-path", data.toString()},
      {"train", "--pretrained", vit, "--data-path", data.toString(), "--epochs", "1", "--batch-size", "4",
        "--output",
        folder.resolve("runs").toString(), "--tag", "t"},
      {"convert", vit, folder.resolve("c.safetensors").toString(), "--force"}
    };
    for (String[] command : commands) {
      List<String> said = fine(command).warnings().stream().filter(w -> w.contains("heads")).toList();
      assertEquals(1, said.size(), command[0] + ": " + said);
      assertTrue(said.get(0).contains("`heads` says otherwise"), said.get(0));
      assertTrue(said.get(0).startsWith("weights.safetensors: "), said.get(0));
    }
    for (String[] command : commands) {
      if (!command[0].equals("train")) {
        List<String> told = new ArrayList<>(List.of(command));
        told.addAll(List.of("--heads", "3"));
        assertEquals(List.of(), fine(told.toArray(String[]::new)).warnings(), command[0]);
      }
    }
  }

  /** The same arrays are a model's with the window 4 as well as one's with 8. */
  @Test
  void aWindowThatIsAssumedIsSaidAndCanBeSaid() throws IOException {
    Path cfg = folder.resolve("window4.yaml");
    String yaml = Files.readString(FIXTURES.resolve("timm_swinv2/model.yaml"));
    Files.writeString(cfg, yaml.replace("WINDOW_SIZE: 8", "WINDOW_SIZE: 4\n    WINDOW_POLICY: timm"));
    String weights = weights("timm_swinv2");
    infer(weights, "timm_swinv2", "expected.npy", "--cfg", cfg.toString());
    Path expected = folder.resolve("expected.npy");
    Ran assumed = infer(weights, "timm_swinv2", "assumed.npy");
    assertTrue(assumed.warnings().get(0).contains("`window`"), assumed.warnings()::toString);
    Ran told = infer(weights, "timm_swinv2", "told.npy", "--window", "4", "--image-size", "64");
    assertEquals(List.of(), told.warnings());
    assertArrayEquals(Npy.read(expected).toFloats(), Npy.read(folder.resolve("told.npy")).toFloats(), 0f);
    assertTrue(largestDifference(expected, folder.resolve("assumed.npy")) > 1e-4);
  }

  private static double largestDifference(Path a, Path b) {
    float[] left = Npy.read(a).toFloats();
    float[] right = Npy.read(b).toFloats();
    double largest = 0;
    for (int i = 0; i < left.length; i++) {
      largest = Math.max(largest, Math.abs(left[i] - right[i]));
    }
    return largest;
  }

  /** A converted file does not make a fact of a guess: who knows better is heard. */
  @ParameterizedTest
  @ValueSource(strings = {"timm_vit --heads 6", "timm_swinv2 --window 4 --image-size 64"})
  void aGuessStaysAGuessInAConvertedFile(String said) {
    String fixture = said.split(" ")[0];
    String[] hints = said.substring(fixture.length() + 1).split(" ");
    String converted = folder.resolve("c.safetensors").toString();
    fine("convert", weights(fixture), converted);
    Ran again = infer(converted, fixture, "again.npy");
    assertEquals(1, again.warnings().size(), again.warnings()::toString);
    infer(weights(fixture), fixture, "original.npy", hints);
    Ran told = infer(converted, fixture, "told.npy", hints);
    assertEquals(List.of(), told.warnings());
    assertArrayEquals(
        Npy.read(folder.resolve("original.npy")).toFloats(), Npy.read(folder.resolve("told.npy")).toFloats(),
        0f);
    // What is said while converting is a fact afterwards, also of a file that had a guess.
    String known = folder.resolve("known.safetensors").toString();
    fine("convert", converted, known, hints[0], hints[1]);
    Ran fact = run("inspect", known);
    assertFalse(fact.out().contains("assumed ="), fact.out());
    Ran other = run("inspect", known, hints[0], "2");
    assertTrue(other.code() != 0 && other.errors().contains("leave " + hints[0] + " out"), other.errors());
  }

  /** Names of PyTorch's encoder do not say what it computes, and a guess is worth nothing. */
  @Test
  void whatAnEncoderComputesIsDemanded() {
    String weights = weights("torch_encoder_post");
    String input = FIXTURES.resolve("torch_encoder_post/input.npy").toString();
    String output = folder.resolve("y.npy").toString();
    Ran unnamed = run("infer", "--weights", weights, "--input", input, "--output", output);
    assertTrue(unnamed.code() != 0 && unnamed.errors().contains("--norm-order pre or post"),
        unnamed.errors());
    Ran asked = run("infer", "--weights", weights, "--input", input, "--output", output, "--dialect",
        "torch_encoder");
    for (String option : List.of("--norm-order", "--activation", "--heads")) {
      assertTrue(asked.code() != 0 && asked.errors().contains(option), asked.errors());
    }
    String[] told = {
      "--dialect", "torch_encoder", "--norm-order", "post", "--activation", "relu", "--heads", "3", "--pool",
      "token"
    };
    Ran ran = infer(weights, "torch_encoder_post", "y.npy", told);
    assertEquals(List.of(), ran.warnings());
    float[] expected = Npy.read(FIXTURES.resolve("torch_encoder_post/logits.npy")).toFloats();
    assertArrayEquals(expected, Npy.read(Path.of(output)).toFloats(), 1e-5f);
    // In the engine's own file all of it is said.
    String own = folder.resolve("own.safetensors").toString();
    List<String> convert = new ArrayList<>(List.of("convert", weights, own));
    convert.addAll(List.of(told));
    fine(convert.toArray(String[]::new));
    assertEquals(List.of(), infer(own, "torch_encoder_post", "y2.npy").warnings());
    assertArrayEquals(expected, Npy.read(folder.resolve("y2.npy")).toFloats(), 1e-5f);
  }

  /** Projections of each head, a mean, a layer before the head: all that names tell is taken from them. */
  @Test
  void rulesThatWereFoundAreUsedWhenTheUserAgrees() {
    String weights = weights("torch_vit_mean");
    String[] told = {
      "--rename", "auto", "--norm-order", "pre", "--activation", "silu", "--last-norm", "before", "--pool",
      "avg",
      "--image-size", "12x16"
    };
    Ran refused = run("inspect", weights);
    assertTrue(refused.out().contains("--rename auto"), refused.out());
    assertFalse(refused.out().contains("--pre-logits"), "the name pooler tells that it is tanh");
    // The image is no square, which a recognised ViT has to be told as well.
    Ran ran =
        run(
            "infer", "--cfg", FIXTURES.resolve("torch_vit_mean/model.yaml").toString(), "--weights", weights,
            "--rename",
            "auto", "--input", FIXTURES.resolve("torch_vit_mean/input.npy").toString(), "--output",
            folder.resolve("y.npy").toString(), told[10], told[11]);
    assertEquals(0, ran.code(), ran::errors);
    float[] expected = Npy.read(FIXTURES.resolve("torch_vit_mean/logits.npy")).toFloats();
    assertArrayEquals(expected, Npy.read(folder.resolve("y.npy")).toFloats(), 1e-5f);
  }

  /** Rules of one's own to timm's names say nothing of what the model computes. */
  @Test
  void renamedToTimmsIsSaidToBeAGuess() {
    Ran ran =
        run("infer", "--weights", weights("timm_vit"), "--heads", "3", "--rename", "^no_such=>x", "--input",
            FIXTURES.resolve("timm_vit/input.npy").toString(), "--output",
            folder.resolve("y.npy").toString());
    assertEquals(0, ran.code(), ran::errors);
    assertTrue(ran.warnings().get(0).contains("`normOrder`"), ran.warnings()::toString);
  }

  /** A variant's gradients, by differences in float64. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "NORM_ORDER post ACTIVATION relu POOL all LAST_NORM none",
        "NORM_ORDER post ACTIVATION silu LAST_NORM both REPRESENTATION_SIZE 6",
        "NORM_ORDER pre ACTIVATION relu POOL avg CLASS_TOKEN false LAST_NORM before"
      })
  void gradientsOfVariants(String keys) throws IOException {
    StringBuilder own =
        new StringBuilder("PATCH_SIZE: 4, EMBED_DIM: 8, DEPTH: 2, NUM_HEADS: 2, MLP_RATIO: 2");
    String[] words = keys.split(" ");
    for (int i = 0; i < words.length; i += 2) {
      own.append(", ").append(words[i]).append(": ").append(words[i + 1]);
    }
    Path file = folder.resolve("v.yaml");
    Files.writeString(
        file, "DATA: {IMG_SIZE: 8}\nMODEL: {TYPE: vit, NAME: v, NUM_CLASSES: 3, VIT: {" + own + "}}\n");
    Ran ran = fine("gradcheck", "--cfg", file.toString(), "--samples", "6");
    assertTrue(ran.out().contains("within"), ran.out());
  }
}
