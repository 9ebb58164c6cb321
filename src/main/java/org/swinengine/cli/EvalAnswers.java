package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.swinengine.inference.MultiLabelEvaluation;
import org.swinengine.metrics.Figure;
import org.swinengine.metrics.MultiLabelFigures;

/** Figures of models that say yes or no to each class, as {@code eval} shows them. */
final class EvalAnswers {
  /** Figures by their key, and what they are called. */
  private static final Map<String, String> SHOWN = new LinkedHashMap<>();

  static {
    SHOWN.put("auc", "mean AUC");
    SHOWN.put("average_precision", "mean average precision");
    SHOWN.put("macro_f1_tuned", "macro-F1 at thresholds");
    SHOWN.put("micro_f1_tuned", "micro-F1 at thresholds");
    SHOWN.put("macro_f1", "macro-F1 at 0.5");
    SHOWN.put("micro_f1", "micro-F1 at 0.5");
    SHOWN.put("exact_match", "all classes right");
    SHOWN.put("accuracy", "answers right");
    SHOWN.put("hamming_loss", "Hamming loss");
  }

  private EvalAnswers() {}

  static void show(MultiLabelEvaluation evaluation, MultiLabelFigures figures, PrintWriter out) {
    List<String> names = evaluation.classNames();
    int width = Math.max(5, names.stream().mapToInt(String::length).max().orElse(0));
    String row = "%-" + width + "s %7s %9s  %-22s %-22s %-22s%n";
    out.printf(row, "class", "images", "threshold", "AUC", "average precision", "F1");
    for (int c = 0; c < names.size(); c++) {
      MultiLabelFigures.OfLabel one = figures.labels().get(c);
      out.printf(
          row, names.get(c), one.samples(), String.format(Locale.ROOT, "%.3f", one.threshold()),
          cell(one.auc()), cell(one.averagePrecision()), cell(one.f1()));
    }
    EvalFigures.show(SHOWN, figures.figures(), figures.groups() < figures.samples() ? figures.groups() : 0,
        out);
    out.printf(Locale.ROOT, "%n%d images, loss %.4f%n", evaluation.images(), evaluation.loss());
  }

  private static String cell(Figure figure) {
    if (Double.isNaN(figure.value())) {
      return "–";
    }
    return figure.hasInterval()
        ? String.format(Locale.ROOT, "%.3f (%.3f to %.3f)", figure.value(), figure.low(), figure.high())
        : String.format(Locale.ROOT, "%.3f", figure.value());
  }

  static void put(MultiLabelEvaluation evaluation, MultiLabelFigures figures, ObjectNode node) {
    node.put("task", "multi-label");
    node.put("images", evaluation.images());
    node.put("loss", evaluation.loss());
    EvalFigures.put(figures.figures(), figures.draws(), figures.groups(), node);
    ArrayNode classes = node.putArray("classes");
    for (int c = 0; c < evaluation.classNames().size(); c++) {
      MultiLabelFigures.OfLabel one = figures.labels().get(c);
      ObjectNode of = classes.addObject().put("name", evaluation.classNames().get(c));
      of.put("images", one.samples()).put("said", one.said()).put("threshold", one.threshold());
      EvalFigures.put(
          List.of(one.auc(), one.averagePrecision(), one.precision(), one.recall(), one.f1()), of);
    }
  }
}
