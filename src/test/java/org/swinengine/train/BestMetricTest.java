package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.DataSplits;
import org.swinengine.inference.Evaluation;
import org.swinengine.report.EpochMetrics;
import org.swinengine.train.settings.Augmentation;
import org.swinengine.train.tuning.BestMetric;
import org.swinengine.train.tuning.FineTuning;
import org.swinengine.weights.Safetensors;

@Tag("numerics")
final class BestMetricTest {
  @TempDir
  private Path output;

  private static EpochMetrics metrics(int epoch, double loss, double top1, double macroF1) {
    return new EpochMetrics(
        epoch, epoch, 1, loss, Map.of("val_top1", top1, "val_macro_f1", macroF1), 1e-3, 1, 1, 1, 1);
  }

  /** As a run is that classifies, whose task has chosen it. */
  private static final FineTuning USUAL = FineTuning.NONE.withBestMetric(BestMetric.ACCURACY);

  private static final List<EpochMetrics> HISTORY =
      List.of(
          metrics(1, 0.50, 70, 0.60),
          metrics(2, 0.46, 70, 0.66),
          metrics(3, 0.43, 72, 0.64),
          metrics(4, Double.NaN, 72, 0.64),
          metrics(5, 0.44, 74, 0.10));

  private static TrainingProgress after(FineTuning tuning) {
    TrainingProgress progress = TrainingProgress.start(9);
    for (EpochMetrics metrics : HISTORY) {
      EpochMetrics best = progress.bestEpoch() == 0 ? null : HISTORY.get(progress.bestEpoch() - 1);
      progress = progress.afterEpoch(metrics, best, tuning);
      // As a resumed run reads it.
      progress = TrainingProgress.fromJson(progress.toJson(3), "test").progress();
    }
    return progress;
  }

  @Test
  void eachMetricHasItsOwnBestEpoch() {
    assertEquals(5, after(USUAL).bestEpoch());
    TrainingProgress byLoss = after(FineTuning.NONE.withBestMetric(BestMetric.LOSS));
    assertEquals(3, byLoss.bestEpoch());
    assertEquals(0.43, byLoss.bestValue());
    assertEquals(72, byLoss.bestTop1());
    assertEquals(2, after(FineTuning.NONE.withBestMetric(BestMetric.MACRO_F1)).bestEpoch());
  }

  /**
   * 0.46 and 0.43 are each less than 0.05 better than the epoch before, but 0.43 is more than 0.05 better
   * than 0.50.
   */
  @Test
  void smallStepsAddUpToALeastDifference() {
    FineTuning tuning = FineTuning.NONE.withBestMetric(BestMetric.LOSS).withMinDelta(0.05);
    TrainingProgress progress = after(tuning);
    assertEquals(3, progress.advanceEpoch());
    assertEquals(0.43, progress.advanceValue());
    TrainingProgress none = after(tuning.withMinDelta(0.1));
    assertEquals(1, none.advanceEpoch());
    assertEquals(3, none.bestEpoch());
    // What is better by just the difference is not enough.
    assertEquals(1, after(USUAL.withMinDelta(4)).advanceEpoch());
    assertEquals(5, after(USUAL.withMinDelta(3.9)).advanceEpoch());
  }

  @Test
  void anyNumberIsBetterThanNone() {
    TrainingProgress first = TrainingProgress.start(9);
    FineTuning tuning = FineTuning.NONE.withBestMetric(BestMetric.LOSS);
    EpochMetrics none = metrics(1, Double.NaN, 1, 0);
    TrainingProgress nan = first.afterEpoch(none, null, tuning);
    assertEquals(1, nan.bestEpoch());
    assertEquals(2, nan.afterEpoch(metrics(2, 9, 1, 0), none, tuning).bestEpoch());
  }

  @Test
  void ofEqualEpochsTheOneWithTheLowerLossIsTheBestButPatienceCountsTheMetric() {
    EpochMetrics first = metrics(1, 0.5, 70, 0.6);
    TrainingProgress one = TrainingProgress.start(9).afterEpoch(first, null, USUAL);
    TrainingProgress lower = one.afterEpoch(metrics(2, 0.4, 70, 0.6), first, USUAL);
    assertEquals(2, lower.bestEpoch());
    assertEquals(1, lower.advanceEpoch());
    assertEquals(1, one.afterEpoch(metrics(2, 0.5, 70, 0.6), first, USUAL).bestEpoch());
    assertEquals(1, one.afterEpoch(metrics(2, 0.6, 70, 0.6), first, USUAL).bestEpoch());
    assertEquals(1, one.afterEpoch(metrics(2, Double.NaN, 70, 0.6), first, USUAL).bestEpoch());
    assertEquals(1, one.afterEpoch(metrics(2, 0.4, 69, 0.6), first, USUAL).bestEpoch());
    FineTuning byF1 = FineTuning.NONE.withBestMetric(BestMetric.MACRO_F1);
    one = TrainingProgress.start(9).afterEpoch(first, null, byF1);
    assertEquals(2, one.afterEpoch(metrics(2, 0.4, 60, 0.6), first, byF1).bestEpoch());
  }

  @Test
  void progressOfBeforeThereWasAChoiceIsReadAsTopOne() {
    String json = TrainingProgress.start(9).afterEpoch(HISTORY.get(0), null, USUAL).toJson(3);
    String old = json.replaceAll("\"(best_value_bits|advance_epoch|advance_value_bits)\":[^,]+,", "");
    assertNotEquals(json, old);
    assertEquals(TrainingProgress.fromJson(json, "new"), TrainingProgress.fromJson(old, "old"));
  }

  @Test
  void whatIsNoMetricIsSaid() {
    for (BestMetric metric : BestMetric.values()) {
      assertEquals(metric, BestMetric.of(metric.text()));
    }
    String sentence = assertThrows(IllegalArgumentException.class, () -> BestMetric.of("f1")).getMessage();
    assertEquals(
        "`bestMetric` is f1, but must be one of auto, accuracy, loss, macro-f1, dice, iou, auc, map",
        sentence);
    assertThrows(IllegalArgumentException.class, () -> FineTuning.NONE.withMinDelta(-1));
  }

  /** A fifth of the validation labels is wrong, so that confidence costs loss where it wins accuracy. */
  private static DataSplits data() {
    DataSplits tiny = Tiny.data();
    return new DataSplits(tiny.train(), new Tiny.Pictures(30, 2, 5), Optional.empty(),
        "tiny pictures, some mislabelled");
  }

  private TrainConfig config(String tag, FineTuning tuning) {
    return Tiny.config(output).toBuilder()
        .tag(tag)
        .model(Tiny.steadyModel())
        .augmentation(Augmentation.NONE)
        .labelSmoothing(0)
        .learningRate(1e-2)
        .epochs(12)
        .fineTuning(tuning)
        .build();
  }

  private TrainResult run(TrainConfig config) throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      return new Trainer(config, data(), backend, TrainListener.SILENT).run();
    }
  }

  @Test
  void theBestFileIsThatOfTheBestEpoch() throws IOException {
    Set<Integer> epochs = new HashSet<>();
    // A rate that is too high makes the metrics jump, each in its own way.
    for (double rate : new double[] {3e-2, 6e-2, 1e-1, 2e-1}) {
      if (epochs.size() < 2) {
        epochs.clear();
        checkBestEpochs(rate, epochs);
      }
    }
    assertTrue(epochs.size() > 1, "the metrics agree, so that this test says little: " + epochs);
  }

  /** Trains by each metric; adds the best epochs. */
  private void checkBestEpochs(double rate, Set<Integer> epochs) throws IOException {
    for (BestMetric metric : List.of(BestMetric.ACCURACY, BestMetric.LOSS, BestMetric.MACRO_F1)) {
      TrainConfig config = config(metric.text(), FineTuning.NONE.withBestMetric(metric));
      TrainResult result = run(config.toBuilder().learningRate(rate).build());
      Comparator<EpochMetrics> byValue = Comparator.comparingDouble(metric::of);
      EpochMetrics best =
          metric == BestMetric.LOSS
              ? result.history().stream().min(byValue).orElseThrow()
              : result.history().stream()
                  .filter(m -> metric.of(m) == highest(result, metric))
                  .min(Comparator.comparingDouble(EpochMetrics::validationLoss))
                  .orElseThrow();
      assertEquals(best.epoch(), result.bestEpoch());
      assertEquals(best.top1(), result.bestTop1());
      assertEquals(best.validationLoss(), result.evaluation().loss());
      assertEquals(best.macroF1(), result.evaluation().macroF1());
      String epoch = Safetensors.read(result.folder().resolve("best.safetensors")).metadata().get("epoch");
      assertEquals(Integer.toString(best.epoch()), epoch);
      epochs.add(best.epoch());
    }
  }

  private static double highest(TrainResult result, BestMetric metric) {
    return result.history().stream().mapToDouble(metric::of).max().orElseThrow();
  }

  @Test
  void aResumedRunEndsInTheSameEpoch() throws IOException {
    FineTuning tuning =
        FineTuning.NONE.withBestMetric(BestMetric.LOSS).withMinDelta(0.02).withPatience(2);
    TrainResult whole = run(config("whole", tuning));
    int ended = whole.history().size();
    assertTrue(ended < 12 && whole.bestEpoch() <= ended, "patience ended it after " + ended + " epochs");
    for (int stopIn = ended - 1; stopIn <= ended; stopIn++) {
      String tag = "stopped-" + stopIn;
      int epoch = stopIn;
      try (Backend backend = Backends.open("cpu", 2)) {
        Trainer[] trainer = new Trainer[1];
        trainer[0] =
            new Trainer(
                config(tag, tuning),
                data(),
                backend,
                new TrainListener() {
                  @Override
                  public void step(int in, int step, int of, double loss, double lr, double rate) {
                    if (in == epoch && step == 2) {
                      trainer[0].requestStop();
                    }
                  }
                });
        assertEquals(TrainResult.Status.INTERRUPTED, trainer[0].run().status());
      }
      TrainResult resumed = run(TrainConfigFile.ofRun(output, tag));
      assertEquals(ended, resumed.history().size());
      TrainerTest.assertSameRuns(whole.folder(), resumed.folder());
    }
  }

  /**
   * F1 of 0.75, 1/3 and 0; then a fourth class that has no image and gets none, which scikit-learn leaves
   * out too.
   */
  @Test
  void macroF1OfAWorkedExample() {
    assertEquals((0.75 + 1.0 / 3) / 3, macroF1(new int[][] {{3, 1, 0}, {1, 1, 0}, {0, 2, 0}}), 1e-15);
    assertEquals(
        (0.75 + 1.0 / 3) / 3,
        macroF1(new int[][] {{3, 1, 0, 0}, {1, 1, 0, 0}, {0, 2, 0, 0}, {0, 0, 0, 0}}),
        1e-15);
    assertFalse(Double.isNaN(macroF1(new int[1][1])));
  }

  private static double macroF1(int[][] confusion) {
    List<String> names = List.of("a", "b", "c", "d").subList(0, confusion.length);
    return new Evaluation(8, 0, 0, 0, confusion, Evaluation.perClass(confusion, names), List.of()).macroF1();
  }
}
