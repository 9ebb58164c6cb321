package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.swinengine.train.Tiny;

/**
 * The states of a run's folder, each a copy of all files as they lay there, and what two folders have to
 * share.
 */
final class RunStates {
  private final Path run;
  private final Path copies;
  private final List<Path> states = new ArrayList<>();
  private String last = "";

  /**
   * @param run the folder, which need not exist yet
   * @param copies a folder of the test's own
   */
  RunStates(Path run, Path copies) {
    this.run = run;
    this.copies = copies;
  }

  /** Copies the folder if a file of it has changed since. */
  void look() {
    String now = listing(run);
    if (now.equals(last)) {
      return;
    }
    last = now;
    Path state = copies.resolve("state-" + states.size());
    copy(run, state);
    states.add(state);
  }

  /** Those that a run can go on from, by age: all in which the first checkpoint is whole. */
  List<Path> resumable() {
    return states.stream().filter(state -> Files.exists(state.resolve("config.yaml")))
        .filter(state -> Files.exists(state.resolve("last.safetensors"))
            || Files.exists(state.resolve("folds.json")))
        .toList();
  }

  private static String listing(Path folder) {
    StringBuilder text = new StringBuilder();
    try {
      for (Path file : files(folder)) {
        text.append(file).append(' ').append(Files.size(file)).append(' ')
            .append(Files.getLastModifiedTime(file)).append('\n');
      }
      return text.toString();
    } catch (NoSuchFileException e) {
      return listing(folder); // a thread that calls no driver, of workers for example, is not stopped
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> files(Path folder) {
    return Files.isDirectory(folder) ? TinyWorld.files(folder) : List.of();
  }

  static void copy(Path from, Path to) {
    try (Stream<Path> all = Files.walk(from)) {
      Files.createDirectories(to.getParent());
      for (Path file : all.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every file of one folder is in the other, with the same bytes but for times, speed and memory. */
  static void assertSame(Path expected, Path actual) throws IOException {
    Map<String, Path> wanted = byName(expected);
    Map<String, Path> found = byName(actual);
    assertEquals(wanted.keySet(), found.keySet());
    for (Map.Entry<String, Path> file : wanted.entrySet()) {
      Path other = found.get(file.getKey());
      String name = file.getKey();
      if (name.contains("events.out")) {
        assertEquals(Tiny.events(file.getValue().getParent()), Tiny.events(other.getParent()), name);
      } else if (name.matches(".*\\.jsonl?")) {
        assertEquals(withoutTimes(file.getValue()), withoutTimes(other), name);
      } else if (!name.endsWith(".html")) { // a page is made of the other files, and of the times in them
        assertArrayEquals(Files.readAllBytes(file.getValue()), Files.readAllBytes(other), name);
      }
    }
  }

  private static Map<String, Path> byName(Path folder) {
    Map<String, Path> named = new TreeMap<>();
    for (Path file : TinyWorld.files(folder)) {
      String name = folder.relativize(file).toString();
      if (!name.endsWith("run.lock")) {
        named.put(name.replaceAll("events\\.out\\..*", "events.out"), file);
      }
    }
    return named;
  }

  private static String withoutTimes(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.UTF_8);
    return TrainingRuns.withoutTimes(text);
  }
}
