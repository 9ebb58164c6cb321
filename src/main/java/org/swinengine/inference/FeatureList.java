package org.swinengine.inference;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.swinengine.data.Csv;
import org.swinengine.weights.NotRegularFileException;
import org.swinengine.weights.RegularFile;

/** The list beside an array of features: which picture each row is of. */
final class FeatureList {
  private static final List<String> HEADER = List.of("row", "file");

  private FeatureList() {}

  /** Whether a list of that name is CSV, with the number of the row in front; else it has a name a line. */
  static boolean isCsv(Path list) {
    return String.valueOf(list.getFileName()).toLowerCase(Locale.ROOT).endsWith(".csv");
  }

  static String header() {
    return Csv.row(HEADER) + "\n";
  }

  /**
   * A line of the list.
   *
   * @throws IllegalArgumentException if the name would be two lines
   */
  static String line(Path list, long row, String name) {
    if (isCsv(list)) {
      return Csv.row(List.of(Long.toString(row), name)) + "\n";
    }
    if (name.indexOf('\n') >= 0 || name.indexOf('\r') >= 0) {
      throw new IllegalArgumentException(
          "the name of the picture " + name + " has a line end, which a list of a name a line cannot hold;"
              + " name the list .csv");
    }
    return name + "\n";
  }

  /** The names of a list, in order. */
  static List<String> read(Path list) throws IOException {
    try {
      RegularFile.require(list);
    } catch (NotRegularFileException e) {
      throw new IOException("the list " + list + " " + e.clause(), e);
    }
    String text = new String(Files.readAllBytes(list), StandardCharsets.UTF_8);
    if (!isCsv(list)) {
      return text.lines().filter(line -> !line.isEmpty()).toList();
    }
    List<List<String>> rows = Csv.parse(text);
    if (rows.isEmpty() || !rows.get(0).equals(HEADER)) {
      throw new IllegalArgumentException(
          "the list " + list + " does not begin with " + Csv.row(HEADER) + ", as those do that are written"
              + " with features");
    }
    List<String> names = new ArrayList<>();
    for (List<String> row : rows.subList(1, rows.size())) {
      if (row.size() != 2 || !row.get(0).equals(Integer.toString(names.size()))) {
        throw new IllegalArgumentException(
            "the list " + list + " has the line " + Csv.row(row) + " where row " + names.size()
                + " and its file are expected");
      }
      names.add(row.get(1));
    }
    return names;
  }
}
