package org.swinengine.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TemperatureFitTest {
  /** Logits of a model that is too sure by a factor: classes are drawn from their softmax before it. */
  private static Predictions tooSure(int samples, int classes, double factor, long seed) {
    Random random = new Random(seed);
    float[] logits = new float[samples * classes];
    int[] labels = new int[samples];
    for (int i = 0; i < samples; i++) {
      double[] weights = new double[classes];
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        double logit = 1.5 * random.nextGaussian();
        logits[i * classes + c] = (float) (factor * logit);
        weights[c] = Math.exp(logit);
        sum += weights[c];
      }
      double drawn = random.nextDouble() * sum;
      while (labels[i] < classes - 1 && drawn > weights[labels[i]]) {
        drawn -= weights[labels[i]++];
      }
    }
    return Predictions.ofLogits(logits, labels, classes);
  }

  /** Of scipy and PyTorch's L-BFGS, which the script holds together to 1e-5; the table has PyTorch's. */
  @Test
  void temperaturesAreThoseOfTorch() throws IOException {
    JsonNode cases;
    try (InputStream in = TemperatureFitTest.class.getResourceAsStream("temperature.json")) {
      cases = new ObjectMapper().readTree(in);
    }
    for (JsonNode one : cases) {
      TemperatureFit fit = TemperatureFit.of(Reference.predictions(one));
      double expected = one.get("temperature").asDouble();
      double fitted = TemperatureScaling.fit(Reference.predictions(one));
      // Newton's steps end at 1e-12, and L-BFGS where its gradient is below 1e-9 or so.
      assertEquals(1, fitted / expected, 1e-6);
      assertTrue(!fit.isKnown() || fit.temperature() == fitted);
    }
    assertEquals(4, cases.size());
  }

  @Test
  void whatItIsWorthIsMeasuredOnTheOtherHalf() {
    Predictions said = tooSure(400, 4, 3, 1);
    TemperatureFit fit = TemperatureFit.of(said);
    assertEquals(3, fit.temperature(), 0.5);
    assertTrue(fit.after().expectedError() < fit.before().expectedError() / 2, fit::toString);
    // By hand: halves, a temperature of each, and the mean loss of each half with the other's.
    int[][] halves = Halves.of(said);
    double loss = 0;
    for (int half = 0; half < 2; half++) {
      double other = TemperatureScaling.fit(said.part(halves[1 - half]));
      Predictions scaled = TemperatureScaling.scaled(said.part(halves[half]), other);
      loss += IntStream.range(0, scaled.size()).mapToDouble(scaled::logLoss).sum();
    }
    assertEquals(loss / said.size(), fit.after().logLoss(), 1e-12);
    double own = TemperatureFit.Measured.of(TemperatureScaling.scaled(said, fit.temperature())).logLoss();
    assertTrue(own < fit.after().logLoss(), "on its own images it looks better than it is");
    assertArrayEquals(
        said.confusion()[0], TemperatureScaling.scaled(said, fit.temperature()).confusion()[0]);
  }

  @Test
  void halvesKeepGroupsWholeAndHaveAsMuchOfEachClass() {
    Random random = new Random(3);
    int n = 300;
    int[] labels = IntStream.range(0, n).map(i -> i / 100).toArray();
    int[] groups = IntStream.range(0, n).map(i -> i / 5).toArray();
    float[] logits = new float[n * 3];
    IntStream.range(0, logits.length).forEach(i -> logits[i] = random.nextFloat());
    int[][] halves = Halves.of(Predictions.ofLogits(logits, labels, 3).inGroups(groups));
    assertEquals(n, halves[0].length + halves[1].length);
    for (int c = 0; c < 3; c++) {
      int label = c;
      assertEquals(50, IntStream.of(halves[0]).filter(i -> labels[i] == label).count());
    }
    int[] first = IntStream.of(halves[0]).map(i -> groups[i]).distinct().toArray();
    assertTrue(IntStream.of(halves[1]).map(i -> groups[i]).noneMatch(
        group -> IntStream.of(first).anyMatch(one -> one == group)));
    int[][] whole = Halves.of(Predictions.ofLogits(logits, labels, 3).inGroups(new int[n]));
    assertEquals(0, whole[1].length, "one group cannot be divided");
  }

  @Test
  void whereThereIsNoneItSaysWhy() {
    Predictions right = Predictions.ofLogits(new float[] {2, 1, 0, 3}, new int[] {0, 1}, 2);
    assertTrue(TemperatureFit.of(right).reason().contains("2 images, but at least 20"));
    float[] sure = new float[60];
    IntStream.range(0, 30).forEach(i -> sure[2 * i] = 1 + i);
    TemperatureFit perfect = TemperatureFit.of(Predictions.ofLogits(sure, new int[30], 2));
    assertFalse(perfect.isKnown());
    assertTrue(perfect.reason().contains("every image is put into its class"), perfect::reason);
    sure[0] = Float.NaN;
    assertTrue(TemperatureFit.of(Predictions.ofLogits(sure, new int[30], 2)).reason().contains("finite"));
    assertTrue(
        TemperatureFit.of(Predictions.ofLogits(new float[0], new int[0], 2)).reason().contains("no im"));
    Predictions one = tooSure(40, 3, 3, 2).inGroups(new int[40]);
    assertTrue(TemperatureFit.of(one).reason().contains("two halves"));
    // Of 20 images of a model that is as sure as it is right, one half's temperature often harms the other.
    long harmful =
        IntStream.range(0, 40).mapToObj(seed -> TemperatureFit.of(tooSure(20, 3, 1, seed)))
            .filter(fit -> fit.reason().contains("other half")).count();
    assertTrue(harmful > 10, "of 40: " + harmful);
  }
}
