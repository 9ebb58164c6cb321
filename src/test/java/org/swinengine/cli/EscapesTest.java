package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;
import picocli.CommandLine;

/** Names, metadata and messages from outside reach no terminal and no log as they are. */
class EscapesTest {
  private static final String CLIPBOARD = "\u001b]52;c;aGVsbG8=\u0007";
  private static final String NAME = "w\u001b[2J\u202e\u2028\nend";

  @TempDir
  private Path folder;
  private Path file;

  /** All that a command wrote. */
  private record Run(int code, String out, String err) {}

  @BeforeEach
  void writeFile() {
    file = folder.resolve("escapes.safetensors");
    StateDict.Builder dict =
        StateDict.builder().metadata("note" + CLIPBOARD, CLIPBOARD + "\u001b[31mred\u001b[0m");
    Safetensors.write(file, dict.put(NAME, ArrayData.ofFloats(new long[] {1}, 1f)).build());
  }

  private static Run run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter errors = new StringWriter();
    CommandLine line = Main.commandLine(arguments);
    line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(errors, true));
    int code = line.execute(arguments);
    requirePlain(out + "" + errors);
    return new Run(code, out.toString(), errors.toString());
  }

  private static void requirePlain(String text) {
    text.codePoints()
        .forEach(
            c -> assertTrue(
                c == '\n' || c == '\t' || !Character.isISOControl(c) && c != 0x202e && c != 0x2028,
                () -> Integer.toHexString(c) + " in " + text));
  }

  @Test
  void inspectShowsThemWrittenOut() throws Exception {
    Run shown = run("inspect", file.toString());
    assertEquals(0, shown.code, shown.err);
    assertTrue(
        shown.out.contains("note\\u001b]52;c;aGVsbG8=\\u0007 = \\u001b]52;c;aGVsbG8=\\u0007\\u001b[31mred"),
        shown.out);
    assertTrue(shown.out.lines()
        .anyMatch(l -> l.matches("w\\\\u001b\\[2J\\\\u202e\\\\u2028\\\\nend +float32 +\\[1]")), shown.out);
    // JSON says the same texts.
    String json = run("inspect", file.toString(), "--json").out;
    assertEquals(NAME, new ObjectMapper().readTree(json).at("/tensors/0/name").asText());
  }

  @Test
  void otherCommandsSayThemWrittenOut() throws Exception {
    Path picture = folder.resolve("data/a/0.png");
    TinyWorld.pictures(picture.getParent(), 1);
    String weights = file.toString();
    for (String[] arguments : List.of(
        new String[] {"predict", "--weights", weights, "--model", "vit_nano_patch4_28", picture.toString()},
        new String[] {"convert", weights, folder.resolve("o\u001b[2J.safetensors").toString()},
        new String[] {"convert", weights, folder.resolve("o.pth").toString(), "--to", "timm"},
        new String[] {"train", "--pretrained", weights, "--data-path",
          picture.getParent().getParent().toString()},
        new String[] {"train", "--no\u001b[2J"},
        new String[] {"inspect", folder.resolve("none\u001b[2J").toString()},
        new String[] {"inspect", folder.resolve("none\u001b[2J").toString(), "--verbose"})) {
      Run run = run(arguments);
      assertTrue(run.code != 0 || arguments[0].equals("convert"), arguments[0]);
      assertTrue((run.out + run.err).contains("\\u001b") || run.err.contains("not recogn"),
          run.out + run.err);
    }
  }

  @Test
  void trainingSaysClassesAndSkippedFilesWrittenOut() throws Exception {
    TinyWorld world = new TinyWorld(folder);
    for (String part : List.of("train", "val")) {
      TinyWorld.pictures(world.data().resolve(part).resolve("blue\u001b[31m\nx"), 4);
    }
    Path broken = world.data().resolve("train/red/bad\u001b[2J\n.png");
    Files.write(broken, new byte[] {1, 2, 3});
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream before = System.out;
    Run run;
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      System.setOut(out);
      run =
          run(
              "train", "--cfg", world.model().toString(), "--data-path", world.data().toString(), "--epochs",
              "1",
              "--batch-size", "4", "--output", folder.resolve("runs").toString(), "--tag", "t");
    } finally {
      System.setOut(before);
    }
    String text = bytes.toString(StandardCharsets.UTF_8);
    assertEquals(0, run.code, run.err + text);
    requirePlain(text.replace("\r", ""));
    assertTrue(text.contains("3: blue\\u001b[31m\\nx, green, red"), text);
    List<String> skipped = Files.readAllLines(folder.resolve("runs/t/skipped.txt"));
    assertEquals(1, skipped.size(), skipped::toString);
    assertTrue(skipped.get(0).contains("bad\\u001b[2J\\n.png"), skipped::toString);
  }
}
