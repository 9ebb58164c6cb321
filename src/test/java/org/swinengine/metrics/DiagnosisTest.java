package org.swinengine.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DiagnosisTest {
  private static final List<String> NAMES = List.of("cat", "dog", "owl");

  private static Diagnosis.History history(double[] train, double[] validation, double norm) {
    double[] norms = new double[train.length];
    Arrays.fill(norms, norm);
    return new Diagnosis.History(train, validation, norms);
  }

  private static final Diagnosis.History GOOD =
      history(new double[] {1.0, 0.6, 0.4, 0.3, 0.25}, new double[] {0.9, 0.6, 0.5, 0.48, 0.47}, 1);

  private static List<String> of(Diagnosis.History history, int @Nullable [][] confusion, long... samples) {
    return Diagnosis.of(
        history, confusion == null ? null : Counts.of(confusion), samples.length == 0 ? null : samples,
        NAMES);
  }

  private static void only(List<String> findings, String... parts) {
    assertEquals(1, findings.size(), findings.toString());
    for (String part : parts) {
      assertTrue(findings.get(0).contains(part), findings.get(0));
    }
  }

  @Test
  void aRunThatLearnsHasNoFindings() {
    int[][] confusion = {{30, 3, 2}, {2, 30, 1}, {1, 2, 29}};
    assertEquals(List.of(), of(GOOD, confusion, 100, 90, 80));
    assertEquals(List.of(), of(history(new double[0], new double[0], 0), null));
  }

  @Test
  void aLossThatIsNoNumber() {
    double nan = Double.NaN;
    only(
        of(history(new double[] {1, 0.9, nan}, new double[] {1, 1, nan}, 1), null),
        "training loss is no finite number from epoch 3 on", "`learningRate`");
    only(of(history(new double[] {1, 0.9}, new double[] {Double.POSITIVE_INFINITY, 1}, 1), null),
        "validation loss", "epoch 1");
  }

  @Test
  void aLossThatDoesNotFall() {
    double[] flat = {1.101, 1.1, 1.099, 1.0985};
    only(of(history(flat, flat, 1), null), "hardly falls", "1.1010 to 1.0985", "gives 1.0986");
    only(of(history(flat, flat, 0), null), "All gradients are 0", "`freeze`");
    double[] done = {0.0101, 0.01, 0.01, 0.01};
    assertEquals(List.of(), of(history(done, done, 1), null), "flat because there is nothing left to learn");
  }

  @Test
  void predictionsOfOneClass() {
    int[][] one = {{0, 20, 0}, {0, 30, 0}, {0, 10, 0}};
    only(of(GOOD, one), "into one class, dog");
    int[][] largest = {{0, 19, 1}, {1, 59, 0}, {0, 9, 1}};
    only(of(GOOD, largest), "no more than that of always saying dog", "(66.7 %)");
    int[][] never = {{30, 0, 0}, {0, 30, 0}, {3, 2, 0}};
    only(of(GOOD, never), "Never predicted is owl");
  }

  @Test
  void learningByHeartAndFewSamples() {
    Diagnosis.History byHeart =
        history(new double[] {1, 0.6, 0.3, 0.1, 0.02}, new double[] {1, 0.7, 0.8, 0.9, 1.1}, 1);
    only(of(byHeart, null), "by heart", "since epoch 2, from 0.7000 to 1.1000", "`patience`");
    only(of(GOOD, null, 100, 3, 50), "Fewer than 10 training images has dog (3)");
  }
}
