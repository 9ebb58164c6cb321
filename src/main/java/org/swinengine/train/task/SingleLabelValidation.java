package org.swinengine.train.task;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import org.swinengine.data.Dataset;
import org.swinengine.inference.CalibrationFit;
import org.swinengine.inference.Evaluation;
import org.swinengine.report.EvaluationSummary;
import org.swinengine.report.Summarizer;

/**
 * How well images are put into their one class.
 *
 * @param evaluation all that was measured
 */
public record SingleLabelValidation(Evaluation evaluation) implements Validation {
  /** So many are put in order within a second. */
  private static final long CHEAP_PROBABILITIES = 2_000_000;

  @Override
  public double loss() {
    return evaluation.loss();
  }

  @Override
  public Map<String, Double> values() {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("val_top1", evaluation.top1());
    values.put("val_top5", evaluation.top5());
    values.put("val_macro_f1", evaluation.macroF1());
    values.put("val_balanced_accuracy", evaluation.balancedAccuracy());
    values.put("val_auc", evaluation.auc(CHEAP_PROBABILITIES));
    return values;
  }

  @Override
  public Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("val_top1", Double.toString(evaluation.top1()));
    metadata.put("val_top5", Double.toString(evaluation.top5()));
    metadata.put("val_macro_f1", Double.toString(evaluation.macroF1()));
    return metadata;
  }

  @Override
  public EvaluationSummary summary(IntFunction<String> names, long seed) throws IOException {
    return Summarizer.of(evaluation, names, seed);
  }

  @Override
  public CalibrationFit calibration(Dataset images) throws IOException {
    return CalibrationFit.of(evaluation, images);
  }
}
