package org.swinengine.train.task;

import java.io.IOException;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.Dataset;
import org.swinengine.inference.CalibrationFit;
import org.swinengine.inference.MultiLabelEvaluation;
import org.swinengine.report.EvaluationSummary;
import org.swinengine.report.SegmentationSummary;

/** How good an epoch's weights are on the validation images. */
public interface Validation {
  /** Mean loss, without what training adds to it. */
  double loss();

  /**
   * All figures by their keys in {@code metrics.jsonl}, which begin with {@code val_}, in their order; not a
   * number: not known.
   */
  Map<String, Double> values();

  /** What a checkpoint of these weights says of them beside their losses. */
  Map<String, String> metadata();

  /**
   * What the report shows of it; null: nothing.
   *
   * @param names of the images, by their number in the data
   * @param seed of the intervals' draws
   * @throws IOException if a sample's picture cannot be read
   */
  @Nullable
  EvaluationSummary summary(IntFunction<String> names, long seed) throws IOException;

  /**
   * What the report shows of it where each pixel has a class; null: nothing.
   *
   * @param seed of the intervals' draws
   * @throws IOException if a sample's picture cannot be read
   */
  default @Nullable SegmentationSummary segmentation(long seed) throws IOException {
    return null;
  }

  /** What was measured where each class is a yes or no; null: this kind of task has none. */
  default @Nullable MultiLabelEvaluation answers() {
    return null;
  }

  /**
   * How sure these weights may be; null: this kind of task has no answer.
   *
   * @param images that were validated
   * @throws IOException if they cannot be read
   */
  default @Nullable CalibrationFit calibration(Dataset images) throws IOException {
    return null;
  }
}
