package org.swinengine.metrics.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LogisticRegressionTest {
  private static double[] numbers(JsonNode node) {
    return StreamSupport.stream(node.spliterator(), false).mapToDouble(JsonNode::asDouble).toArray();
  }

  private static int[] whole(JsonNode node) {
    return StreamSupport.stream(node.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    IntStream.range(0, values.length).forEach(i -> floats[i] = (float) values[i]);
    return floats;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void probabilitiesAreThoseOfScikitLearn(int which) throws IOException {
    JsonNode expected;
    try (InputStream in = LogisticRegressionTest.class.getResourceAsStream("regression.json")) {
      expected = new ObjectMapper().readTree(in).get(which);
    }
    int classes = expected.get("classes").asInt();
    int width = expected.get("width").asInt();
    float[] features = floats(numbers(expected.get("features")));
    int[] labels = whole(expected.get("labels"));
    LogisticRegression regression =
        LogisticRegression.fit(
            features, width, whole(expected.get("learnt")), labels, classes,
            expected.get("penalty").asDouble(), 1e-9);
    double[] said = new double[classes];
    double[] all = numbers(expected.get("probabilities"));
    for (int i = 0; i < labels.length; i++) {
      regression.probabilities(features, i, said);
      for (int c = 0; c < classes; c++) {
        assertEquals(all[i * classes + c], said[c], 1e-6, "class " + c + " of sample " + i);
      }
    }
  }

  @Test
  void oneClassAloneIsCertain() {
    float[] features = {1, 2, 3};
    LogisticRegression regression =
        LogisticRegression.fit(features, 1, new int[] {0, 1, 2}, new int[] {1, 1, 1}, 3, 0.01, 1e-6);
    double[] said = new double[3];
    regression.probabilities(features, 0, said);
    assertEquals(0, said[0]);
    assertEquals(1, said[1]);
  }

  @Test
  void nothingToLearnFromIsRefused() {
    IllegalArgumentException wrong =
        assertThrows(
            IllegalArgumentException.class,
            () -> LogisticRegression.fit(new float[1], 1, new int[0], new int[] {0}, 2, 0.01, 1e-6));
    assertTrue(wrong.getMessage().startsWith("there are 0 samples of 1 features"), wrong.getMessage());
  }
}
