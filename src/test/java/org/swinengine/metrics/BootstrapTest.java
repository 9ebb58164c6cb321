package org.swinengine.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BootstrapTest {
  private static final int DRAWS = 37;

  /** The samples of a draw as predictions of their own, each as often as it was drawn. */
  private static Predictions drawn(JsonNode node, int[] weights) {
    float[] logits = Reference.floats(node.get("logits"));
    int[] labels = Reference.ints(node.get("labels"));
    int classes = node.get("classes").asInt();
    int size = Arrays.stream(weights).sum();
    Predictions.Builder builder = new Predictions.Builder(size, classes, true);
    int at = 0;
    for (int i = 0; i < weights.length; i++) {
      for (int time = 0; time < weights[i]; time++) {
        builder.set(at++, labels[i], logits, i * classes);
      }
    }
    return builder.build();
  }

  /** The fast way, sixteen draws in a pass, against a measurement of each draw's samples. */
  @ParameterizedTest
  @ValueSource(strings = {"ten", "two", "absent", "sure"})
  void intervalsAreThoseOfTheDrawsThemselves(String name) {
    JsonNode node = Reference.ALL.at("/predictions/" + name);
    Predictions predictions = Reference.predictions(node);
    int[] groups = new int[predictions.size()];
    Arrays.setAll(groups, i -> 1000 - i / 3);
    predictions.inGroups(groups);
    Bootstrap bootstrap = new Bootstrap(predictions.size(), groups, 5);
    List<ClassificationFigures> plain = new ArrayList<>();
    for (int draw = 0; draw < DRAWS; draw++) {
      plain.add(ClassificationFigures.of(drawn(node, bootstrap.weights(draw)), 0, 0));
    }
    ClassificationFigures fast = ClassificationFigures.of(predictions, DRAWS, 5);
    assertEquals((predictions.size() + 2) / 3, fast.groups());
    for (Figure figure : fast.figures()) {
      double[] values =
          plain.stream().mapToDouble(p -> p.figure(figure.key()).orElseThrow().value()).toArray();
      Figure expected = Bootstrap.figure(figure.key(), figure.value(), values);
      assertEquals(expected.low(), figure.low(), 1e-12, figure.key());
      assertEquals(expected.high(), figure.high(), 1e-12, figure.key());
      assertTrue(figure.low() < figure.high(), figure.toString());
    }
    for (int c = 0; c < predictions.classes(); c++) {
      int label = c;
      double[] recalls =
          plain.stream()
              .map(p -> p.classes().get(label))
              .mapToDouble(p -> p.samples() == 0 ? Double.NaN : p.recall().value())
              .toArray();
      Figure recall = fast.classes().get(c).recall();
      // Classes' draws are kept in float32.
      assertEquals(Bootstrap.figure("", recall.value(), recalls).low(), recall.low(), 1e-6);
      double[] areas = plain.stream().mapToDouble(p -> p.classes().get(label).auc().value()).toArray();
      Figure auc = fast.classes().get(c).auc();
      assertEquals(Bootstrap.figure("", auc.value(), areas).high(), auc.high(), 1e-6);
    }
  }

  @Test
  void anyFigureHasAnInterval() {
    Predictions predictions = Reference.predictions(Reference.ALL.at("/predictions/ten"));
    Bootstrap bootstrap = new Bootstrap(predictions.size(), null, 3);
    Figure accuracy =
        bootstrap.figure("accuracy", weights -> {
          int right = 0;
          for (int i = 0; i < weights.length; i++) {
            right += predictions.place(i) == 0 ? weights[i] : 0;
          }
          return (double) right / weights.length;
        }, 200);
    assertEquals(ClassificationFigures.of(predictions, 200, 3).figures().get(0), accuracy);
  }

  /** As often as 95 % of the time the interval holds the truth, which a simulation knows. */
  @Test
  void intervalsCoverTheTruth() {
    Random random = new Random(11);
    int trials = 300;
    int samples = 200;
    int covered = 0;
    int coveredAuc = 0;
    // Scores of positives are normal around 1, of negatives around 0: the area is Φ(1 / √2).
    double auc = 0.7602499389065233;
    double accuracy = 0;
    for (int trial = 0; trial < trials; trial++) {
      float[] logits = new float[2 * samples];
      int[] labels = new int[samples];
      for (int i = 0; i < samples; i++) {
        labels[i] = i % 2;
        logits[2 * i + 1] = (float) (random.nextGaussian() + labels[i] - 0.5);
      }
      ClassificationFigures figures =
          ClassificationFigures.of(Predictions.ofLogits(logits, labels, 2), 400, trial);
      Figure area = figures.figure("auc").orElseThrow();
      coveredAuc += area.low() <= auc && auc <= area.high() ? 1 : 0;
      Figure share = figures.figure("accuracy").orElseThrow();
      // Φ(1/2).
      covered += share.low() <= 0.6914624612740131 && 0.6914624612740131 <= share.high() ? 1 : 0;
      accuracy += share.value() / trials;
    }
    assertEquals(0.6915, accuracy, 0.006, "the simulation is what it says");
    // Of 300 trials 285 ± 4; three deviations, and a percentile interval is a little too narrow.
    assertTrue(covered >= 270 && covered <= 298, "accuracy covered " + covered);
    assertTrue(coveredAuc >= 270 && coveredAuc <= 298, "auc covered " + coveredAuc);
  }

  /** Ten copies of each sample are no more knowledge; told that they belong together, an interval says so. */
  @Test
  void groupsAreDrawnTogether() {
    Random random = new Random(2);
    int people = 60;
    int copies = 10;
    float[] logits = new float[2 * people * copies];
    int[] labels = new int[people * copies];
    int[] groups = new int[people * copies];
    for (int person = 0; person < people; person++) {
      boolean right = random.nextDouble() < 0.7;
      for (int copy = 0; copy < copies; copy++) {
        int i = copy * people + person;
        labels[i] = person % 2;
        logits[2 * i + (right ? labels[i] : 1 - labels[i])] = 1;
        groups[i] = person;
      }
    }
    Predictions alone = Predictions.ofLogits(logits, labels, 2);
    Figure narrow = ClassificationFigures.of(alone, 1000, 1).figures().get(0);
    Figure wide =
        ClassificationFigures.of(Predictions.ofLogits(logits, labels, 2).inGroups(groups), 1000, 1).figures()
            .get(0);
    double ratio = (wide.high() - wide.low()) / (narrow.high() - narrow.low());
    assertEquals(Math.sqrt(copies), ratio, 0.5);
    assertEquals(narrow.value(), wide.value());
  }

  @Test
  void drawsAreOfAllGroupsAlike() {
    Bootstrap bootstrap = new Bootstrap(50, null, 9);
    long[] sums = new long[50];
    for (int draw = 0; draw < 2000; draw++) {
      int[] weights = bootstrap.weights(draw);
      assertEquals(50, Arrays.stream(weights).sum());
      for (int i = 0; i < 50; i++) {
        sums[i] += weights[i];
      }
    }
    // 2000 ± 45 each.
    for (long sum : sums) {
      assertTrue(Math.abs(sum - 2000) < 200, Arrays.toString(sums));
    }
    assertArrayEquals(bootstrap.weights(7), new Bootstrap(50, null, 9).weights(7));
    assertTrue(!Arrays.equals(bootstrap.weights(7), new Bootstrap(50, null, 10).weights(7)));
  }

  @Test
  void threadsChangeNothing() throws Exception {
    Predictions predictions = random(400, 12);
    ClassificationFigures here = ClassificationFigures.of(predictions, 50, 4);
    ForkJoinPool one = new ForkJoinPool(1);
    try {
      assertEquals(here, one.submit(() -> ClassificationFigures.of(predictions, 50, 4)).get());
    } finally {
      one.shutdown();
    }
  }

  static Predictions random(int samples, int classes) {
    Random random = new Random(samples);
    float[] logits = new float[samples * classes];
    int[] labels = new int[samples];
    for (int i = 0; i < samples; i++) {
      labels[i] = random.nextInt(classes);
      for (int c = 0; c < classes; c++) {
        logits[i * classes + c] = (float) (random.nextGaussian() + (c == labels[i] ? 2 : 0));
      }
    }
    return Predictions.ofLogits(logits, labels, classes);
  }
}
