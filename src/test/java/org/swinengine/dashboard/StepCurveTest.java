package org.swinengine.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

final class StepCurveTest {
  private static JsonNode of(int steps) {
    StepCurve curve = new StepCurve();
    for (int step = 1; step <= steps; step++) {
      curve.add(step, step, 0.5, Double.NaN);
    }
    ObjectNode node = new ObjectMapper().createObjectNode();
    curve.writeTo(node);
    return node;
  }

  @Test
  void fewStepsAreAllThere() {
    JsonNode curve = of(StepCurve.POINTS);
    assertEquals(StepCurve.POINTS, curve.get("loss").size());
    assertEquals(1, curve.get("each").asInt());
    assertEquals(17, curve.at("/loss/16").asDouble());
    assertEquals(17, curve.at("/epochs/16").asDouble());
    assertTrue(curve.at("/speed/16").isNull(), "not a number");
  }

  /** A loss that grows by 1 with each step: a point's is the mean of its steps', which end at the point. */
  @Test
  void manyStepsAreMeansOfEquallyMany() {
    for (int steps : new int[] {1025, 1026, 2048, 2049, 5000, 100_000}) {
      JsonNode curve = of(steps);
      int each = curve.get("each").asInt();
      int size = curve.get("loss").size();
      assertEquals(steps / each, size, steps + " steps");
      assertTrue(size > StepCurve.POINTS / 2 - 1 && size <= StepCurve.POINTS, steps + " steps: " + size);
      for (int point = 0; point < size; point++) {
        double end = (point + 1.0) * each;
        assertEquals(end, curve.get("epochs").get(point).asDouble());
        assertEquals(end - (each - 1) / 2.0, curve.get("loss").get(point).asDouble(), 1e-6 * end);
        assertEquals(0.5, curve.get("lr").get(point).asDouble(), 1e-7);
      }
    }
  }
}
