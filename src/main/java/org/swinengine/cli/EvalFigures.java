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
    out.printf("%n%-18s %8s   %s%n", "figure", "value", "95 % interval");
    SHOWN.forEach(
        (key, name) -> figures.figure(key).filter(figure -> !Double.isNaN(figure.value()))
            .ifPresent(figure -> out.printf("%-18s %s%n", name, row(figure))));
    if (figures.groups() < figures.samples()) {
      out.printf("intervals are drawn from %d groups of images%n", figures.groups());
    }
    if (classNames.size() > 5 && figures.figure("auc").isEmpty()) {
      out.println("areas below curves are not measured: the probabilities are too many to keep");
    }
  }

  private static String row(Figure figure) {
    return figure.hasInterval()
        ? String.format(Locale.ROOT, "%8.4f   %.4f to %.4f", figure.value(), figure.low(), figure.high())
        : String.format(Locale.ROOT, "%8.4f", figure.value());
  }

  /** All of them under their keys, and their intervals; null where there is no answer. */
  static void put(ClassificationFigures figures, ObjectNode node) {
    figures.figures().forEach(figure -> {
      // Some were there before there were intervals.
      if (!node.has(figure.key())) {
        number(node, figure.key(), figure.value());
      }
    });
    if (!node.has("auc")) {
      node.putNull("auc");
    }
    ObjectNode intervals = node.putObject("intervals");
    figures.figures().stream().filter(Figure::hasInterval).forEach(
        figure -> intervals.putArray(figure.key()).add(figure.low()).add(figure.high()));
    node.put("bootstrap_draws", figures.draws());
    node.put("bootstrap_groups", figures.groups());
  }

  static void put(ClassificationFigures.OfClass one, ObjectNode node) {
    number(node, "auc", one.auc().value());
    number(node, "average_precision", one.averagePrecision());
    ObjectNode intervals = node.putObject("intervals");
    for (Figure figure : List.of(one.precision(), one.recall(), one.f1(), one.auc())) {
      if (figure.hasInterval()) {
        intervals.putArray(figure.key()).add(figure.low()).add(figure.high());
      }
    }
  }

  private static void number(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }
}
