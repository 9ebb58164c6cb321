package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.weights.Safetensors;
import picocli.CommandLine;

/** {@code train}, {@code eval} and {@code predict} on a list of pictures with red, blue, both or neither. */
final class MultiLabelCommandsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir
  static Path folder;
  private static Path list;
  private static String weights;
  private static JsonNode trained;

  @BeforeAll
  static void train() throws IOException {
    new TinyWorld(folder);
    list = folder.resolve("colours/labels.csv");
    StringBuilder lines = new StringBuilder("image,label,split\n");
    for (int i = 0; i < 64; i++) {
      boolean red = i % 2 == 1;
      boolean blue = i / 2 % 2 == 1;
      picture(folder.resolve("colours/" + i + ".png"), red, blue, i);
      String labels = red && blue ? "red; blue" : red ? "red" : blue ? "blue" : "";
      lines.append(i + ".png," + labels + "," + (i < 40 ? "train" : i < 52 ? "val" : "test") + "\n");
    }
    Files.writeString(list, lines);
    String output =
        run(
            "train", "--cfg", folder.resolve("tiny.yaml").toString(), "--data-path", list.toString(),
            "--epochs", "6", "--batch-size", "8", "--lr", "1e-2", "--output",
            folder.resolve("runs").toString(), "--tag", "colours", "--device", "cpu", "--json").output();
    trained = JSON.readTree(output);
    weights = folder.resolve("runs/colours/best.safetensors").toString();
  }

  private static void picture(Path file, boolean red, boolean blue, int seed) throws IOException {
    Files.createDirectories(file.getParent());
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    for (int pixel = 0; pixel < 64; pixel++) {
      int r = random.nextInt(60) + (red ? 180 : 0);
      int b = random.nextInt(60) + (blue ? 180 : 0);
      image.setRGB(pixel % 8, pixel / 8, r << 16 | random.nextInt(60) << 8 | b);
    }
    ImageIO.write(image, "png", file.toFile());
  }

  private record Ran(int code, String output, String errors) {}

  private static Ran run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter errors = new StringWriter();
    CommandLine line = Main.commandLine(arguments);
    line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(errors, true));
    int code = line.execute(arguments);
    return new Ran(code, out.toString(), errors.toString());
  }

  private static String good(String... arguments) {
    Ran ran = run(arguments);
    assertEquals(0, ran.code(), ran.errors());
    return ran.output();
  }

  @Test
  void trainSaysWhatItsBestEpochIsBestBy() throws IOException {
    assertEquals("auc", trained.get("best_metric").asText());
    assertTrue(trained.get("best_value").asDouble() > 0.9, trained.toString());
    assertFalse(trained.has("best_top1"));
    assertEquals("multi-label", Safetensors.read(Path.of(weights)).metadata().get("task"));
    String runs = good("runs", "list", "--output", folder.resolve("runs").toString());
    assertTrue(runs.contains("colours") && runs.contains("complete"), runs);
  }

  @Test
  void evalMeasuresEachClassWithIntervals() throws IOException {
    Path page = folder.resolve("page.html");
    Path csv = folder.resolve("answers.csv");
    JsonNode measured =
        JSON.readTree(
            good(
                "eval", "--weights", weights, "--data-path", list.toString(), "--json", "--device", "cpu",
                "--report", page.toString(), "--predictions", csv.toString()));
    assertEquals("multi-label", measured.get("task").asText());
    assertEquals(12, measured.get("images").asInt());
    assertTrue(measured.get("auc").asDouble() > 0.9 && measured.get("accuracy").asDouble() > 0.5);
    assertEquals(
        1, measured.get("accuracy").asDouble() + measured.get("hamming_loss").asDouble(), 1e-12);
    assertEquals(2, measured.get("intervals").get("macro_f1_tuned").size());
    JsonNode blue = measured.get("classes").get(0);
    assertEquals("blue", blue.get("name").asText());
    assertEquals(6, blue.get("images").asInt());
    for (String figure : List.of("auc", "average_precision", "f1", "threshold")) {
      assertTrue(blue.get(figure).isNumber(), figure + " in " + blue);
    }
    String html = Files.readString(page);
    assertTrue(
        html.contains("mean AUC") && html.contains(">threshold<") && html.contains("Precision and recall"));
    assertFalse(html.contains("id=\"confusion\""));
    List<String> lines = Files.readAllLines(csv);
    assertEquals("image,truth,prediction,p(blue),p(red)", lines.get(0));
    assertEquals(13, lines.size());
    assertTrue(lines.get(1).startsWith("52.png,,"), lines.get(1));
    assertTrue(lines.get(4).startsWith("55.png,blue|red,"), lines.get(4));
    String text =
        good("eval", "--weights", weights, "--data-path", list.toString(), "--device", "cpu", "--tta",
            "hflip");
    assertTrue(text.contains("mean average precision") && text.contains("macro-F1 at thresholds"), text);
  }

  /** Of a list that has its parts and columns of other names. */
  @Test
  void evalReadsAListAsTrainingDid() throws IOException {
    Path other = list.resolveSibling("other.csv");
    String text = Files.readString(list);
    Files.writeString(other, text.replace("image,label,split", "image,what,split,label")
        .replaceAll("(?m),(train|val|test)$", ",$1,7"));
    good(
        "train", "--cfg", folder.resolve("tiny.yaml").toString(), "--data-path", other.toString(),
        "--label-column", "what", "--epochs", "1", "--batch-size", "8", "--output",
        folder.resolve("runs").toString(), "--tag", "other", "--device", "cpu", "--json");
    JsonNode measured =
        JSON.readTree(
            good(
                "eval", "--weights", folder.resolve("runs/other/best.safetensors").toString(), "--data-path",
                other.toString(), "--json", "--device", "cpu"));
    assertEquals(12, measured.get("images").asInt());
    assertEquals("blue", measured.get("classes").get(0).get("name").asText());
  }

  /** Folds of the training part, which all that reads a run also reads; measured out of fold. */
  @Test
  void foldsAreTrainedAndAskedTogether() throws IOException {
    String runs = folder.resolve("runs").toString();
    JsonNode done =
        JSON.readTree(
            good(
                "train", "--cfg", folder.resolve("tiny.yaml").toString(), "--data-path", list.toString(),
                "--folds", "2", "--epochs", "2", "--batch-size", "8", "--lr", "1e-2", "--output", runs,
                "--tag", "folds", "--device", "cpu", "--json"));
    assertTrue(done.get("auc").isNumber() && done.get("test_auc").isNumber(), done.toString());
    String both = folder.resolve("runs/folds").toString();
    JsonNode measured =
        JSON.readTree(
            good("eval", "--weights", both, "--data-path", list.toString(), "--json", "--device", "cpu"));
    assertEquals(12, measured.get("images").asInt());
    assertEquals(done.get("test_auc").asDouble(), measured.get("auc").asDouble(), 1e-12);
    JsonNode outOfFold =
        JSON.readTree(
            good(
                "eval", "--weights", both, "--data-path", list.toString(), "--split", "train", "--json",
                "--device", "cpu"));
    assertEquals(40, outOfFold.get("images").asInt());
    assertEquals(done.get("auc").asDouble(), outOfFold.get("auc").asDouble(), 1e-12);
    JsonNode said =
        JSON.readTree(
            good(
                "predict", "--weights", both, folder.resolve("colours/55.png").toString(), "--device", "cpu",
                "--format", "jsonl"));
    assertEquals(2, said.get("predictions").size());
    assertTrue(good("runs", "list", "--output", runs).contains("folds"));
    good("runs", "compare", "colours", "folds", "--output", runs);
    good("report", both);
    Ran fewer = run("eval", "--weights", weights + "," + weights, "--data-path", list.toString(), "--device",
        "cpu");
    assertEquals(0, fewer.code(), fewer.errors());
  }

  @Test
  void predictNamesTheClassesAboveTheirThresholds() throws IOException {
    String both = folder.resolve("colours/55.png").toString();
    List<String> predict =
        List.of("predict", "--weights", weights, both, "--device", "cpu", "--format");
    JsonNode said = JSON.readTree(good(with(predict, "jsonl")));
    List<String> classes = new ArrayList<>();
    said.get("classes").forEach(name -> classes.add(name.asText()));
    assertEquals(2, said.get("predictions").size());
    double sum = 0;
    for (JsonNode one : said.get("predictions")) {
      double logit = one.get("logit").asDouble();
      assertEquals(1 / (1 + Math.exp(-logit)), one.get("probability").asDouble(), 1e-6);
      sum += one.get("probability").asDouble();
    }
    assertTrue(sum > 1, "both are likely, so that they do not add up to 1: " + said);
    String[] csv = good(with(predict, "csv")).split("\\R");
    assertEquals("file,classes,p(blue),p(red)", csv[0]);
    assertTrue(csv[1].contains("," + String.join("|", classes) + ","), csv[1]);
    String table = good(with(predict, "table"));
    assertTrue(table.contains(String.join(" + ", classes) + "  ("), table);
  }

  private static String[] with(List<String> words, String more) {
    List<String> all = new ArrayList<>(words);
    all.add(more);
    return all.toArray(new String[0]);
  }

  @Test
  void whatIsOfOneClassIsRefusedInASentence() {
    Ran ran =
        run(
            "train", "--cfg", folder.resolve("tiny.yaml").toString(), "--data-path", list.toString(),
            "--task", "classify", "--output", folder.resolve("runs").toString(),
            "--tag", "refused", "--device", "cpu");
    assertTrue(ran.code() != 0 && ran.errors().contains("--task is classify"), ran.errors());
    ran =
        run(
            "train", "--cfg", folder.resolve("tiny.yaml").toString(), "--data-path", list.toString(),
            "--sampling", "balanced", "--output",
            folder.resolve("runs").toString(), "--tag", "refused", "--device", "cpu");
    assertTrue(ran.code() != 0 && ran.errors().contains("--class-weights balanced"), ran.errors());
    assertFalse(Files.exists(folder.resolve("runs/refused")), "nothing was begun");
    for (String command : List.of("eval", "predict")) {
      String[] words = {
        command, "--weights", weights, "--device", "cpu", "--coverage", "0.9",
        command.equals("eval") ? "--data-path" : "--format",
        command.equals("eval") ? list.toString() : "csv"};
      ran =
          command.equals("eval") ? run(words)
              : run(with(List.of(words), folder.resolve("colours/55.png").toString()));
      assertEquals(2, ran.code(), ran.errors());
      assertTrue(ran.errors().contains("says yes or no to each class"), ran.errors());
    }
    ran = run("train", "--task", "segment", "--model", "swin_nano_patch4_window7_28", "--device", "cpu");
    assertEquals(2, ran.code(), ran.errors());
    assertTrue(ran.errors().contains("classifies whole images; choose a Swin-Unet"), ran.errors());
  }
}
