package org.swinengine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the formatter leaves to people: strings and comments that are too long, and long files. */
final class SourceStyleTest {
  private static final int MOST_COLUMNS = 110;
  private static final int MOST_LINES = 500;
  private static final List<Path> FOLDERS =
      List.of(Path.of("src"), Path.of("weights-converter/src"), Path.of("bench/src"),
          Path.of("examples/src"));

  /** Sources that a program writes. */
  private static final Path GENERATED = Path.of("src/generated/java");

  @Test
  void noLineIsWiderThanTheScreenOfAReview() throws IOException {
    List<String> wide = new ArrayList<>();
    sources().forEach((file, lines) -> {
      for (int i = 0; i < lines.size(); i++) {
        if (lines.get(i).codePointCount(0, lines.get(i).length()) > MOST_COLUMNS) {
          wide.add(file + ":" + (i + 1));
        }
      }
    });
    assertEquals(List.of(), wide, "lines over " + MOST_COLUMNS + " columns");
  }

  @Test
  void noFileIsTooLong() throws IOException {
    List<String> tall = new ArrayList<>();
    sources().forEach((file, lines) -> {
      if (lines.size() > MOST_LINES) {
        tall.add(file + ": " + lines.size());
      }
    });
    assertEquals(List.of(), tall, "files over " + MOST_LINES + " lines");
  }

  /** The Java sources that people write, by file. */
  private static TreeMap<Path, List<String>> sources() throws IOException {
    TreeMap<Path, List<String>> sources = new TreeMap<>();
    for (Path folder : FOLDERS) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : (Iterable<Path>) files::iterator) {
          if (file.toString().endsWith(".java") && !file.startsWith(GENERATED)) {
            sources.put(file, Files.readAllLines(file));
          }
        }
      }
    }
    assertTrue(sources.size() > 500, () -> "only " + sources.size() + " sources were found");
    return sources;
  }
}
