package org.swinengine.dashboard;

import java.nio.file.Path;
import org.swinengine.models.LoadReport;
import org.swinengine.report.EpochMetrics;
import org.swinengine.train.TrainListener;
import org.swinengine.train.TrainingPlan;
import org.swinengine.train.estimate.Estimate;
import org.swinengine.train.folds.FoldsListener;
import org.swinengine.train.folds.FoldsResult;

/** Passes on what it is told to one listener, and shows it: a fold as a run, whose end is not the page's. */
record TwoFoldsListeners(FoldsListener first, Dashboard page) implements FoldsListener {
  @Override
  public void firstWeights(LoadReport report) {
    first.firstWeights(report);
  }

  @Override
  public TrainListener fold(int fold, int folds) {
    return new TwoListeners(first.fold(fold, folds), new Shown(page, ", fold " + fold + " of " + folds));
  }

  @Override
  public void finished(FoldsResult result) {
    first.finished(result);
    page.finished(result.status());
  }

  private record Shown(Dashboard page, String suffix) implements TrainListener {
    @Override
    public void started(TrainingPlan plan) {
      Path folds = plan.folder().getParent();
      page.begin(plan, folds == null ? plan.folder() : folds, suffix);
    }

    @Override
    public void features(int done, int images) {
      page.features(done, images);
    }

    @Override
    public void step(
        int epoch, int step, int stepsPerEpoch, double loss, double learningRate, double imagesPerSecond) {
      page.step(epoch, step, stepsPerEpoch, loss, learningRate, imagesPerSecond);
    }

    @Override
    public void estimate(Estimate left) {
      page.estimate(left);
    }

    @Override
    public void epoch(EpochMetrics metrics) {
      page.epoch(metrics);
    }
  }
}
