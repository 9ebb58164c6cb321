package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.swinengine.metrics.ClassificationFigures;
import org.swinengine.metrics.Figure;

/** Figures as {@code eval} shows them. */
final class EvalFigures {
  /** Figures by their key, and what they are called. */
  private static final Map<String, String> SHOWN = new LinkedHashMap<>();

  static {
    SHOWN.put("accuracy", "accuracy");
    SHOWN.put("auc", "AUC");
    SHOWN.put("balanced_accuracy", "balanced accuracy");
    SHOWN.put("macro_f1", "macro-F1");
    SHOWN.put("kappa", "Cohen's kappa");
    SHOWN.put("mcc", "Matthews");
    SHOWN.put("average_precision", "average precision");
    SHOWN.put("ece", "calibration error");
  }

  private EvalFigures() {}

  static void show(ClassificationFigures figures, List<String> classNames, PrintWriter out) {
    show(SHOWN, figures.figures(), figures.groups() < figures.samples() ? figures.groups() : 0, out);
    if (classNames.size() > 5 && figures.figure("auc").isEmpty()) {
      out.println("areas below curves are not measured: the probabilities are too many to keep");
    }
  }

  /**
   * A line for each figure that has an answer.
   *
   * @param shown keys and names of the figures
   * @param groups that intervals are drawn from; 0: images
   */
  static void show(Map<String, String> shown, List<Figure> figures, int groups, PrintWriter out) {
    int width = Math.max(18, shown.values().stream().mapToInt(String::length).max().orElse(0));
    String row = "%-" + width + "s %s%n";
    out.println();
    out.printf(row, "figure", String.format("%8s   %s", "value", "95 % interval"));
    shown.forEach(
        (key, name) -> figures.stream()
            .filter(figure -> figure.key().equals(key) && !Double.isNaN(figure.value()))
            .forEach(figure -> out.printf(row, name, row(figure))));
    if (groups > 0) {
      out.printf("intervals are drawn from %d groups of images%n", groups);
    }
  }

  private static String row(Figure figure) {
    return figure.hasInterval()
        ? String.format(Locale.ROOT, "%8.4f   %.4f to %.4f", figure.value(), figure.low(), figure.high())
        : String.format(Locale.ROOT, "%8.4f", figure.value());
  }

  /** All of them under their keys, and their intervals; null where there is no answer. */
  static void put(ClassificationFigures figures, ObjectNode node) {
    put(figures.figures(), figures.draws(), figures.groups(), node);
  }

  static void put(List<Figure> figures, int draws, int groups, ObjectNode node) {
    numbers(figures, node);
    if (!node.has("auc")) {
      node.putNull("auc");
    }
    intervals(figures, node);
    node.put("bootstrap_draws", draws);
    node.put("bootstrap_groups", groups);
  }

  /** Figures of a class under their keys, and their intervals. */
  static void put(List<Figure> figures, ObjectNode node) {
    numbers(figures, node);
    intervals(figures, node);
  }

  private static void numbers(List<Figure> figures, ObjectNode node) {
    figures.forEach(figure -> {
      // Some were there before there were intervals.
      if (!node.has(figure.key())) {
        number(node, figure.key(), figure.value());
      }
    });
  }

  private static void intervals(List<Figure> figures, ObjectNode node) {
    ObjectNode intervals = node.putObject("intervals");
    figures.stream().filter(Figure::hasInterval).forEach(
        figure -> intervals.putArray(figure.key()).add(figure.low()).add(figure.high()));
  }

  static void put(ClassificationFigures.OfClass one, ObjectNode node) {
    number(node, "auc", one.auc().value());
    number(node, "average_precision", one.averagePrecision());
    intervals(List.of(one.precision(), one.recall(), one.f1(), one.auc()), node);
  }

  private static void number(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }
}
