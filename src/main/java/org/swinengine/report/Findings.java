package org.swinengine.report;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.Dataset;
import org.swinengine.inference.Evaluation;
import org.swinengine.metrics.Counts;
import org.swinengine.metrics.Diagnosis;

/** What went wrong in a run, if it did: {@link Diagnosis} of its metrics and its measurement. */
public final class Findings {
  private Findings() {}

  /**
   * Sentences for the user.
   *
   * @param evaluation of the best weights; null if there is none
   * @param trainingSamples of each class; null: not known
   * @param names of the classes
   */
  public static List<String> of(
      List<EpochMetrics> history, @Nullable Evaluation evaluation, long @Nullable [] trainingSamples,
      List<String> names) {
    Diagnosis.History epochs =
        new Diagnosis.History(
            history.stream().mapToDouble(EpochMetrics::trainLoss).toArray(),
            history.stream().mapToDouble(EpochMetrics::validationLoss).toArray(),
            history.stream().mapToDouble(EpochMetrics::gradientNorm).toArray());
    Counts counts = evaluation == null ? null : Counts.of(evaluation.confusion());
    return Diagnosis.of(epochs, counts, trainingSamples, names);
  }

  /** Number of samples of each class. */
  public static long[] samples(Dataset data) {
    long[] samples = new long[data.classNames().size()];
    for (int i = 0; i < data.size(); i++) {
      samples[data.label(i)]++;
    }
    return samples;
  }
}
