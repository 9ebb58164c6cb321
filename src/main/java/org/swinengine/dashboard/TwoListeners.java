package org.swinengine.dashboard;

import java.nio.file.Path;
import org.swinengine.inference.CalibrationFit;
import org.swinengine.report.EpochMetrics;
import org.swinengine.report.SuspectLabels;
import org.swinengine.train.TrainListener;
import org.swinengine.train.TrainResult;
import org.swinengine.train.TrainingPlan;
import org.swinengine.train.estimate.Estimate;

/** Passes on what it is told, to one after the other. */
record TwoListeners(TrainListener first, TrainListener second) implements TrainListener {
  @Override
  public void started(TrainingPlan plan) {
    first.started(plan);
    second.started(plan);
  }

  @Override
  public void features(int done, int images) {
    first.features(done, images);
    second.features(done, images);
  }

  @Override
  public void step(
      int epoch, int step, int stepsPerEpoch, double loss, double learningRate, double imagesPerSecond) {
    first.step(epoch, step, stepsPerEpoch, loss, learningRate, imagesPerSecond);
    second.step(epoch, step, stepsPerEpoch, loss, learningRate, imagesPerSecond);
  }

  @Override
  public void estimate(Estimate left) {
    first.estimate(left);
    second.estimate(left);
  }

  @Override
  public void epoch(EpochMetrics metrics) {
    first.epoch(metrics);
    second.epoch(metrics);
  }

  @Override
  public void checkpoint(Path file) {
    first.checkpoint(file);
    second.checkpoint(file);
  }

  @Override
  public void suspects(SuspectLabels found, Path file) {
    first.suspects(found, file);
    second.suspects(found, file);
  }

  @Override
  public void calibrated(CalibrationFit fit) {
    first.calibrated(fit);
    second.calibrated(fit);
  }

  @Override
  public void finished(TrainResult result) {
    first.finished(result);
    second.finished(result);
  }
}
