package org.swinengine.train;

import java.nio.file.Path;
import org.swinengine.inference.CalibrationFit;
import org.swinengine.report.EpochMetrics;
import org.swinengine.train.estimate.Estimate;

/** Is told what a training run does, on the thread that trains. */
public interface TrainListener {
  /** A listener that does nothing. */
  TrainListener SILENT = new TrainListener() {};

  /** Everything is loaded and checked; the first step comes next. */
  default void started(TrainingPlan plan) {}

  /**
   * The frozen part of the model is computed once for all images, before the first step.
   *
   * @param done images that are done
   * @param images training and validation images together
   */
  default void features(int done, int images) {}

  /**
   * An optimizer step is done.
   *
   * @param epoch from 1
   * @param step steps done in this epoch
   * @param stepsPerEpoch steps of an epoch
   * @param loss mean loss of the epoch so far
   * @param learningRate of this step
   * @param imagesPerSecond since the epoch (or the resumed part of it) began
   */
  default void step(
      int epoch, int step, int stepsPerEpoch, double loss, double learningRate, double imagesPerSecond) {}

  /**
   * What the run still takes; after each step, before {@link #step}, as soon as a few steps have been
   * measured.
   */
  default void estimate(Estimate left) {}

  /** An epoch and its validation are done. */
  default void epoch(EpochMetrics metrics) {}

  /** A checkpoint is on the disk. */
  default void checkpoint(Path file) {}

  /** The run is complete, and how sure its best weights may be was measured and is in their checkpoint. */
  default void calibrated(CalibrationFit fit) {}

  /** The run is over: complete, or stopped on request. */
  default void finished(TrainResult result) {}
}
