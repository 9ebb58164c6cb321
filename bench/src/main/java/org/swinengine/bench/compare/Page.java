package org.swinengine.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes tables between the markers of a Markdown page and leaves the rest as it is. */
final class Page {
  /** The section of all machines. */
  static final String MACHINES = "machines";

  private static final Pattern BEGIN = Pattern.compile("<!-- compare:(?!end )(\\S+) -->");
  private static final String END = "<!-- compare:end -->";

  private Page() {}

  /** Replaces the sections of a file; one without markers in it is an error, and nothing is written. */
  static void replace(Path file, List<Section> sections) throws IOException {
    Files.writeString(file, replaced(Files.readString(file), sections, file.toString()));
  }

  /** Where tables stay, the machines that they were measured on do too. */
  static String replaced(String page, List<Section> sections, String file) {
    List<String> names = sections.stream().map(Section::name).toList();
    List<String> places = BEGIN.matcher(page).results().map(found -> found.group(1)).toList();
    String text = page;
    for (Section section : sections) {
      boolean added = section.name().equals(MACHINES) && !names.containsAll(places);
      String whole = added ? MachineLines.together(written(page, MACHINES), section.text()) : section.text();
      text = replaced(text, new Section(section.name(), whole), file);
    }
    return text;
  }

  /** What a section of a page is, without its markers; empty if it has none. */
  private static String written(String page, String name) {
    Matcher found =
        Pattern.compile("(?s)<!-- compare:" + name + " -->(.*?)" + Pattern.quote(END)).matcher(page);
    return found.find() ? found.group(1) : "";
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
