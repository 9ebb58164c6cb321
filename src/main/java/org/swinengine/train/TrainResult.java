package org.swinengine.train;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.inference.Evaluation;
import org.swinengine.report.EpochMetrics;
import org.swinengine.train.task.SingleLabelValidation;
import org.swinengine.train.task.Validation;
import org.swinengine.train.tuning.BestMetric;

/**
 * How a run ended.
 *
 * @param status complete, or stopped on request
 * @param folder the run's folder
 * @param history every epoch's metrics, those before a resumption included
 * @param steps optimizer steps of the run
 * @param bestEpoch epoch (from 1) that was the best by the run's metric, of equal ones that with the lowest
 *     loss, and the earliest of those; 0 if none was completed
 * @param bestTop1 its top-1 in percent; not a number where the task has none
 * @param bestMetric by what it was chosen
 * @param seconds of this process's part of the run
 * @param validation of the best weights on the validation images; null if the run was stopped
 */
public record TrainResult(
    Status status,
    Path folder,
    List<EpochMetrics> history,
    long steps,
    int bestEpoch,
    double bestTop1,
    BestMetric bestMetric,
    double seconds,
    @Nullable Validation validation) {
  /** What a run that classifies measured; null if it was stopped, and of another task. */
  public @Nullable Evaluation evaluation() {
    return validation instanceof SingleLabelValidation known ? known.evaluation() : null;
  }

  /** How a run can end without an error. */
  public enum Status {
    COMPLETED,
    /** Stopped by {@link Trainer#requestStop}; {@code last.safetensors} continues it. */
    INTERRUPTED
  }
}
