package org.swinengine.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Figures against scikit-learn's. */
final class FiguresTest {
  /** What float64 arithmetic in another order may change. */
  private static final double ROUNDING = 1e-12;

  @ParameterizedTest
  @ValueSource(strings = {"ten", "two", "absent", "sure"})
  void figuresAreThoseOfScikitLearn(String name) {
    JsonNode expected = Reference.ALL.at("/predictions/" + name);
    Predictions predictions = Reference.predictions(expected);
    ClassificationFigures figures = ClassificationFigures.of(predictions, 0, 1);
    int compared = 0;
    for (Map.Entry<String, JsonNode> entry : expected.get("figures").properties()) {
      if (entry.getKey().equals("half_brier")) {
        double brier = figures.figure("brier").orElseThrow().value();
        assertEquals(entry.getValue().asDouble(), brier / 2, ROUNDING);
        continue;
      }
      double value = figures.figure(entry.getKey()).orElseThrow().value();
      assertEquals(entry.getValue().asDouble(), value, ROUNDING, entry.getKey());
      compared++;
    }
    assertEquals(figures.figures().size(), compared, "every figure has its reference");
    assertTrue(compared >= 15, "figures that were compared: " + compared);
    double[] precision = figures.classes().stream().mapToDouble(c -> c.precision().value()).toArray();
    double[] recall = figures.classes().stream().mapToDouble(c -> c.recall().value()).toArray();
    double[] f1 = figures.classes().stream().mapToDouble(c -> c.f1().value()).toArray();
    assertArrayEquals(Reference.doubles(expected.get("precision")), precision, ROUNDING);
    assertArrayEquals(Reference.doubles(expected.get("recall")), recall, ROUNDING);
    assertArrayEquals(Reference.doubles(expected.get("f1")), f1, ROUNDING);
    int[] support = figures.classes().stream().mapToInt(c -> (int) c.samples()).toArray();
    assertArrayEquals(Reference.ints(expected.get("support")), support);
    int[][] confusion = predictions.confusion();
    for (int c = 0; c < confusion.length; c++) {
      assertArrayEquals(Reference.ints(expected.get("confusion").get(c)), confusion[c]);
    }
    Counts ofMatrix = Counts.of(confusion);
    assertEquals(predictions.counts().quadraticKappa(), ofMatrix.quadraticKappa());
    assertEquals(predictions.counts().matthews(), ofMatrix.matthews());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ten", "two", "absent", "sure"})
  void curvesAreThoseOfScikitLearn(String name) {
    JsonNode expected = Reference.ALL.at("/predictions/" + name);
    BinaryCurve curve = BinaryCurve.of(Reference.predictions(expected), 1);
    List<BinaryCurve.Point> points = curve.points();
    double[] rate = points.stream().mapToDouble(curve::falsePositiveRate).toArray();
    double[] recall = points.stream().mapToDouble(curve::recall).toArray();
    assertArrayEquals(Reference.doubles(expected.at("/roc/0")), rate, ROUNDING);
    assertArrayEquals(Reference.doubles(expected.at("/roc/1")), recall, ROUNDING);
    // scikit-learn ends its curve where everything is found.
    int kept = expected.at("/pr/0").size();
    double[] precision = points.stream().limit(kept).mapToDouble(BinaryCurve::precision).toArray();
    assertArrayEquals(Reference.doubles(expected.at("/pr/0")), precision, ROUNDING);
    assertEquals(1, recall[kept - 1]);
  }

  @Test
  void figuresOfSeveralLabelsAreThoseOfScikitLearn() {
    JsonNode expected = Reference.ALL.get("labels");
    int[] ones = Reference.ints(expected.get("truth"));
    boolean[] truth = new boolean[ones.length];
    for (int i = 0; i < ones.length; i++) {
      truth[i] = ones[i] == 1;
    }
    MultiLabel labels =
        new MultiLabel(expected.get("labels").asInt(), truth,
            Reference.doubles(expected.get("probabilities")));
    double[] aucs = labels.aucs();
    double[] precisions = labels.averagePrecisions();
    for (int label = 0; label < 3; label++) {
      assertEquals(expected.get("aucs").get(label).asDouble(), aucs[label], ROUNDING);
      assertEquals(expected.get("average_precisions").get(label).asDouble(), precisions[label], ROUNDING);
    }
    assertTrue(Double.isNaN(aucs[3]), "a label that nothing has has no area");
    assertEquals(expected.get("mean_auc").asDouble(), labels.meanAuc(), ROUNDING);
    assertEquals((precisions[0] + precisions[1] + precisions[2]) / 3, labels.meanAveragePrecision(),
        ROUNDING);
    assertArrayEquals(Reference.doubles(expected.get("f1")), labels.f1s(), ROUNDING);
    assertEquals(expected.get("exact_match").asDouble(), labels.exactMatch(), ROUNDING);
    assertEquals(expected.get("accuracy").asDouble(), labels.accuracy(), ROUNDING);
    assertThrows(IllegalArgumentException.class, () -> new MultiLabel(3, truth, new double[4]));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ten", "two", "absent", "sure"})
  void theTemperatureIsThatOfTheLeastLoss(String name) {
    JsonNode expected = Reference.ALL.at("/predictions/" + name);
    Predictions predictions = Reference.predictions(expected);
    double temperature = TemperatureScaling.fit(predictions);
    // scipy looks for the least loss, whose place is known to the root of the rounding of the loss.
    assertEquals(expected.get("temperature").asDouble(), temperature, 1e-5 * temperature);
    Predictions scaled = TemperatureScaling.scaled(predictions, temperature);
    double loss = 0;
    for (int i = 0; i < scaled.size(); i++) {
      loss += scaled.logLoss(i) / scaled.size();
      assertEquals(predictions.place(i), scaled.place(i), "the order of the classes stays");
    }
    assertEquals(expected.get("nll").asDouble(), loss, 1e-7);
  }

  @Test
  void theReliabilityCurveIsTheErrorsParts() {
    Predictions predictions = Reference.predictions(Reference.ALL.at("/predictions/sure"));
    List<Calibration.Bin> bins = Calibration.reliability(predictions, Calibration.BINS);
    assertEquals(15, bins.size());
    assertEquals(predictions.size(), bins.stream().mapToInt(Calibration.Bin::samples).sum());
    double error = 0;
    for (Calibration.Bin bin : bins) {
      if (bin.samples() > 0) {
        assertTrue(bin.low() < bin.confidence() && bin.confidence() <= bin.high(), bin.toString());
        error += Math.abs(bin.accuracy() - bin.confidence()) * bin.samples() / predictions.size();
      }
    }
    assertEquals(Calibration.expectedError(predictions, Calibration.BINS), error, ROUNDING);
    assertEquals(
        ClassificationFigures.of(predictions, 0, 1).figure("classwise_ece").orElseThrow().value(),
        Calibration.classwiseError(predictions, Calibration.BINS), ROUNDING);
  }

  /** A probability on the border of two bins belongs to the lower one. */
  @Test
  void binsAreOpenBelow() {
    assertEquals(0, Calibration.bin(0, 15));
    assertEquals(0, Calibration.bin(1.0 / 15, 15));
    assertEquals(1, Calibration.bin(Math.nextUp(1.0 / 15), 15));
    assertEquals(14, Calibration.bin(1, 15));
  }

  /** Without the probabilities the areas are missing, and nothing else. */
  @Test
  void whatWasTooLargeToKeepHasTheOtherFigures() {
    JsonNode node = Reference.ALL.at("/predictions/ten");
    int[] labels = Reference.ints(node.get("labels"));
    float[] logits = Reference.floats(node.get("logits"));
    Predictions.Builder builder = new Predictions.Builder(labels.length, 10, false);
    for (int i = 0; i < labels.length; i++) {
      builder.set(i, labels[i], logits, 10 * i);
    }
    Predictions small = builder.build();
    assertFalse(small.hasAll());
    ClassificationFigures figures = ClassificationFigures.of(small, 20, 1);
    ClassificationFigures whole = ClassificationFigures.of(Reference.predictions(node), 20, 1);
    assertEquals(whole.figures().subList(0, figures.figures().size()), figures.figures());
    assertTrue(figures.figure("auc").isEmpty() && figures.figure("ece").isPresent());
    assertThrows(IllegalStateException.class, () -> small.probability(0, 0));
  }

  @Test
  void probabilitiesGiveTheFiguresOfTheirLogits() {
    Predictions logits = Reference.predictions(Reference.ALL.at("/predictions/ten"));
    float[] probabilities = new float[logits.size() * 10];
    int[] labels = new int[logits.size()];
    for (int i = 0; i < probabilities.length; i++) {
      probabilities[i] = (float) logits.probability(i / 10, i % 10);
      labels[i / 10] = logits.label(i / 10);
    }
    Predictions given = Predictions.ofProbabilities(probabilities, labels, 10);
    for (Figure figure : ClassificationFigures.of(logits, 0, 1).figures()) {
      double value = ClassificationFigures.of(given, 0, 1).figure(figure.key()).orElseThrow().value();
      assertEquals(figure.value(), value, 1e-6, figure.key());
    }
    assertThrows(IllegalStateException.class, () -> TemperatureScaling.fit(given));
  }

  @Test
  void nothingAtAllHasNoFigures() {
    ClassificationFigures figures =
        ClassificationFigures.of(Predictions.ofLogits(new float[0], new int[0], 3), 10, 1);
    figures.figures().forEach(figure -> assertTrue(Double.isNaN(figure.value()), figure.toString()));
    assertEquals("–", figures.figure("accuracy").orElseThrow().toString());
  }
}
