package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.launch.LauncherRun;

/**
 * What users see where a tile of products is compiled badly: one line that names it, and another tile. The
 * bad day is made by what an earlier self-test is said to have measured, and by a compiler that is not to
 * compile the tile.
 */
@Tag("numerics")
class TileGuardIT {
  private static final String MODEL = "swin_nano_patch4_window7_28";

  private static final Pattern SENTENCE =
      Pattern.compile(
          "The Java virtual machine compiled the register tile (\\d+x\\d) badly \\((.+)\\); going on with"
              + " (\\d+x\\d), which gives the same results\\. -Dswin\\.tile=\\3 has it from the start\\.");

  @TempDir
  Path temporary;

  private Path cache;
  private Jar jar;
  private String tile;

  /** Has the tiles measured. */
  @BeforeEach
  void measure() throws Exception {
    cache = temporary.resolve("cache");
    jar = new Jar(temporary).asUsersStartIt().environment("SWIN_CACHE", cache.toString());
    String text = jar.run("devices", "--json").succeeded().json().get(0).get("tile").asText();
    assumeTrue(!text.isEmpty(), "needs the Vector API");
    assertTrue(text.contains("(fastest in the self-test: "), text);
    tile = text.split(" ")[1];
  }

  /** Changes what was measured. */
  private void claim(double factor) throws IOException {
    Path file;
    try (Stream<Path> files = Files.list(cache.resolve("tiles"))) {
      file = files.toList().get(0);
    }
    Properties kept = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      kept.load(reader);
    }
    kept.replaceAll(
        (key, value) -> key.toString().startsWith("gflops.")
            ? Double.toString(factor * Double.parseDouble(value.toString()))
            : value);
    try (Writer writer = Files.newBufferedWriter(file)) {
      kept.store(writer, "claimed by a test");
    }
  }

  @Test
  void benchNamesASlowTileInItsWarningsItsTextAndItsResult() throws Exception {
    claim(20);
    Jar.Result result =
        jar.run("bench", "--model", MODEL, "--batch", "64", "--seconds", "14", "--threads", "2").succeeded();
    assertReplaced(result, "\\d+\\.\\d GFLOP/s on a thread, where the self-test reached \\d+\\.\\d");
  }

  /** The compiler that knows vectors is kept from the tile: its vectors are objects; no rate is expected. */
  @Test
  void benchNamesATileThatMakesObjects() throws Exception {
    claim(1e-6);
    int cross = tile.indexOf('x');
    forbid("GemmTiles" + tile.substring(cross + 1) + ".rows" + tile.substring(0, cross));
    Jar.Result result =
        jar.run("bench", "--model", MODEL, "--batch", "16", "--seconds", "14", "--threads", "2").succeeded();
    assertReplaced(result, "a call makes \\d+ bytes of objects, where it should make none");
  }

  private void assertReplaced(Jar.Result result, String finding) throws IOException {
    List<String> warnings = result.errorLines();
    assertFalse(warnings.isEmpty(), result::toString);
    for (String warning : warnings) {
      assertTrue(warning.startsWith("warning: "), result::toString);
      assertTrue(SENTENCE.matcher(warning.substring("warning: ".length())).matches(), result::toString);
    }
    Matcher first = SENTENCE.matcher(warnings.get(0));
    assertTrue(first.find());
    assertEquals(tile, first.group(1));
    assertTrue(first.group(2).matches(finding), result::toString);
    String replaced = ", compiled badly (" + first.group(2) + ") and replaced by " + first.group(3);
    String text = result.json().get("tile").asText();
    assertTrue(text.contains(replaced), result::toString);
    assertTrue(result.output().contains("a bad start: " + text), result::toString);
  }

  @Test
  void trainShowsTheWarningAmongItsLines() throws Exception {
    claim(20);
    LauncherRun run = jar.start("train", "--tag", "slow", "--epochs", "4");
    String line = run.readLine();
    while (!line.startsWith("warning   The Java")) {
      line = run.readLine();
    }
    LauncherRun.signal("TERM", run.process().pid());
    run.rest();
    run.exitCode();
    Matcher sentence = SENTENCE.matcher(line.substring("warning   ".length()));
    assertTrue(sentence.matches(), line);
    assertEquals(tile, sentence.group(1));
  }

  /** A self-test that sees nothing but objects knows nothing and says so; no other process is to use it. */
  @Test
  void aSelfTestOfTilesThatAreNotCompiledIsNotBelieved() throws Exception {
    Path other = temporary.resolve("other");
    jar.environment("SWIN_CACHE", other.toString());
    forbid("GemmTiles*.*");
    String text = jar.run("devices", "--json").succeeded().json().get(0).get("tile").asText();
    assertTrue(text.endsWith(" (not measured: the compiler was too busy)"), text);
    assertFalse(Files.exists(other.resolve("tiles")));
  }

  /** Keeps the optimizing compiler from methods. */
  private void forbid(String methods) throws IOException {
    Path file = temporary.resolve("directives.json");
    String match = "org/swinengine/backend/cpu/matrix/" + methods;
    Files.writeString(file, "[{match: [\"" + match + "\"], c2: {Exclude: true}}]");
    jar.option("-XX:+UnlockDiagnosticVMOptions").option("-XX:CompilerDirectivesFile=" + file);
  }
}
