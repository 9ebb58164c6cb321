package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.swinengine.models.Models;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every command does what it says. */
class CommandsIT {
  private static final Path FIXTURE = Path.of("src/test/resources/fixtures/ms_swin").toAbsolutePath();

  @TempDir
  static Path temporary;
  private static TinyWorld world;
  private static Jar jar;
  private static JsonNode trained;

  @BeforeAll
  static void train() throws Exception {
    world = new TinyWorld(temporary);
    jar = new Jar(temporary);
    trained = jar.run(world.train("good", "--epochs", "6", "--lr", "1e-2", "--json")).succeeded().json();
  }

  @Test
  void trainLeavesEverythingInItsFolder() throws Exception {
    assertEquals("completed", trained.get("status").asText());
    assertEquals(6, trained.get("epochs").asInt());
    assertEquals(Path.of("runs/good"), Path.of(trained.get("folder").asText()));
    for (String file : List.of("config.yaml", "metrics.jsonl", "best.safetensors", "last.safetensors",
        "report.html")) {
      assertTrue(Files.size(world.run("good").resolve(file)) > 0, file);
    }
  }

  @Test
  void aSecondRunOfTheSameTagGetsANumber() throws Exception {
    Jar.Result result = jar.run(world.train("good", "--epochs", "1"));
    result.succeeded();
    assertTrue(Files.exists(world.run("good-2").resolve("best.safetensors")));
    for (String part : List.of("24 training", "green, red", "tiny", "6 steps", "cpu", "good-2", "memory")) {
      assertTrue(result.output().contains(part), () -> "no \"" + part + "\" in " + result.output());
    }
  }

  @Test
  void evalMeasuresTheBestWeights() throws Exception {
    JsonNode result =
        jar.run(
            "eval", "--weights", "runs/good/best.safetensors", "--data-path", "data", "--report",
            "eval.html", "--predictions", "said.csv", "--json")
            .succeeded()
            .json();
    assertEquals(TinyWorld.VALIDATION_IMAGES, result.get("images").asInt());
    assertEquals(trained.get("best_top1").asDouble(), result.get("top1").asDouble());
    assertEquals("green", result.get("classes").get(0).get("name").asText());
    assertEquals(result.get("top1").asDouble() / 100, result.get("accuracy").asDouble(), 1e-12);
    assertTrue(result.get("auc").asDouble() > 0.5, result.toString());
    JsonNode interval = result.get("intervals").get("balanced_accuracy");
    assertTrue(interval.get(0).asDouble() <= result.get("balanced_accuracy").asDouble());
    assertTrue(interval.get(1).asDouble() >= result.get("balanced_accuracy").asDouble());
    assertTrue(Files.readString(temporary.resolve("eval.html")).contains("id=\"confusion\""));
    List<String> said = Files.readAllLines(temporary.resolve("said.csv"));
    assertEquals("image,truth,prediction,confidence,p(green),p(red)", said.get(0));
    assertEquals(1 + TinyWorld.VALIDATION_IMAGES, said.size());
    assertTrue(said.get(1).matches("val/green/0.png,green,(green|red),[0-9.,]+"), said.get(1));
    String shown =
        jar.run("eval", "--weights", "runs/good/best.safetensors", "--data-path", "data").succeeded()
            .output();
    for (String figure : List.of("accuracy", "AUC", "balanced accuracy", "macro-F1", "Cohen's kappa",
        "Matthews", "calibration error")) {
      assertTrue(shown.lines().anyMatch(line -> line.startsWith(figure + " ")), figure + " in " + shown);
    }
  }

  @Test
  void runsAreListedComparedAndReportedAnew() throws Exception {
    JsonNode list = jar.run("runs", "list", "--json").succeeded().json();
    assertTrue(list.size() >= 1, list.toString());
    JsonNode good = list.get(0);
    for (JsonNode run : list) {
      good = run.get("name").asText().equals("good") ? run : good;
    }
    assertEquals("complete", good.get("state").asText());
    assertEquals(trained.get("best_top1").asDouble() / 100, good.get("accuracy").asDouble(), 1e-12);
    assertTrue(jar.run("runs", "list").succeeded().output().contains("good "));
    String page = Files.readString(temporary.resolve("runs/good/report.html"));
    jar.run("report", "good", "--report", "again.html").succeeded();
    assertEquals(page, Files.readString(temporary.resolve("again.html")));
    jar.run("runs", "compare", "good", "runs/good", "--report", "both.html").succeeded();
    assertTrue(Files.readString(temporary.resolve("both.html")).contains("2 runs"));
    jar.run("report", "data").failedWith(1, "is not the folder of a training run");
    jar.run("runs", "compare", "good").failedWith(2, "RUN");
  }

  @Test
  void predictNamesTheClasses() throws Exception {
    JsonNode result =
        jar.run("predict", "--weights", "runs/good/best.safetensors", "--top", "1", "--json", "data/val/red")
            .succeeded()
            .json();
    assertEquals(TinyWorld.VALIDATION_IMAGES / 2, result.size());
    int right = 0;
    for (JsonNode picture : result) {
      JsonNode first = picture.get("predictions");
      assertEquals(1, first.size());
      right += first.get(0).get("class").asText().equals("red") ? 1 : 0;
      assertTrue(first.get(0).get("probability").asDouble() >= 0.5);
    }
    assertEquals(TinyWorld.VALIDATION_IMAGES / 2, right);
  }

  @ParameterizedTest
  @CsvSource({"ms_swin, cpu", "ms_swin, reference", "swin_unet, cpu", "swin_unet, reference"})
  void inferEqualsPyTorch(String name, String device) throws Exception {
    Path fixture = FIXTURE.resolveSibling(name);
    Path output = temporary.resolve(name + device + ".npy");
    jar.run(
        "infer", "--cfg", fixture.resolve("model.yaml").toString(), "--weights",
        fixture.resolve("weights.safetensors").toString(), "--input",
        fixture.resolve("input.npy").toString(), "--output", output.toString(), "--batch", "1",
        "--device", device)
        .succeeded();
    LogitsFiles.assertClose(fixture.resolve("logits.npy"), output, 1e-5);
  }

  @Test
  void whatSegmentsDoesNotClassify() throws Exception {
    String model = "swin_unet_tiny_patch4_window7_224";
    jar.run("train", "--model", model, "--task", "classify", "--tag", "unet", "--epochs", "1")
        .failedWith(2, "train works with models that classify images", model + " segments them");
  }

  @Test
  void modelsListsAndShows() throws Exception {
    JsonNode list = jar.run("models", "--json").succeeded().json();
    assertEquals(Models.names().size(), list.size());
    JsonNode tiny =
        jar.run("models", "show", "swin_tiny_patch4_window7_224", "--json").succeeded().json();
    assertEquals(28_288_354, tiny.get("parameters").asLong());
    assertEquals(4.49, tiny.get("gflops").asDouble(), 0.01);
    String text = jar.run("models", "show", "--cfg", "tiny.yaml").succeeded().output();
    assertTrue(text.contains("layers.0") && text.contains("global"), text);
  }

  @Test
  void devicesNamesAll() throws Exception {
    String text = jar.run("devices").succeeded().output();
    for (String device : List.of("cpu", "reference", "cuda", "Vector API off")) {
      assertTrue(text.contains(device), text);
    }
  }

  @Test
  void devicesNamesTheRegisterTile() throws Exception {
    Jar vectors =
        new Jar(temporary).simd("auto").environment("SWIN_CACHE", temporary.resolve("tiles").toString());
    Jar.Result first = vectors.run("devices").succeeded();
    assertTrue(
        Pattern.compile("^ +products: tile (\\d+x\\d) \\(fastest in the self-test: .*\\1 \\d+.* GFLOP/s\\)$",
            Pattern.MULTILINE).matcher(first.output()).find(),
        first::toString);
    String tile = vectors.run("devices", "--json").succeeded().json().get(0).get("tile").asText();
    assertTrue(tile.contains("(fastest in an earlier self-test: "), tile);
    Jar forced = new Jar(temporary).sixteenRegisters().option("-Dswin.tile=5x2");
    JsonNode cpu = forced.run("devices", "--json").succeeded().json().get(0);
    assertEquals("tile 5x2 (swin.tile)", cpu.get("tile").asText());
    assertTrue(cpu.get("vector_bits").asInt() <= 256, cpu.toString());
    assertEquals("", jar.run("devices", "--json").succeeded().json().get(0).get("tile").asText());
  }

  @Test
  void gradcheckPasses() throws Exception {
    JsonNode result = jar.run("gradcheck", "--samples", "2", "--json").succeeded().json();
    assertTrue(result.get("passed").asBoolean());
    assertTrue(result.get("max_relative_error").asDouble() < 1e-5);
    assertTrue(result.get("parameters").size() > 60, "parameters: " + result.get("parameters").size());
  }

  @Test
  void everyCommandExplainsItself() throws Exception {
    String all = jar.run("--help").succeeded().output();
    for (String command : List.of("train", "eval", "predict", "infer", "models", "devices", "bench",
        "gradcheck")) {
      assertTrue(all.contains("  " + command + " "), all);
    }
    assertTrue(jar.run("train", "--help").succeeded().output().contains("Examples:"));
    assertTrue(jar.run("--version").succeeded().output().startsWith("Swin Engine "));
  }
}
