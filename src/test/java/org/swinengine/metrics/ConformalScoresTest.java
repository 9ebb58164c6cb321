package org.swinengine.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConformalScoresTest {
  private static final int CLASSES = 3;

  /** Class 2 is hard; each class has as many samples as is said. */
  private static Predictions draw(Random random, int... ofClass) {
    int[] labels =
        IntStream.range(0, CLASSES).flatMap(c -> IntStream.range(0, ofClass[c]).map(i -> c)).toArray();
    float[] logits = new float[labels.length * CLASSES];
    for (int i = 0; i < labels.length; i++) {
      for (int c = 0; c < CLASSES; c++) {
        double easy = c == labels[i] ? 3 - labels[i] : 0;
        logits[i * CLASSES + c] = (float) (random.nextGaussian() + easy);
      }
    }
    return Predictions.ofLogits(logits, labels, CLASSES);
  }

  /**
   * Of n calibration samples the ⌈(n + 1) · coverage⌉ = k-th score is the threshold, and what it covers of m
   * new ones is beta-binomial with k and n + 1 − k: mean and spread are known exactly.
   */
  @ParameterizedTest
  @CsvSource({"0.9, 50", "0.8, 19", "0.95, 120"})
  void eachClassIsCoveredAsOftenAsPromised(double coverage, int n) {
    Random random = new Random(8);
    int draws = 300;
    int m = 100;
    double[] mean = new double[CLASSES];
    for (int draw = 0; draw < draws; draw++) {
      ConformalScores scores = ConformalScores.of(draw(random, n, n, n));
      Predictions test = draw(random, m, m, m);
      SetCoverage measured = SetCoverage.of(test, scores.sets(coverage, CLASSES), coverage);
      for (int c = 0; c < CLASSES; c++) {
        mean[c] += measured.classes().get(c).coverage().value() / draws;
      }
    }
    double k = Math.ceil((n + 1) * coverage - 1e-9);
    double a = k;
    double b = n + 1 - k;
    double variance = a * b * (a + b + m) / (m * (a + b) * (a + b) * (a + b + 1));
    // Four deviations of the mean: one draw of the seeds in 16,000 would be outside by chance.
    double bound = 4 * Math.sqrt(variance / draws);
    for (int c = 0; c < CLASSES; c++) {
      assertEquals(k / (n + 1), mean[c], bound, "class " + c);
    }
    assertTrue(k / (n + 1) >= coverage);
  }

  @Test
  void aSmallClassHasTheThresholdOfAll() {
    ConformalScores scores = ConformalScores.of(draw(new Random(2), 40, 30, 8));
    assertEquals(List.of(2), scores.tooSmall(0.9, CLASSES), "9 are needed for 0.9");
    assertEquals(List.of(), scores.tooSmall(0.8, CLASSES));
    assertEquals(List.of(0, 1, 2), scores.tooSmall(0.98, CLASSES));
    double[] own = scores.sets(0.9, CLASSES).thresholds();
    double[] one = new ConformalScores(scores.all(), List.of()).sets(0.9, CLASSES).thresholds();
    assertEquals(one[0], one[1]);
    assertEquals(one[2], own[2]);
    assertTrue(own[0] < one[0], "the easy class has a smaller one of its own");
    IllegalArgumentException few =
        assertThrows(IllegalArgumentException.class, () -> scores.sets(0.99, CLASSES));
    assertTrue(few.getMessage().contains("at least 99 validation images") && few.getMessage().contains("78"),
        few::getMessage);
    assertThrows(IllegalArgumentException.class, () -> scores.sets(1, CLASSES));
    assertThrows(IllegalArgumentException.class, () -> scores.sets(Double.NaN, CLASSES));
    for (double coverage : new double[] {0.5, 0.8, 0.9, 0.95, 0.99, 0.999}) {
      int needed = ConformalScores.needed(coverage);
      assertTrue(ConformalSets.place(needed, coverage) <= needed);
      assertTrue(ConformalSets.place(needed - 1, coverage) > needed - 1);
    }
  }

  /** As {@link ConformalSets} itself would have it, rounded up to float32. */
  @Test
  void thresholdsAreThoseOfAllScores() {
    Predictions calibration = draw(new Random(4), 60, 50, 40);
    ConformalScores scores = ConformalScores.of(calibration);
    for (double coverage : new double[] {0.1, 0.5, 0.9, 0.95}) {
      double[] expected =
          ConformalSets.calibrateByClass(calibration, ConformalSets.Score.LAC, 1 - coverage).thresholds();
      double[] kept = scores.sets(coverage, CLASSES).thresholds();
      for (int c = 0; c < CLASSES; c++) {
        assertTrue(kept[c] >= expected[c] && kept[c] <= expected[c] * (1 + 1e-6) + 1e-12, kept[c] + "");
      }
    }
  }

  @Test
  void ofManyScoresSomeAreKeptThatPromiseNoLess() {
    Random random = new Random(6);
    double[] all = random.doubles(12_345).toArray();
    double[] sorted = all.clone();
    Arrays.sort(sorted);
    ConformalScores.Kept kept = ConformalScores.Kept.of(all, 1000);
    assertEquals(12_345, kept.samples());
    assertEquals(1000, kept.scores().length);
    for (double coverage = 0.005; coverage < 0.9999; coverage += 0.0093) {
      int place = ConformalSets.place(12_345, coverage);
      double threshold = kept.threshold(coverage);
      assertTrue(threshold >= sorted[place - 1], "at least the exact one");
      int covered = (int) Arrays.stream(sorted).filter(score -> score <= threshold).count();
      assertTrue(covered - place <= 13, "a thousandth of the samples more at the most: " + (covered - place));
    }
    assertArrayEquals(new float[] {0.25f, 0.5f},
        ConformalScores.Kept.of(new double[] {0.5, 0.25}, 9).scores());
  }

  @Test
  void ofManyClassesOnlyTheScoresOfAllAreKept() {
    int classes = 2500;
    float[] logits = new float[30 * classes];
    int[] labels = IntStream.range(0, 30).toArray();
    ConformalScores scores = ConformalScores.of(Predictions.ofLogits(logits, labels, classes));
    assertEquals(List.of(), scores.byClass());
    assertEquals(classes, scores.tooSmall(0.9, classes).size());
    assertEquals(classes, scores.sets(0.9, classes).thresholds().length);
  }

  /** On the calibration images themselves sets hold too much; the other half's scores do not. */
  @Test
  void crossFittingMeasuresOnImagesThatScoresAreNotFrom() {
    double own = 0;
    double crossed = 0;
    int draws = 100;
    Random random = new Random(12);
    for (int draw = 0; draw < draws; draw++) {
      Predictions samples = draw(random, 20, 20, 20);
      ConformalScores scores = ConformalScores.of(samples);
      own += SetCoverage.of(samples, scores.sets(0.9, CLASSES), 0.9).coverage().value() / draws;
      crossed += SetCoverage.crossFitted(samples, 0.9, 0).coverage().value() / draws;
    }
    assertEquals(19.0 / 20, own, 1e-9, "⌈21 · 0.9⌉ = 19 of 20");
    // Of ten samples of a half ⌈11 · 0.9⌉ = 10: 10 / 11 of new ones; the mean is known to 0.007.
    assertEquals(10.0 / 11, crossed, 0.02);
  }

  @Test
  void intervalsAndSizesOfAWorkedExample() {
    Predictions test =
        Predictions.ofProbabilities(
            new float[] {0.9f, 0.1f, 0.5f, 0.5f, 0.2f, 0.8f, 0.6f, 0.4f}, new int[] {0, 1, 0, 1}, 2);
    ConformalScores scores = new ConformalScores(new ConformalScores.Kept(1, new float[] {0.55f}), List.of());
    SetCoverage measured = SetCoverage.of(test, scores, 0.5, 3);
    assertEquals(0.5, measured.coverage().value());
    assertEquals(1.25, measured.size().value(), "{0}, {0, 1}, {1}, {0}");
    assertEquals(0.75, measured.single());
    assertEquals(0, measured.empty());
    assertEquals(0.5, measured.classes().get(0).coverage().value());
    assertEquals(1.5, measured.classes().get(1).size().value());
    assertTrue(measured.coverage().low() >= 0 && measured.coverage().high() <= 1
        && measured.coverage().low() < 0.5 && measured.coverage().high() > 0.5);
  }
}
