package org.swinengine.train;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.inference.Evaluation;
import org.swinengine.report.EpochMetrics;

/**
 * How a run ended.
 *
 * @param status complete, or stopped on request
 * @param folder the run's folder
 * @param history every epoch's metrics, those before a resumption included
 * @param steps optimizer steps of the run
 * @param bestEpoch epoch (from 1) that was the best by the run's metric, of equal ones that with the lowest
 *     loss, and the earliest of those; 0 if none was completed
 * @param bestTop1 its top-1 in percent
 * @param seconds of this process's part of the run
 * @param evaluation of the best weights on the validation images; null if the run was stopped
 */
public record TrainResult(
    Status status,
    Path folder,
    List<EpochMetrics> history,
    long steps,
    int bestEpoch,
    double bestTop1,
    double seconds,
    @Nullable Evaluation evaluation) {
  /** How a run can end without an error. */
  public enum Status {
    COMPLETED,
    /** Stopped by {@link Trainer#requestStop}; {@code last.safetensors} continues it. */
    INTERRUPTED
  }
}
