package org.swinengine.metrics.probe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.swinengine.metrics.LabelIssues;

final class FoldedProbeTest {
  private static final int WIDTH = 8;

  /** Points around one of each class. */
  private static float[] around(int[] truths, double spread) {
    Random random = new Random(3);
    float[] features = new float[truths.length * WIDTH];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) (spread * random.nextGaussian() + (i % WIDTH == truths[i / WIDTH] ? 2 : 0));
    }
    return features;
  }

  private static FoldedProbe.View view(float[] features, int width) {
    return new FoldedProbe.View(features, width, true, true);
  }

  private static FoldedProbe probe(float[] features, int[] labels, int classes, int[] folds) {
    return FoldedProbe.of(List.of(view(features, WIDTH)), labels, classes, folds);
  }

  private static int[] dealt(int samples, int classes, int folds) {
    return IntStream.range(0, samples).map(i -> i / classes % folds).toArray();
  }

  @Test
  void flippedLabelsComeFirst() {
    int[] truths = IntStream.range(0, 300).map(i -> i % 3).toArray();
    int[] given = truths.clone();
    int[] flipped = {4, 77, 123, 200, 251};
    for (int i : flipped) {
      given[i] = (truths[i] + 1) % 3;
    }
    FoldedProbe probe = probe(around(truths, 0.4), given, 3, dealt(300, 3, 5));
    assertEquals(300, probe.samples().length);
    LabelIssues ranked = LabelIssues.ranked(probe.predictions(), probe.agreement(), 8);
    int[] order = ranked.issues().stream().mapToInt(LabelIssues.Issue::sample).toArray();
    // Golden: what it said when it was written, all five in front.
    assertArrayEquals(new int[] {123, 4, 251, 200, 77}, Arrays.copyOf(order, 5));
    assertEquals(2, ranked.estimated());
    ranked.issues().subList(0, 5).forEach(issue -> {
      assertEquals(truths[issue.sample()], issue.suggested());
      assertTrue(issue.selfConfidence() < 0.4 && issue.agreement() < 0.3, issue.toString());
    });
  }

  @Test
  void ofTwoClassesTheOtherIsSuggested() {
    int[] truths = IntStream.range(0, 60).map(i -> i % 2).toArray();
    int[] given = truths.clone();
    given[31] = 0;
    FoldedProbe probe = probe(around(truths, 0.4), given, 2, dealt(60, 2, 5));
    LabelIssues.Issue first = LabelIssues.ranked(probe.predictions(), probe.agreement(), 1).issues().get(0);
    assertEquals(31, first.sample());
    assertEquals(1, first.suggested());
  }

  @Test
  void whatIsLearntIsNotAskedAbout() {
    // Folds 0 and 1 are the same points with opposite labels: each is judged by the other alone.
    int[] labels = IntStream.range(0, 40).map(i -> i < 20 ? i % 2 : 1 - i % 2).toArray();
    float[] features = new float[40 * WIDTH];
    System.arraycopy(
        around(IntStream.range(0, 20).map(i -> i % 2).toArray(), 0.2), 0, features, 0, 20 * WIDTH);
    System.arraycopy(features, 0, features, 20 * WIDTH, 20 * WIDTH);
    int[] folds = IntStream.range(0, 40).map(i -> i / 20).toArray();
    FoldedProbe probe = probe(features, labels, 2, folds);
    for (int i = 0; i < 40; i++) {
      assertEquals(1 - labels[i], probe.predictions().predicted(i), "sample " + i);
    }
  }

  @Test
  void aClassOfOneImageIsNotJudged() {
    int[] labels = IntStream.range(0, 31).map(i -> i == 30 ? 2 : i % 2).toArray();
    FoldedProbe probe = probe(around(labels, 0.3), labels, 3, dealt(31, 2, 5));
    assertArrayEquals(IntStream.range(0, 30).toArray(), probe.samples());
    assertTrue(LabelIssues.ranked(probe.predictions(), null, 9).issues().isEmpty());
  }

  @Test
  void aClassOfTwoImagesIsJudgedByTheOther() {
    int[] labels = IntStream.range(0, 32).map(i -> i >= 30 ? 2 : i % 2).toArray();
    int[] folds = dealt(32, 2, 5);
    folds[30] = 0;
    folds[31] = 1;
    FoldedProbe probe = probe(around(labels, 0.1), labels, 3, folds);
    assertEquals(32, probe.samples().length);
    assertTrue(probe.predictions().probability(30, 2) > 0.3, "" + probe.predictions().probability(30, 2));
  }

  @Test
  void viewsAreTakenTogether() {
    int[] labels = IntStream.range(0, 60).map(i -> i % 2).toArray();
    int[] folds = dealt(60, 2, 5);
    float[] features = around(labels, 1);
    FoldedProbe one = FoldedProbe.of(
        List.of(new FoldedProbe.View(features, WIDTH, true, false)), labels, 2, folds);
    FoldedProbe other = FoldedProbe.of(
        List.of(new FoldedProbe.View(features, WIDTH, false, true)), labels, 2, folds);
    FoldedProbe both = probe(features, labels, 2, folds);
    for (int i = 0; i < 60; i++) {
      double mean = (one.predictions().probability(i, 0) + other.predictions().probability(i, 0)) / 2;
      assertEquals(mean, both.predictions().probability(i, 0), 1e-6);
      assertTrue(Double.isNaN(one.agreement()[i]));
      assertEquals(other.predictions().probability(i, labels[i]), both.agreement()[i], 1e-6);
    }
  }

  @Test
  void ofOneFoldNothingIsKnown() {
    int[] labels = {0, 1, 0, 1};
    FoldedProbe probe = probe(around(labels, 0.1), labels, 2, new int[4]);
    assertEquals(0, probe.samples().length);
    LabelIssues ranked = LabelIssues.ranked(probe.predictions(), probe.agreement(), 5);
    assertTrue(ranked.issues().isEmpty());
    assertEquals(0, ranked.estimated());
  }

  @Test
  void featuresThatAreNoNumbersAreRefused() {
    float[] features = {1, Float.NaN, 2, 3};
    IllegalArgumentException wrong =
        assertThrows(
            IllegalArgumentException.class,
            () -> FoldedProbe.of(List.of(view(features, 2)), new int[] {0, 1}, 2, new int[] {0, 1}));
    assertTrue(wrong.getMessage().startsWith("a feature of sample 0 is NaN"), wrong.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> FoldedProbe.of(List.of(view(features, 3)), new int[] {0, 1}, 2, new int[] {0, 1}));
  }
}
