package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/**
 * Settings have one name in the library and one on the command line, and the library does not know the
 * latter.
 */
class SettingNamesTest {
  private static final List<Path> SOURCES =
      List.of(Path.of("src/main/java"), Path.of("weights-converter/src/main/java"));

  /** Comments, to be left out, or string literals. */
  private static final Pattern TOKENS =
      Pattern.compile(
          "/\\*.*?\\*/|//[^\\n]*|\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\])+'",
          Pattern.DOTALL);

  private static final Pattern FLAG = Pattern.compile("--[a-z][a-z-]*");
  private static final Pattern SETTING = Pattern.compile("`([a-z][A-Za-z]*)`");

  /** What looks like an option and is none: Java's own, and a variable of CSS. */
  private static final Set<String> NO_OPTIONS = Set.of("--add-modules", "--heat");

  /** Settings that no command has: those of {@code Fit} and of the metrics, which are for programs. */
  private static final Set<String> FOR_PROGRAMS =
      Set.of("alpha", "checkpoint", "neighbours", "overlap", "temperature");

  /** Every string literal outside the command line and the launcher. */
  private static void literals(BiConsumer<Path, String> reader) throws IOException {
    int files = 0;
    for (Path root : SOURCES) {
      try (Stream<Path> all = Files.walk(root)) {
        for (Path file : all.filter(path -> path.toString().endsWith(".java")).toList()) {
          if (file.startsWith("src/main/java/org/swinengine/cli")
              || file.startsWith("src/main/java/org/swinengine/launch")) {
            continue;
          }
          files++;
          Matcher token = TOKENS.matcher(Files.readString(file));
          while (token.find()) {
            if (token.group().startsWith("\"")) {
              reader.accept(file, token.group());
            }
          }
        }
      }
    }
    assertTrue(files > 200, "files that were read: " + files);
  }

  @Test
  void theLibraryNamesNoOptions() throws IOException {
    List<String> found = new ArrayList<>();
    literals(
        (file, literal) -> {
          Matcher flag = FLAG.matcher(literal);
          while (flag.find()) {
            if (!NO_OPTIONS.contains(flag.group())) {
              found.add(file + ": " + literal);
            }
          }
        });
    assertEquals(List.of(), found, "write the setting in backticks, by its name in the library");
  }

  @Test
  void everySettingThatTheLibraryNamesHasAnOption() throws IOException {
    Set<String> unknown = new TreeSet<>();
    Set<String> known = new TreeSet<>();
    literals(
        (file, literal) -> {
          Matcher setting = SETTING.matcher(literal);
          while (setting.find()) {
            String name = setting.group(1);
            (SettingNames.table().containsKey(name) ? known : unknown).add(name);
          }
        });
    assertEquals(FOR_PROGRAMS, unknown);
    assertTrue(known.contains("freeze") && known.contains("batchSize"), known::toString);
  }

  @Test
  void theOptionsExist() {
    Set<String> options = new TreeSet<>();
    collect(Main.commandLine(), options);
    SettingNames.table()
        .forEach((setting, names) -> assertTrue(options.containsAll(names), setting + " is " + names));
  }

  private static void collect(CommandLine line, Set<String> options) {
    line.getCommandSpec().options().forEach(option -> options.addAll(List.of(option.names())));
    line.getSubcommands().values().forEach(command -> collect(command, options));
  }

  @Test
  void messagesNameTheOptionsOfTheirCommand() {
    String message = "`batchSize` is 0 beside `freeze` backbone; see `nvidia-smi` and `nothing`";
    assertEquals(
        "--batch-size is 0 beside --freeze backbone; see `nvidia-smi` and `nothing`",
        SettingNames.inOptions(message));
    CommandLine bench = Main.commandLine("bench").getSubcommands().get("bench");
    assertEquals(
        "--batch is 0 beside --freeze backbone; see `nvidia-smi` and `nothing`",
        SettingNames.inOptions(message, bench.getCommandSpec()));
    assertEquals("it starts with --no-strict", SettingNames.inOptions("it starts where `strict` is off"));
    String all =
        SettingNames.table().keySet().stream().map(name -> "`" + name + "`").collect(Collectors.joining(" "));
    assertTrue(SettingNames.inOptions(all).matches("(--[a-z0-9-]+ ?)+"), SettingNames.inOptions(all));
  }
}
