package org.swinengine.bench.compare;

import java.util.ArrayList;
import java.util.List;

/** A Markdown table. */
final class Grid {
  private final List<String> head = new ArrayList<>();
  private final List<List<String>> rows = new ArrayList<>();

  Grid(String corner) {
    head.add(corner);
  }

  Grid column(String title) {
    head.add(title);
    return this;
  }

  Grid row(String title) {
    rows.add(new ArrayList<>(List.of(title)));
    return this;
  }

  Grid cell(String text) {
    rows.get(rows.size() - 1).add(text);
    return this;
  }

  String text() {
    StringBuilder text = new StringBuilder();
    line(text, head);
    text.append("|---".repeat(head.size())).append("|\n");
    rows.forEach(row -> line(text, row));
    return text.toString();
  }

  private static void line(StringBuilder text, List<String> cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }
}
