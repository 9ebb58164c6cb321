package org.swinengine.train.task;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import org.swinengine.data.Dataset;
import org.swinengine.inference.EngineCheckpoint;
import org.swinengine.inference.MultiLabelEvaluation;
import org.swinengine.metrics.MultiLabel;
import org.swinengine.metrics.MultiLabelFigures;
import org.swinengine.report.EvaluationSummary;
import org.swinengine.report.MultiLabelSummary;

/** How well each class is said of images that may have several, and the thresholds that suit it best. */
final class MultiLabelValidation implements Validation {
  private final MultiLabelEvaluation evaluation;
  private final Dataset images;
  private final double[] thresholds;
  private final Map<String, Double> values = new LinkedHashMap<>();

  /** @param images that were measured */
  MultiLabelValidation(MultiLabelEvaluation evaluation, Dataset images) {
    this.evaluation = evaluation;
    this.images = images;
    MultiLabel answers = evaluation.answers();
    thresholds = answers.bestThresholds();
    double[] usual = MultiLabel.usualThresholds(answers.labels());
    values.put("val_auc", answers.meanAuc());
    values.put("val_map", answers.meanAveragePrecision());
    values.put("val_macro_f1", answers.macroF1(usual));
    values.put("val_micro_f1", answers.microF1(usual));
    values.put("val_macro_f1_tuned", answers.macroF1(thresholds));
    values.put("val_micro_f1_tuned", answers.microF1(thresholds));
    values.put("val_exact_match", answers.exactMatch());
    values.put("val_accuracy", answers.accuracy());
    values.put("val_hamming_loss", 1 - answers.accuracy());
  }

  @Override
  public double loss() {
    return evaluation.loss();
  }

  @Override
  public Map<String, Double> values() {
    return values;
  }

  @Override
  public Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    values.forEach((key, value) -> metadata.put(key, Double.toString(value)));
    metadata.put(EngineCheckpoint.THRESHOLDS, EngineCheckpoint.thresholdsJson(thresholds));
    return metadata;
  }

  @Override
  public MultiLabelEvaluation answers() {
    return evaluation;
  }

  @Override
  public EvaluationSummary summary(IntFunction<String> names, long seed) throws IOException {
    return MultiLabelSummary.of(
        evaluation, MultiLabelFigures.of(
            evaluation.answers(), thresholds, evaluation.groups(), MultiLabelFigures.DRAWS, seed),
        images);
  }
}
