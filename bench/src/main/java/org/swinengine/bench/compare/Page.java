package org.swinengine.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes tables between the markers of a Markdown page and leaves the rest as it is. */
final class Page {
  private static final String END = "<!-- compare:end -->";

  private Page() {}

  /** Replaces the sections of a file; one without markers in it is an error, and nothing is written. */
  static void replace(Path file, List<Section> sections) throws IOException {
    String text = Files.readString(file);
    for (Section section : sections) {
      text = replaced(text, section, file.toString());
    }
    Files.writeString(file, text);
  }

  static String replaced(String text, Section section, String file) {
    String begin = "<!-- compare:" + section.name() + " -->";
    int from = text.indexOf(begin);
    int to = from < 0 ? -1 : text.indexOf(END, from);
    if (to < 0) {
      throw new CompareException(
          file + " has no place for the section " + section.name() + ": it needs the lines " + begin + " and "
              + END + ".");
    }
    String before = text.substring(0, from + begin.length());
    return before + "\n" + section.text().strip() + "\n" + text.substring(to);
  }
}
