package org.swinengine.train.folds;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.inference.Evaluation;
import org.swinengine.report.FoldsSummary;
import org.swinengine.train.TrainResult;

/**
 * How a cross-validation ended.
 *
 * @param status complete, or stopped on request
 * @param folder its folder
 * @param folds results of the folds, as far as they have been run
 * @param evaluation of all images, each by the fold that has not learnt from it; null if it was stopped, and
 *     where images may have several classes
 * @param summary figures of all of it; null if it was stopped
 * @param seconds of this process's part
 */
public record FoldsResult(
    TrainResult.Status status, Path folder, List<TrainResult> folds, @Nullable Evaluation evaluation,
    @Nullable FoldsSummary summary, double seconds) {}
