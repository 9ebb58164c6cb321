package org.swinengine.report;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A training run as its page shows it.
 *
 * @param name the run's
 * @param data one line about the data
 * @param about one line about the model and the device
 * @param facts what else identifies the run, by name: engine, seed, fingerprint of the data, …
 * @param stoppedAfter steps after which it was stopped and can be resumed; null: it is complete
 * @param history metrics of each epoch
 * @param bestEpoch epoch (from 1) of the best weights; 0 if none was completed
 * @param bestTop1 its top-1 in percent
 * @param bestBy the metric that it is the best by; null: top-1
 * @param evaluation of the best weights; null if the run was stopped
 * @param segmentation the same where each pixel has a class
 * @param findings sentences on what went wrong, if it did
 * @param suspects training labels that are probably wrong; null: they were not looked for
 * @param configuration all settings, as text
 */
public record RunResults(
    String name,
    String data,
    String about,
    Map<String, String> facts,
    @Nullable Long stoppedAfter,
    List<EpochMetrics> history,
    int bestEpoch,
    double bestTop1,
    @Nullable String bestBy,
    @Nullable EvaluationSummary evaluation,
    @Nullable SegmentationSummary segmentation,
    List<String> findings,
    @Nullable SuspectLabels suspects,
    String configuration) {
  /** A run whose images have classes as a whole. */
  public RunResults(
      String name, String data, String about, Map<String, String> facts, @Nullable Long stoppedAfter,
      List<EpochMetrics> history, int bestEpoch, double bestTop1, @Nullable String bestBy,
      @Nullable EvaluationSummary evaluation, List<String> findings, @Nullable SuspectLabels suspects,
      String configuration) {
    this(
        name, data, about, facts, stoppedAfter, history, bestEpoch, bestTop1, bestBy, evaluation, null,
        findings, suspects, configuration);
  }
}
