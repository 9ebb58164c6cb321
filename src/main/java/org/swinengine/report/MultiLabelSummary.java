package org.swinengine.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.swinengine.data.Dataset;
import org.swinengine.inference.MultiLabelEvaluation;
import org.swinengine.metrics.ClassificationFigures;
import org.swinengine.metrics.Figure;
import org.swinengine.metrics.MultiLabelFigures;

/** From a measurement on images of several classes each to what a page shows of it. */
public final class MultiLabelSummary {
  private MultiLabelSummary() {}

  /**
   * All that a page shows.
   *
   * @param figures of the evaluation's answers
   * @param dataset that was measured
   * @throws IOException if the picture of a mistake cannot be read
   */
  public static EvaluationSummary of(
      MultiLabelEvaluation evaluation, MultiLabelFigures figures, Dataset dataset) throws IOException {
    List<Double> thresholds = figures.labels().stream().map(MultiLabelFigures.OfLabel::threshold).toList();
    List<Figure> all = new ArrayList<>(figures.figures());
    all.add(Figure.of("log_loss", evaluation.loss()));
    List<ClassificationFigures.OfClass> classes =
        figures.labels().stream().map(MultiLabelSummary::ofClass).toList();
    return new EvaluationSummary(
        figures.samples(), figures.groups(), figures.draws(), evaluation.classNames(), List.copyOf(all),
        classes, List.of(),
        Summarizer.curves(
            0, classes, figures.samples(), evaluation.answers()::curve, value(figures, "auc"),
            value(figures, "average_precision")),
        List.of(), EvaluationSummary.Scaling.NONE, List.of(), List.of(), 0,
        thresholds,
        LabelMistakes.of(
            evaluation.answers(), thresholds.stream().mapToDouble(Double::doubleValue).toArray(), dataset));
  }

  private static ClassificationFigures.OfClass ofClass(MultiLabelFigures.OfLabel one) {
    return new ClassificationFigures.OfClass(
        one.samples(), one.said(), one.precision(), one.recall(), one.f1(), one.auc(),
        one.averagePrecision().value());
  }

  private static double value(MultiLabelFigures figures, String key) {
    return figures.figure(key).map(Figure::value).orElse(Double.NaN);
  }
}
