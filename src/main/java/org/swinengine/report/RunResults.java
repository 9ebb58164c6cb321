package org.swinengine.report;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.inference.Evaluation;

/**
 * A training run as its page shows it.
 *
 * @param name the run's
 * @param data one line about the data
 * @param about one line about the model and the device
 * @param classNames names of the classes
 * @param stoppedAfter steps after which it was stopped and can be resumed; null: it is complete
 * @param history metrics of each epoch
 * @param bestEpoch epoch (from 1) of the best weights; 0 if none was completed
 * @param bestTop1 its top-1 in percent
 * @param bestBy the metric that it is the best by; null: top-1
 * @param evaluation of the best weights; null if the run was stopped
 * @param configuration all settings, as text
 */
public record RunResults(
    String name,
    String data,
    String about,
    List<String> classNames,
    @Nullable Long stoppedAfter,
    List<EpochMetrics> history,
    int bestEpoch,
    double bestTop1,
    @Nullable String bestBy,
    @Nullable Evaluation evaluation,
    String configuration) {}
