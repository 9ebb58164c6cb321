package org.swinengine.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Comparator;
import java.util.List;
import org.swinengine.console.PlainText;

/** Which classes are taken for which: a table of a few classes, a picture of many, and the worst pairs. */
final class ConfusionSection {
  /** Above this number of classes a table is a wall of digits. */
  private static final int MOST_IN_TABLE = 25;

  private static final int MOST_PAIRS = 20;

  private final Html html;
  private final EvaluationSummary evaluation;
  private final List<String> names;

  private ConfusionSection(Html html, EvaluationSummary evaluation) {
    this.html = html;
    this.evaluation = evaluation;
    names = evaluation.classNames();
  }

  static void to(Html html, EvaluationSummary evaluation) {
    ConfusionSection section = new ConfusionSection(html, evaluation);
    html.raw("<h2 id=\"confusion\">Confusion</h2>\n");
    if (section.names.size() <= MOST_IN_TABLE) {
      section.table();
    } else {
      section.picture();
    }
    section.pairs();
  }

  private long samples(int label) {
    return evaluation.classes().get(label).samples();
  }

  private void table() {
    int[][] counts = new int[names.size()][names.size()];
    evaluation.confusion().forEach(cell -> counts[cell[0]][cell[1]] = cell[2]);
    html.raw(
        "<p class=\"faint\">Rows are the true classes, columns the predictions; the shade is the share of");
    html.raw(
        " the row.</p>\n<div class=\"scroll\" tabindex=\"0\"><table class=\"confusion\">\n");
    html.raw("<thead><tr><th></th>");
    names.forEach(name -> html.add("<th scope=\"col\"><span>%s</span></th>", name));
    html.raw("</tr></thead>\n<tbody>\n");
    for (int actual = 0; actual < counts.length; actual++) {
      html.add("<tr><th scope=\"row\" class=\"name\">%s</th>", names.get(actual));
      for (int predicted = 0; predicted < counts.length; predicted++) {
        int count = counts[actual][predicted];
        double share = samples(actual) == 0 ? 0 : (double) count / samples(actual);
        html.add(
            "<td class=\"%s h%d\" title=\"%s → %s: %d, %.1f %%\">%s</td>",
            actual == predicted ? "hit" : "miss", count == 0 ? 0 : 1 + Math.round(9 * share),
            names.get(actual), names.get(predicted), count, 100 * share,
            count == 0 ? "" : Integer.toString(count));
      }
      html.raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n");
  }

  /** Drawn by the script from the numbers; pointing at a place names its classes. */
  private void picture() {
    ObjectMapper json = new ObjectMapper();
    ObjectNode data = json.createObjectNode();
    ArrayNode allNames = data.putArray("names");
    names.forEach(name -> allNames.add(PlainText.line(name)));
    ArrayNode totals = data.putArray("totals");
    evaluation.classes().forEach(c -> totals.add(c.samples()));
    ArrayNode cells = data.putArray("cells");
    evaluation.confusion().forEach(cell -> cells.add(cell[0]).add(cell[1]).add(cell[2]));
    html.add(
        "<p class=\"faint\">%,d classes: rows are the true ones, columns the predictions. Point at a place,"
            + " tap it, or move with the arrow keys, to see what it is.</p>%n",
        names.size());
    html.data("confusion-data", data.toString());
    html.raw("<div class=\"matrix\"><div class=\"tools\"><button type=\"button\" data-zoom=\"0.5\""
        + " aria-label=\"smaller\">−</button><button type=\"button\" data-zoom=\"2\" aria-label=\"larger\">+"
        + "</button><output id=\"confusion-at\">–</output></div>\n");
    html.raw("<div class=\"scroll square\"><canvas id=\"confusion-matrix\" tabindex=\"0\" role=\"img\""
        + " aria-label=\"confusion matrix\"></canvas></div></div>\n");
    html.raw("<noscript><p>The picture is drawn by the page’s script; the table below needs none.</p>"
        + "</noscript>\n");
  }

  private void pairs() {
    List<int[]> worst =
        evaluation.confusion().stream()
            .filter(cell -> cell[0] != cell[1])
            .sorted(
                Comparator.comparingInt((int[] cell) -> -cell[2])
                    .thenComparingDouble(cell -> -(double) cell[2] / samples(cell[0])))
            .limit(MOST_PAIRS)
            .toList();
    if (worst.isEmpty()) {
      html.raw("<p>No image is in a wrong class.</p>\n");
      return;
    }
    html.raw(
        "<h3>Most confused pairs</h3>\n<div class=\"scroll\" tabindex=\"0\"><table class=\"pairs\"><thead>"
            + "<tr><th class=\"name\">is</th><th class=\"name\">taken for</th><th>images</th>"
            + "<th>of the class</th>"
            + "</tr></thead>\n<tbody>\n");
    for (int[] cell : worst) {
      html.add(
          "<tr><td class=\"name\">%s</td><td class=\"name\">%s</td><td>%d</td><td>%.1f %%</td></tr>%n",
          names.get(cell[0]), names.get(cell[1]), cell[2], 100.0 * cell[2] / samples(cell[0]));
    }
    html.raw("</tbody></table></div>\n");
  }
}
