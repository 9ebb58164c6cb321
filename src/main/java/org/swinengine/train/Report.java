package org.swinengine.train;

final class Report {
  private Report() {}

  static String html(TrainingPlan plan, TrainResult result) {
    return "";
  }
}
