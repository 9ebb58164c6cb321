package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.swinengine.inference.Evaluator;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.segmentation.MeasuredPart;
import org.swinengine.inference.segmentation.Segmenter;
import org.swinengine.inference.segmentation.SegmentationEvaluation;
import org.swinengine.inference.segmentation.SegmentationEvaluator;
import org.swinengine.metrics.Figure;
import org.swinengine.metrics.segmentation.ClassFigures;
import org.swinengine.report.EvaluationReport;
import org.swinengine.report.SegmentationSummarizer;
import picocli.CommandLine.Model.CommandSpec;

/** {@code eval} of a model that gives each pixel a class. */
final class SegmentEval {
  private final CommandSpec command;
  private final LoadedModel model;
  private final MeasuredPart measured;
  private final String views;
  private final Path weights;
  private final long seed;
  private final SegmentationEvaluation evaluation;

  /** Measures. */
  SegmentEval(
      CommandSpec command, Segmenter segmenter, MeasuredPart measured, String views, Path weights, long seed)
      throws IOException {
    this.command = command;
    this.model = segmenter.model();
    this.measured = measured;
    this.views = views;
    this.weights = weights;
    this.seed = seed;
    evaluation = SegmentationEvaluator.evaluate(segmenter, measured.dataset(), Evaluator.Options.of(1, 0));
  }

  void report(Path file, String about) throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", new Version().getVersion()[0]);
    facts.put("weights", weights.toString());
    facts.put("views", views);
    facts.put("seed of the intervals", Long.toString(seed));
    EvaluationReport.write(
        file, model.model().spec().name(), about, measured.dataset().description(), facts,
        SegmentationSummarizer.of(evaluation, measured.dataset(), seed));
  }

  void show(String device) {
    PrintWriter out = command.commandLine().getOut();
    out.println("data      " + measured.dataset().description());
    measured.notes().forEach(note -> out.println("note      " + SettingNames.inOptions(note, command)));
    out.println("model     " + model.model().spec().name() + " from " + weights);
    out.println("views     " + views);
    out.println("device    " + device);
    out.println();
    List<String> names = evaluation.classNames();
    int width = Math.max(5, names.stream().mapToInt(String::length).max().orElse(0));
    out.printf(
        "%-" + width + "s %7s %7s %11s %9s %8s %8s%n", "class", "Dice", "IoU", "sensitivity", "precision",
        "HD95", "ASSD");
    for (int number = 1; number < names.size(); number++) {
      StringBuilder row = new StringBuilder(String.format("%-" + width + "s", names.get(number)));
      int[] widths = {7, 7, 11, 9, 8, 8};
      int column = 0;
      for (ToDoubleFunction<ClassFigures> figure : SegmentationSummarizer.figures().values()) {
        double value = mean(number, figure);
        String text =
            Double.isNaN(value) ? "–" : String.format(Locale.ROOT, column < 4 ? "%.4f" : "%.2f", value);
        row.append(String.format(" %" + widths[column++] + "s", text));
      }
      out.println(row);
    }
    out.printf("%n%-12s %8s   %s%n", "figure", "value", "95 % interval");
    for (Figure figure : evaluation.figures(seed)) {
      out.printf(
          Locale.ROOT, "%-12s %8.4f   %.4f to %.4f%n", figure.key(), figure.value(), figure.low(),
          figure.high());
    }
    out.printf(
        Locale.ROOT, "%n%d pictures, %d cases: Dice %.4f, IoU %.4f (means over cases)%n", evaluation.images(),
        evaluation.cases().size(), evaluation.dice(), evaluation.iou());
  }

  private double mean(int number, ToDoubleFunction<ClassFigures> figure) {
    return evaluation.figure("", number, figure, seed).value();
  }

  ObjectNode toJson() {
    ObjectNode node = Json.object();
    node.put("model", model.model().spec().name());
    node.put("task", "segment");
    node.put("weights", weights.toString());
    node.put("data", measured.dataset().description());
    ArrayNode notes = node.putArray("notes");
    measured.notes().forEach(note -> notes.add(SettingNames.inOptions(note, command)));
    node.put("views", views);
    node.put("images", evaluation.images());
    node.put("cases", evaluation.cases().size());
    put(node, evaluation.figures(seed));
    node.put("bootstrap_draws", SegmentationEvaluation.DRAWS);
    ArrayNode classes = node.putArray("classes");
    for (int number = 1; number < evaluation.classNames().size(); number++) {
      int of = number;
      List<Figure> figures =
          SegmentationSummarizer.figures().entrySet().stream()
              .map(one -> evaluation.figure(one.getKey(), of, one.getValue(), seed)).toList();
      put(classes.addObject().put("name", evaluation.classNames().get(number)), figures);
    }
    ArrayNode cases = node.putArray("per_case");
    for (SegmentationEvaluation.Case one : evaluation.cases()) {
      ObjectNode of = cases.addObject().put("name", one.name());
      SegmentationSummarizer.figures().forEach((key, figure) -> number(of, key, one.mean(figure)));
    }
    return node;
  }

  private static void put(ObjectNode node, List<Figure> figures) {
    figures.forEach(figure -> number(node, figure.key(), figure.value()));
    ObjectNode intervals = node.putObject("intervals");
    figures.stream().filter(Figure::hasInterval).forEach(
        figure -> intervals.putArray(figure.key()).add(figure.low()).add(figure.high()));
  }

  private static void number(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }
}
