package org.swinengine.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ConformalSetsTest {
  private static final double ALPHA = 0.1;
  private static final int CLASSES = 5;

  /** Class 0 is four times as frequent as the others, and easy; class 4 is hard. */
  private static Predictions draw(Random random, int samples) {
    float[] logits = new float[samples * CLASSES];
    int[] labels = new int[samples];
    for (int i = 0; i < samples; i++) {
      labels[i] = Math.max(0, random.nextInt(CLASSES + 3) - 3);
      for (int c = 0; c < CLASSES; c++) {
        double easy = labels[i] == 0 ? 4 : labels[i] == 4 ? 0.5 : 2;
        logits[i * CLASSES + c] = (float) (random.nextGaussian() + (c == labels[i] ? easy : 0));
      }
    }
    return Predictions.ofLogits(logits, labels, CLASSES);
  }

  /** Shares of samples whose set has their class: of each class, and of all. */
  private static double[] coverage(ConformalSets sets, Predictions test) {
    double[] covered = new double[CLASSES + 1];
    double[] number = new double[CLASSES + 1];
    for (int i = 0; i < test.size(); i++) {
      int sample = i;
      double[] row = new double[CLASSES];
      Arrays.setAll(row, c -> test.probability(sample, c));
      boolean within = Arrays.stream(sets.set(row)).anyMatch(c -> c == test.label(sample));
      for (int which : new int[] {test.label(i), CLASSES}) {
        number[which]++;
        covered[which] += within ? 1 : 0;
      }
    }
    Arrays.setAll(covered, c -> covered[c] / number[c]);
    return covered;
  }

  /** The promise is one of the mean over calibrations. */
  @ParameterizedTest
  @EnumSource
  void setsHoldTheTrueClassAsOftenAsPromised(ConformalSets.Score score) {
    Random random = new Random(4);
    double[] once = new double[CLASSES + 1];
    double[] byClass = new double[CLASSES + 1];
    int trials = 100;
    for (int trial = 0; trial < trials; trial++) {
      Predictions calibration = draw(random, 300);
      Predictions test = draw(random, 500);
      double[] first = coverage(ConformalSets.calibrate(calibration, score, ALPHA), test);
      double[] second = coverage(ConformalSets.calibrateByClass(calibration, score, ALPHA), test);
      for (int c = 0; c <= CLASSES; c++) {
        once[c] += first[c] / trials;
        byClass[c] += second[c] / trials;
      }
    }
    // 100 trials of 500: the mean is known to about 0.003.
    assertEquals(1 - ALPHA, once[CLASSES], 0.01, "all samples");
    assertTrue(once[4] < 1 - ALPHA - 0.03, "one threshold does not promise it of a hard class: " + once[4]);
    for (int c = 0; c < CLASSES; c++) {
      assertTrue(byClass[c] > 1 - ALPHA - 0.01, c + ": " + byClass[c]);
      // Of n samples of the class up to 1/(n + 1) more, n about 37, where no two scores are equal: many
      // hard samples have the sum of all probabilities.
      boolean exact = score == ConformalSets.Score.LAC;
      assertTrue(!exact || byClass[c] < 1 - ALPHA + 0.035, c + ": " + byClass[c]);
    }
  }

  @Test
  void theQuantileCountsTheNewSample() {
    double[] scores = {9, 1, 8, 2, 7, 3, 6, 4, 5};
    assertEquals(9, ConformalSets.quantile(scores, 0.1), "⌈10 · 0.9⌉ = 9");
    assertEquals(8, ConformalSets.quantile(scores, 0.2));
    assertEquals(8, ConformalSets.quantile(scores, 0.25), "⌈10 · 0.75⌉ = 8");
    assertEquals(Double.POSITIVE_INFINITY, ConformalSets.quantile(scores, 0.05), "too few for 95 %");
    assertThrows(IllegalArgumentException.class, () -> ConformalSets.quantile(scores, 1));
  }

  @Test
  void setsOfAWorkedExample() {
    // One calibration score of 0.6 for LAC (probability 0.4), at alpha 0.5.
    Predictions one = Predictions.ofProbabilities(new float[] {0.4f, 0.35f, 0.25f}, new int[] {0}, 3);
    ConformalSets lac = ConformalSets.calibrate(one, ConformalSets.Score.LAC, 0.5);
    assertArrayEquals(new int[] {1}, lac.set(new double[] {0.2, 0.5, 0.3}));
    assertArrayEquals(new int[0], lac.set(new double[] {0.3, 0.35, 0.35}));
    // APS: the classes down to the true one have 0.4 + 0.35.
    Predictions second = Predictions.ofProbabilities(new float[] {0.4f, 0.35f, 0.25f}, new int[] {1}, 3);
    ConformalSets aps = ConformalSets.calibrate(second, ConformalSets.Score.APS, 0.5);
    assertEquals(0.75, aps.thresholds()[2], 1e-6);
    assertArrayEquals(new int[] {0, 2}, aps.set(new double[] {0.45, 0.27, 0.28}));
    ConformalSets few = ConformalSets.calibrateByClass(one, ConformalSets.Score.LAC, 0.1);
    assertArrayEquals(new int[] {0, 1, 2}, few.set(new double[] {0.98, 0.01, 0.01}),
        "classes without enough samples are in every set");
  }
}
