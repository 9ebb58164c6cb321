package org.swinengine.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.swinengine.data.Dataset;
import org.swinengine.data.RawImage;
import org.swinengine.metrics.MultiLabel;

/** The surest wrong answers of each class. */
class LabelMistakesTest {
  /** Pictures without anything on them, and with labels. */
  private record Labels(int classes, boolean[] truth) implements Dataset {
    @Override
    public int size() {
      return truth.length / classes;
    }

    @Override
    public List<String> classNames() {
      return IntStream.range(0, classes).mapToObj(c -> "c" + c).toList();
    }

    @Override
    public boolean isMultiLabel() {
      return true;
    }

    @Override
    public int label(int index) {
      throw new IllegalArgumentException("several");
    }

    @Override
    public int[] labels(int index) {
      return IntStream.range(0, classes).filter(c -> truth[index * classes + c]).toArray();
    }

    @Override
    public RawImage load(int index) {
      return new RawImage(2, 2, 1, new byte[4]);
    }

    @Override
    public String name(int index) {
      return "p" + index;
    }

    @Override
    public String description() {
      return "made up";
    }
  }

  private static List<String> text(List<EvaluationSummary.Mistake> mistakes) {
    return mistakes.stream()
        .map(one -> one.name() + (one.said() ? " said " : " missed ") + one.label() + " is " + one.actual())
        .toList();
  }

  /** Two classes, thresholds 0.5 and 0.2. */
  @Test
  void theSurestOfEachClassComeFirst() throws IOException {
    boolean[] truth = {
      false, true, // said of neither
      true, false, // right
      false, false, // both said
      true, true, // the first missed
      false, false, // the first said more surely
      false, true, // the second missed more surely
      false, false};
    double[] probabilities = {0.1, 0.15, 0.9, 0.1, 0.6, 0.9, 0.2, 0.3, 0.95, 0.1, 0.5, 0.01, 0.7, 0.2};
    List<EvaluationSummary.Mistake> mistakes =
        LabelMistakes.of(
            new MultiLabel(2, truth, probabilities), new double[] {0.5, 0.2}, new Labels(2, truth));
    assertEquals(
        List.of(
            "p2 said 1 is []", "p4 said 0 is []", "p3 missed 0 is [0, 1]", "p5 missed 1 is [1]",
            "p6 said 0 is []", "p0 missed 1 is [1]", "p2 said 0 is []"),
        text(mistakes));
    assertEquals(0.9, mistakes.get(0).probability());
  }

  @Test
  void aPageOfManyClassesStaysSmall() throws IOException {
    int classes = 70;
    int images = 8;
    boolean[] truth = new boolean[classes * images];
    double[] probabilities = new double[truth.length];
    for (int i = 0; i < truth.length; i++) {
      probabilities[i] = 0.5 + (i % classes + 1) / 1000.0;
    }
    double[] thresholds = IntStream.range(0, classes).mapToDouble(c -> 0.5).toArray();
    List<EvaluationSummary.Mistake> mistakes =
        LabelMistakes.of(
            new MultiLabel(classes, truth, probabilities), thresholds, new Labels(classes, truth));
    assertEquals(60, mistakes.size());
    assertTrue(mistakes.stream().allMatch(one -> one.said() && one.label() >= 10), "the surest classes");
    assertFalse(text(mistakes).stream().distinct().count() < 60, "one of each class");
  }
}
