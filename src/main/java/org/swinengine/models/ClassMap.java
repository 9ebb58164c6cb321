package org.swinengine.models;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.swinengine.weights.RegularFile;

/**
 * Which rows of a head stand for a model's classes: a line of text for each class with the number of the row,
 * from 0, as in the Swin repository's {@code data/map22kto1k.txt}.
 */
public final class ClassMap {
  private static final long MAX_BYTES = 10_000_000;

  private ClassMap() {}

  /**
   * Reads a file of row numbers. Empty lines and what follows a {@code #} are left out.
   *
   * @throws ModelConfigException if the file cannot be read, has no row, or a line is no row number
   */
  public static List<Integer> read(Path file) {
    List<String> lines;
    try {
      RegularFile.require(file);
      if (Files.size(file) > MAX_BYTES) {
        throw new ModelConfigException(
            "class map " + file + " is larger than " + MAX_BYTES
                + " bytes; it should be a line of text for each class");
      }
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new ModelConfigException("class map " + file + " cannot be read as text: " + e.getMessage());
    }
    List<Integer> rows = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String text = lines.get(i).replaceFirst("#.*", "").strip();
      if (!text.isEmpty()) {
        rows.add(row(text, file, i + 1));
      }
    }
    if (rows.isEmpty()) {
      throw new ModelConfigException(
          "class map " + file + " names no row; it should have a line for each class");
    }
    return rows;
  }

  private static int row(String text, Path file, int line) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new ModelConfigException(
          "class map " + file + ", line " + line + " is not the number of a row, such as 1000");
    }
  }
}
