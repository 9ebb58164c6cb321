package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.ImageDecoder;
import org.swinengine.inference.LoadedModel;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.models.Models;
import org.swinengine.weights.Npy;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;
import picocli.CommandLine;

/** {@code predict}, {@code embed} and {@code neighbours} on files, folders, lists and the standard input. */
class PicturesCommandsTest {
  private static final int OK = 0;
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  @TempDir
  static Path folder;
  private static String weights;
  private static Path red;
  private static Path green;
  private static List<String> all;

  @BeforeAll
  static void write() throws IOException {
    red = folder.resolve("data/red");
    green = folder.resolve("data/green");
    TinyWorld.pictures(red, 5);
    TinyWorld.pictures(green, 6);
    all = new ArrayList<>();
    for (Path color : List.of(green, red)) {
      for (int i = 0; i < (color == red ? 5 : 6); i++) {
        all.add(color.resolve(i + ".png").toString());
      }
    }
    ModelSpec spec =
        ModelConfigFile.parse(
            """
            DATA: {IMG_SIZE: 8}
            MODEL:
              NAME: tiny
              NUM_CLASSES: 3
              SWIN: {PATCH_SIZE: 2, EMBED_DIM: 8, DEPTHS: [2, 1], NUM_HEADS: [2, 2], WINDOW_SIZE: 2}
            """,
            "tiny");
    Path file = folder.resolve("tiny.safetensors");
    try (Backend backend = Backends.open("reference", 1)) {
      Model model = Models.create(spec);
      new ParameterArena(backend, model.parameters(), 3);
      StateDict.Builder dict = StateDict.builder().metadata("model", ModelConfigFile.write(spec));
      ModelWeights.save(model).arrays().forEach(dict::put);
      Safetensors.write(file, dict.build());
    }
    weights = file.toString();
  }

  private record Ran(int exitCode, String output, String errors) {
    Ran expect(int code) {
      assertEquals(code, exitCode, this::toString);
      return this;
    }

    List<String> lines() {
      return output.lines().toList();
    }

    JsonNode json() throws IOException {
      return new ObjectMapper().readTree(output);
    }
  }

  private static Ran run(byte[] in, String... arguments) {
    InputStream before = System.in;
    StringWriter out = new StringWriter();
    StringWriter errors = new StringWriter();
    CommandLine line = Main.commandLine(arguments);
    line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(errors, true));
    try {
      System.setIn(new ByteArrayInputStream(in));
      return new Ran(line.execute(arguments), out.toString(), errors.toString());
    } finally {
      System.setIn(before);
    }
  }

  private static Ran run(String command, String... more) {
    return run(new byte[0], with(command, more));
  }

  private static String[] with(String command, String... more) {
    List<String> words = new ArrayList<>(List.of(command, "--weights", weights, "--device", "cpu"));
    words.addAll(List.of(more));
    return words.toArray(new String[0]);
  }

  private static List<String> files(Ran ran) throws IOException {
    List<String> files = new ArrayList<>();
    ran.json().forEach(node -> files.add(node.get("file").asText()));
    return files;
  }

  @Test
  void theOrderIsThatOfTheInputWhateverBatchAndWorkers() throws Exception {
    String[] places = {green.toString(), red.toString()};
    Ran expected = run("predict", with(places, "--json", "--batch-size", "1", "--workers", "0")).expect(OK);
    assertEquals(all, files(expected));
    for (String[] how : new String[][] {{"4", "1"}, {"3", "5"}, {"64", "2"}}) {
      Ran ran = run("predict", with(places, "--json", "--batch-size", how[0], "--workers", how[1]));
      assertEquals(expected.output(), ran.expect(OK).output());
    }
  }

  private static String[] with(String[] words, String... more) {
    String[] all = Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return all;
  }

  @Test
  void formatsSayTheSame() throws Exception {
    String[] places = {red.toString(), "--top", "2"};
    JsonNode json = run("predict", with(places, "--json")).expect(OK).json();
    List<String> lines = run("predict", with(places, "--format", "jsonl")).expect(OK).lines();
    List<String> csv = run("predict", with(places, "--format", "csv")).expect(OK).lines();
    List<String> table = run("predict", places).expect(OK).lines();
    assertEquals("file,class_1,probability_1,class_2,probability_2", csv.get(0));
    assertEquals(5, lines.size());
    assertEquals(6, csv.size());
    for (int i = 0; i < lines.size(); i++) {
      assertEquals(json.get(i), new ObjectMapper().readTree(lines.get(i)));
      JsonNode first = json.get(i).get("predictions").get(0);
      String[] fields = csv.get(i + 1).split(",");
      assertEquals(json.get(i).get("file").asText(), fields[0]);
      assertEquals(first.get("class").asText(), fields[1]);
      assertEquals(first.get("probability").asDouble(), Double.parseDouble(fields[2]), 1e-6);
      assertTrue(table.get(i).startsWith(fields[0] + "  " + fields[1] + " "), table.get(i));
      assertTrue(table.get(i).contains(" %"), table.get(i));
    }
    assertTrue(
        run("predict", with(places, "--json", "--format", "csv")).expect(USAGE).errors()
            .contains("--format or --json"));
  }

  @Test
  void listsAndPicturesComeThroughTheStandardInput() throws Exception {
    String text = all.get(7) + "\n" + all.get(2) + "\n";
    List<String> named = List.of(all.get(7), all.get(2));
    byte[] in = text.getBytes(StandardCharsets.UTF_8);
    assertEquals(named, files(run(in, with("predict", "--list", "-", "--json")).expect(OK)));
    Path list = Files.writeString(folder.resolve("list.txt"), text);
    assertEquals(named, files(run("predict", "--list", list.toString(), "--json").expect(OK)));
    byte[] picture = Files.readAllBytes(Path.of(all.get(7)));
    JsonNode piped = run(picture, with("predict", "-", "--json")).expect(OK).json();
    JsonNode file = run("predict", all.get(7), "--json").expect(OK).json();
    assertEquals("-", piped.get(0).get("file").asText());
    assertEquals(file.get(0).get("predictions"), piped.get(0).get("predictions"));
    String twice = run(picture, with("predict", "-", "--list", "-")).expect(USAGE).errors();
    assertTrue(twice.contains("standard input can be read once"), twice);
    assertTrue(run("predict").expect(USAGE).errors().contains("--list"));
    Ran empty = run(new byte[0], with("predict", "-"));
    assertTrue(empty.expect(FAILED).errors().contains("is empty"), empty::toString);
  }

  @Test
  void whatCannotBeReadIsSaidAtTheEnd() throws Exception {
    Path broken = Files.writeString(folder.resolve("broken.jpg"), "no picture");
    for (String command : List.of("predict", "embed")) {
      List<String> words = new ArrayList<>(List.of(broken.toString(), all.get(0), "missing.png", all.get(1)));
      if (command.equals("embed")) {
        words.addAll(List.of("--output", folder.resolve("partly.npy").toString()));
      }
      Ran ran = run(command, words.toArray(new String[0])).expect(FAILED);
      List<String> errors = ran.errors().lines().toList();
      assertEquals(3, errors.size(), ran::toString);
      assertTrue(errors.get(0).contains("broken.jpg"), ran::toString);
      assertTrue(errors.get(1).contains("missing.png"), ran::toString);
      assertTrue(errors.get(2).contains("2 of 4 pictures"), ran::toString);
      assertEquals(2, ran.lines().size(), ran::toString);
    }
    assertArrayEquals(new long[] {2, 16}, Npy.read(folder.resolve("partly.npy")).shape());
    assertEquals(
        "row,file\n0," + all.get(0) + "\n1," + all.get(1) + "\n",
        Files.readString(folder.resolve("partly.csv")));
    Ran none = run("embed", "missing.png", "--output", folder.resolve("none.npy").toString());
    none.expect(FAILED);
    assertFalse(Files.exists(folder.resolve("none.npy")) || Files.exists(folder.resolve("none.csv")));
  }

  @Test
  void embedWritesWhatTheLibraryComputes() throws Exception {
    Path output = folder.resolve("all.npy");
    Path paths = folder.resolve("all.txt");
    Ran ran =
        run("embed", folder.resolve("data").toString(), "--recursive", "--output", output.toString(),
            "--paths", paths.toString(), "--batch-size", "3", "--json").expect(OK);
    assertEquals("[11,16]", ran.json().get("shape").toString());
    assertEquals(all, Files.readAllLines(paths));
    float[] rows = Npy.read(output).toFloats();
    try (Backend backend = Backends.open("cpu", 1)) {
      LoadedModel model = LoadedModel.open(Path.of(weights), backend);
      for (int i = 0; i < all.size(); i++) {
        assertArrayEquals(
            model.embed(ImageDecoder.decode(Path.of(all.get(i)))),
            Arrays.copyOfRange(rows, 16 * i, 16 * i + 16));
      }
    }
    Path maps = folder.resolve("maps.npy");
    run("embed", "--list", paths.toString(), "--output", maps.toString(), "--layer", "stage1").expect(OK);
    assertArrayEquals(new long[] {11, 4, 4, 8}, Npy.read(maps).shape());
    String layer =
        run("embed", all.get(0), "--output", maps.toString(), "--layer", "stage9").expect(FAILED).errors();
    assertTrue(layer.contains("--layer is stage9") && layer.contains("stage1 to stage2"), layer);
    String name = run("embed", all.get(0), "--output", "x.txt").expect(USAGE).errors();
    assertTrue(name.contains("--output is x.txt"), name);
  }

  @Test
  void neighboursOfAPictureAreTheSameFromAFolderAndFromFeatures() throws Exception {
    Path features = folder.resolve("both.npy");
    run("embed", green.toString(), red.toString(), "--output", features.toString()).expect(OK);
    String query = all.get(8);
    Ran folders = run("neighbours", query, green.toString(), red.toString(), "--json").expect(OK);
    JsonNode found = folders.json().get("neighbours");
    assertEquals(5, found.size());
    assertEquals(1, found.get(0).get("rank").asInt());
    for (int i = 0; i < found.size(); i++) {
      assertTrue(!found.get(i).get("file").asText().equals(query), "the picture itself: " + found);
      assertTrue(
          i == 0
              || found.get(i).get("similarity").asDouble() <= found.get(i - 1).get("similarity").asDouble(),
          found::toString);
    }
    // A picture of the list needs no model.
    String[] without = {"neighbours", query, features.toString(), "--json"};
    Ran kept = run(new byte[0], without).expect(OK);
    JsonNode same = kept.json().get("neighbours");
    for (int i = 0; i < found.size(); i++) {
      assertEquals(found.get(i).get("file"), same.get(i).get("file"));
      assertEquals(
          found.get(i).get("similarity").asDouble(), same.get(i).get("similarity").asDouble(), 1e-6);
    }
    List<String> csv =
        run("neighbours", query, features.toString(), "--format", "csv", "--top", "2").expect(OK).lines();
    assertEquals("rank,similarity,file", csv.get(0));
    assertEquals(3, csv.size());
    assertTrue(csv.get(1).endsWith("," + found.get(0).get("file").asText()), csv::toString);
    byte[] picture = Files.readAllBytes(Path.of(query));
    Ran piped = run(picture, with("neighbours", "-", features.toString(), "--top", "1", "--format", "jsonl"));
    assertEquals(query, piped.expect(OK).json().get("file").asText());
    Path elsewhere = Files.copy(Path.of(query), folder.resolve("elsewhere.png"));
    String weightless =
        run(new byte[0], "neighbours", elsewhere.toString(), features.toString()).expect(USAGE).errors();
    assertTrue(weightless.contains("--weights"), weightless);
  }

  @Test
  void duplicatesAreFound() throws Exception {
    Path pictures = folder.resolve("twins");
    TinyWorld.pictures(pictures.resolve("red"), 3);
    Files.copy(pictures.resolve("red/1.png"), pictures.resolve("red/copy.png"));
    Ran ran =
        run("neighbours", pictures.toString(), "--recursive", "--duplicates", "1", "--json")
            .expect(OK);
    assertEquals(1, ran.json().get("found").asInt(), ran::toString);
    JsonNode pair = ran.json().get("pairs").get(0);
    assertTrue(pair.get("first").asText().endsWith("1.png"), ran::toString);
    assertTrue(pair.get("second").asText().endsWith("copy.png"), ran::toString);
    Ran most =
        run("neighbours", pictures.toString(), "--recursive", "--duplicates", "-1", "--top", "2",
            "--format", "csv").expect(OK);
    assertEquals(3, most.lines().size());
    assertTrue(most.errors().contains("6 among 4 pictures; the 2 most similar"), most::toString);
    String bound = run("neighbours", pictures.toString(), "--duplicates", "95").expect(USAGE).errors();
    assertTrue(bound.contains("--duplicates is 95"), bound);
    assertTrue(run("neighbours", all.get(0)).expect(USAGE).errors().contains("where to look"));
    assertTrue(run("neighbours").expect(USAGE).errors().contains("picture that is looked for"));
  }

  /** A name that would move the cursor or begin a line is one line of plain text in every format. */
  @Test
  void namesArePrintedWrittenOut() throws Exception {
    Path odd = folder.resolve("odd");
    TinyWorld.pictures(odd, 2);
    String name = odd.resolve("a\u001b[2J\n\u202e,\".png").toString();
    Files.move(odd.resolve("0.png"), Path.of(name));
    List<String[]> commands = new ArrayList<>();
    for (String format : List.of("table", "csv", "jsonl")) {
      commands.add(new String[] {"predict", name, "--top", "1", "--format", format});
      commands.add(
          new String[] {"neighbours", odd.resolve("1.png").toString(), odd.toString(), "--format", format});
      commands.add(new String[] {"neighbours", odd.toString(), "--duplicates", "-1", "--format", format});
    }
    for (String[] command : commands) {
      Ran ran = run(command[0], Arrays.copyOfRange(command, 1, command.length)).expect(OK);
      assertTrue(
          ran.output().chars().allMatch(c -> c == '\n' || !Character.isISOControl(c) && c != 0x202e),
          ran::toString);
      assertEquals(command[command.length - 1].equals("csv") ? 2 : 1, ran.lines().size(), ran::toString);
      assertTrue(ran.output().toLowerCase(Locale.ROOT).contains("\\u001b"), ran::toString);
    }
    assertEquals(name, run("predict", name, "--format", "jsonl").json().get("file").asText());
  }

  @Test
  void heatMapsHaveThePicturesSizeAndNameNoFileTwice() throws Exception {
    Path maps = folder.resolve("heat");
    Ran ran =
        run("predict", all.get(0), all.get(6), "--heatmap", maps.toString(), "--json").expect(OK);
    List<Path> written = new ArrayList<>();
    ran.json().forEach(node -> written.add(Path.of(node.get("heatmap").asText())));
    assertEquals(List.of(maps.resolve("0-gradcam.png"), maps.resolve("0-gradcam-2.png")), written);
    assertEquals(8, ImageIO.read(written.get(0).toFile()).getWidth());
    assertTrue(ran.errors().contains("heat maps 2 in "), ran::toString);
    run("predict", all.get(0), "--heatmap", maps.toString(), "--heatmap-method", "rollout").expect(OK);
    assertTrue(Files.exists(maps.resolve("0-rollout.png")));
    List<String> csv =
        run("predict", all.get(0), "--heatmap", maps.toString(), "--heatmap-class", "2", "--format", "csv")
            .expect(OK).lines();
    assertTrue(csv.get(0).endsWith(",heatmap") && csv.get(1).endsWith("0-gradcam.png"), csv::toString);
    String number =
        run("predict", all.get(0), "--heatmap", maps.toString(), "--heatmap-class", "3").expect(USAGE)
            .errors();
    assertTrue(number.contains("--heatmap-class is 3") && number.contains("0 to 2"), number);
    String rollout =
        run("predict", all.get(0), "--heatmap", maps.toString(), "--heatmap-method", "rollout",
            "--heatmap-class", "1").expect(USAGE).errors();
    assertTrue(rollout.contains("same for every class"), rollout);
    assertTrue(
        run("predict", all.get(0), "--heatmap-class", "1").expect(USAGE).errors().contains("--heatmap DIR"));
  }
}
