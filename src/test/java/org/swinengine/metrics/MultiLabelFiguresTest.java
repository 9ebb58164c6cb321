package org.swinengine.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code multi_label.py} makes the reference with scikit-learn. */
final class MultiLabelFiguresTest {
  private static final double ROUNDING = 1e-12;

  private final JsonNode expected;
  private final float[] logits;
  private final boolean[] truth;
  private final double[] thresholds;
  private final MultiLabel answers;

  MultiLabelFiguresTest() throws IOException {
    Path file = Path.of("src/test/resources/org/swinengine/metrics/multi_label.json");
    expected = new ObjectMapper().readTree(file.toFile());
    logits = Reference.floats(expected.get("logits"));
    int[] ones = Reference.ints(expected.get("truth"));
    truth = new boolean[ones.length];
    for (int i = 0; i < ones.length; i++) {
      truth[i] = ones[i] == 1;
    }
    thresholds = Reference.doubles(expected.get("thresholds"));
    answers = MultiLabel.ofLogits(expected.get("labels").asInt(), truth, logits);
  }

  @Test
  void figuresAreThoseOfScikitLearn() {
    MultiLabelFigures figures = MultiLabelFigures.of(answers, thresholds, null, 0, 0);
    for (Map.Entry<String, JsonNode> figure : expected.get("figures").properties()) {
      assertEquals(
          figure.getValue().asDouble(), figures.figure(figure.getKey()).orElseThrow().value(), ROUNDING,
          figure.getKey());
    }
    assertEquals(expected.get("log_loss").asDouble(), MultiLabel.logLoss(truth, logits), ROUNDING);
    assertEquals(expected.get("figures").get("macro_f1_tuned").asDouble(), answers.macroF1(thresholds),
        ROUNDING);
    assertEquals(expected.get("figures").get("micro_f1_tuned").asDouble(), answers.microF1(thresholds),
        ROUNDING);
    List<MultiLabelFigures.OfLabel> labels = figures.labels();
    assertArrayEquals(
        Reference.doubles(expected.get("f1")), labels.stream().mapToDouble(l -> l.f1().value()).toArray(),
        ROUNDING);
    // Where scikit-learn puts 0 in the place of no answer there is none here.
    assertArrayEquals(
        Reference.doubles(expected.get("precision")),
        labels.stream().mapToDouble(l -> l.said() == 0 ? 0 : l.precision().value()).toArray(), ROUNDING);
    assertArrayEquals(
        Reference.doubles(expected.get("recall")),
        labels.stream().mapToDouble(l -> l.samples() == 0 ? 0 : l.recall().value()).toArray(), ROUNDING);
    for (int label = 0; label < 4; label++) {
      assertEquals(expected.get("aucs").get(label).asDouble(), labels.get(label).auc().value(), ROUNDING);
      assertEquals(
          expected.get("average_precisions").get(label).asDouble(),
          labels.get(label).averagePrecision().value(), ROUNDING);
    }
    assertTrue(Double.isNaN(labels.get(4).auc().value()), "no sample has it");
    assertTrue(Double.isNaN(labels.get(5).auc().value()), "every sample has it");
    assertEquals(1, labels.get(5).averagePrecision().value());
  }

  @Test
  void theBestThresholdsHaveTheLargestF1() {
    double[] best = answers.bestThresholds();
    double[] f1 = answers.f1s(best);
    int[] known = {0, 1, 2, 3, 5};
    for (int k = 0; k < known.length; k++) {
      assertEquals(expected.get("best_f1").get(k).asDouble(), f1[known[k]], ROUNDING, "label " + known[k]);
    }
    assertEquals(0.5, best[4], "nothing is known of a label that no sample has");
    assertThrows(IllegalArgumentException.class, () -> answers.f1s(new double[2]));
  }

  /** By hand: 0.9 yes, 0.7 no, 0.6 yes, 0.2 no: F1 2/3, 1/2, 4/5, 2/3. */
  @Test
  void aThresholdStandsBetweenTheLastThatIsSaidAndTheNext() {
    boolean[] has = {true, false, true, false};
    double[] best = new MultiLabel(1, has, new double[] {0.9, 0.7, 0.6, 0.2}).bestThresholds();
    assertArrayEquals(new double[] {0.4}, best, 1e-15);
    // All are to be said: half the lowest.
    boolean[] all = {true, true};
    assertArrayEquals(new double[] {0.1}, new MultiLabel(1, all, new double[] {0.9, 0.2}).bestThresholds());
    // Of equal F1 the highest.
    boolean[] first = {true, false, false, true};
    assertEquals(
        0.75, new MultiLabel(1, first, new double[] {0.9, 0.6, 0.5, 0.1}).bestThresholds()[0], 1e-15);
  }

  /** A draw's figures are those of the samples drawn, each as often as it was. */
  @Test
  void intervalsAreOfTheSamplesThatWereDrawn() {
    int draws = 40;
    MultiLabelFigures figures = MultiLabelFigures.of(answers, thresholds, null, draws, 11);
    Bootstrap bootstrap = new Bootstrap(answers.size(), null, 11);
    double[][] drawn = new double[3][draws];
    for (int draw = 0; draw < draws; draw++) {
      MultiLabel of = repeated(bootstrap.weights(draw));
      drawn[0][draw] = of.meanAuc();
      drawn[1][draw] = of.microF1(thresholds);
      drawn[2][draw] = of.averagePrecisions()[2];
    }
    assertSame(Bootstrap.figure("auc", answers.meanAuc(), drawn[0]), figures.figure("auc").orElseThrow());
    assertSame(
        Bootstrap.figure("micro_f1_tuned", answers.microF1(thresholds), drawn[1]),
        figures.figure("micro_f1_tuned").orElseThrow());
    assertSame(
        Bootstrap.figure("average_precision", answers.averagePrecisions()[2], drawn[2]),
        figures.labels().get(2).averagePrecision());
  }

  private static void assertSame(Figure expected, Figure actual) {
    assertEquals(expected.key(), actual.key());
    // The draws of single labels are kept as float32.
    assertEquals(expected.value(), actual.value(), ROUNDING, expected.key());
    assertEquals(expected.low(), actual.low(), 1e-7, expected.key());
    assertEquals(expected.high(), actual.high(), 1e-7, expected.key());
    assertTrue(actual.hasInterval());
  }

  private MultiLabel repeated(int[] weights) {
    int labels = answers.labels();
    int size = Arrays.stream(weights).sum();
    boolean[] has = new boolean[size * labels];
    double[] probabilities = new double[size * labels];
    int next = 0;
    for (int i = 0; i < weights.length; i++) {
      for (int times = 0; times < weights[i]; times++) {
        System.arraycopy(truth, i * labels, has, next * labels, labels);
        System.arraycopy(answers.probabilities(), i * labels, probabilities, next * labels, labels);
        next++;
      }
    }
    return new MultiLabel(labels, has, probabilities);
  }
}
