package org.swinengine.report;

import java.util.List;
import java.util.Locale;
import org.swinengine.metrics.ClassificationFigures.OfClass;
import org.swinengine.metrics.Figure;

/** A line for each class. */
final class ClassesSection {
  private static final int MANY = 15;
  private static final int BAR = 120;

  private ClassesSection() {}

  static void to(Html html, EvaluationSummary evaluation) {
    List<OfClass> classes = evaluation.classes();
    boolean areas = classes.stream().anyMatch(c -> !Double.isNaN(c.auc().value()));
    html.raw(
        "<h2 id=\"classes\">Classes</h2>\n<p class=\"faint\">Precision: how many of what was put into the"
            + " class belong there. Recall: how many of the class were found. F1: both together, with its"
            + " 95 % interval drawn."
            + (evaluation.isMultiLabel() ? " A class is said where its probability is above the threshold."
                : "")
            + "</p>\n");
    if (classes.size() > MANY) {
      html.raw(
          "<p class=\"tools\"><input type=\"search\" id=\"class-filter\" aria-label=\"show classes with\""
              + " placeholder=\"show classes with …\"/></p>\n");
    }
    html.raw(
        "<div class=\"scroll tall\" tabindex=\"0\"><table class=\"sortable\" id=\"class-table\">\n<thead><tr>"
            + "<th class=\"name\" scope=\"col\">class</th><th scope=\"col\">images</th>"
            + "<th scope=\"col\">precision</th><th scope=\"col\">recall</th><th scope=\"col\">F1</th>"
            + "<th class=\"plain\" scope=\"col\"><span class=\"hidden\">interval of F1</span></th>");
    html.raw(evaluation.isMultiLabel() ? "<th scope=\"col\">threshold</th>" : "");
    html.raw(areas ? "<th scope=\"col\">AUC</th><th scope=\"col\">AP</th>" : "");
    html.raw("</tr></thead>\n<tbody>\n");
    for (int c = 0; c < classes.size(); c++) {
      OfClass one = classes.get(c);
      html.add("<tr><th class=\"name\" scope=\"row\">%s</th><td>%d</td>",
          evaluation.classNames().get(c), one.samples());
      cell(html, one.precision());
      cell(html, one.recall());
      cell(html, one.f1());
      html.raw("<td class=\"plain\">" + bar(one.f1()) + "</td>");
      if (evaluation.thresholds() != null) {
        double threshold = evaluation.thresholds().get(c);
        html.add("<td data-value=\"%.6f\">%s</td>", threshold, Headline.number(threshold, false));
      }
      if (areas) {
        cell(html, one.auc());
        html.add("<td data-value=\"%.6f\">%s</td>", one.averagePrecision(),
            Headline.number(one.averagePrecision(), false));
      }
      html.raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n");
  }

  private static void cell(Html html, Figure figure) {
    html.add(
        "<td data-value=\"%.6f\">%s<small>%s</small></td>", figure.value(),
        Headline.number(figure.value(), false), Headline.interval(figure, false));
  }

  private static String bar(Figure figure) {
    if (Double.isNaN(figure.value())) {
      return "";
    }
    double low = figure.hasInterval() ? figure.low() : figure.value();
    double high = figure.hasInterval() ? figure.high() : figure.value();
    return String.format(
        Locale.ROOT,
        "<svg class=\"range\" viewBox=\"0 0 %d 12\" aria-hidden=\"true\"><line class=\"grid\" x1=\"0\""
            + " y1=\"6\" x2=\"%d\" y2=\"6\"/><line class=\"span\" x1=\"%.1f\" y1=\"6\" x2=\"%.1f\" y2=\"6\"/>"
            + "<circle class=\"s0\" cx=\"%.1f\" cy=\"6\" r=\"2.4\"/></svg>",
        BAR, BAR, place(low), place(high), place(figure.value()));
  }

  private static double place(double share) {
    return 4 + (BAR - 8) * share;
  }
}
