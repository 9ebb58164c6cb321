package org.swinengine.train.task;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.inference.segmentation.SegmentationEvaluation;
import org.swinengine.report.EvaluationSummary;
import org.swinengine.report.SegmentationSummarizer;
import org.swinengine.report.SegmentationSummary;

/**
 * How well the classes of pixels are found.
 *
 * @param evaluation all that was measured
 * @param dataset on what
 */
public record SegmentValidation(SegmentationEvaluation evaluation, SegmentationDataset dataset)
    implements Validation {
  @Override
  public double loss() {
    return evaluation.loss();
  }

  @Override
  public Map<String, Double> values() {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("val_dice", evaluation.dice());
    values.put("val_iou", evaluation.iou());
    return values;
  }

  @Override
  public Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("val_dice", Double.toString(evaluation.dice()));
    metadata.put("val_iou", Double.toString(evaluation.iou()));
    return metadata;
  }

  @Override
  public @Nullable EvaluationSummary summary(IntFunction<String> names, long seed) throws IOException {
    return null;
  }

  @Override
  public SegmentationSummary segmentation(long seed) throws IOException {
    return SegmentationSummarizer.of(evaluation.withDistances(dataset), dataset, seed);
  }
}
