package org.swinengine.data;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Tables as text, as RFC 4180 has them: commas, and quotation marks around what needs them. */
public final class Csv {
  private Csv() {}

  /** A row without its line end. */
  public static String row(List<String> fields) {
    return fields.stream().map(Csv::field).collect(Collectors.joining(","));
  }

  private static String field(String text) {
    boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
  }

  /** The rows of a text; line ends of any kind, empty lines left out. */
  public static List<List<String>> parse(String text) {
    List<List<String>> rows = new ArrayList<>();
    List<String> row = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted) {
        boolean doubled = c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"';
        quoted = c != '"' || doubled;
        if (quoted) {
          field.append(c);
        }
        i += doubled ? 1 : 0;
      } else if (c == '"' && field.length() == 0) {
        quoted = true;
      } else if (c == ',') {
        row.add(take(field));
      } else if (c == '\n' || c == '\r') {
        end(rows, row, field);
        row = new ArrayList<>();
      } else {
        field.append(c);
      }
    }
    end(rows, row, field);
    return rows;
  }

  private static void end(List<List<String>> rows, List<String> row, StringBuilder field) {
    if (!row.isEmpty() || field.length() > 0) {
      row.add(take(field));
      rows.add(row);
    }
  }

  private static String take(StringBuilder field) {
    String text = field.toString();
    field.setLength(0);
    return text;
  }
}
