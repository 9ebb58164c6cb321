package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.swinengine.metrics.ClassificationFigures;
import org.swinengine.metrics.Predictions;

final class EvalFiguresTest {
  /** Four right of five, in three groups. */
  private static final ClassificationFigures FIGURES =
      ClassificationFigures.of(
          Predictions.ofLogits(new float[] {2, 0, 1, 0, 0, 1, 0, 3, 1, 0}, new int[] {0, 0, 1, 1, 1}, 2)
              .inGroups(new int[] {1, 1, 2, 2, 3}),
          100, 1);

  @Test
  void figuresStandInColumnsWithTheirIntervals() {
    StringWriter out = new StringWriter();
    EvalFigures.show(FIGURES, List.of("a", "b"), new PrintWriter(out, true));
    List<String> lines = out.toString().lines().toList();
    assertEquals("figure                value   95 % interval", lines.get(1));
    assertTrue(lines.get(2).startsWith("accuracy             0.8000   0."), lines.get(2));
    assertTrue(lines.get(3).startsWith("AUC                  0."), lines.get(3));
    assertEquals("intervals are drawn from 3 groups of images", lines.get(lines.size() - 1));
  }

  @Test
  void allFiguresAreInTheObjectAndNothingThatIsNoNumber() {
    ObjectNode node = Json.object().put("macro_f1", 100.0);
    EvalFigures.put(FIGURES, node);
    assertEquals(0.8, node.get("accuracy").asDouble());
    assertEquals(100, node.get("macro_f1").asDouble(), "what was there stays");
    assertEquals(3, node.get("bootstrap_groups").asInt());
    assertEquals(2, node.get("intervals").get("kappa").size());
    ClassificationFigures nothing =
        ClassificationFigures.of(Predictions.ofLogits(new float[0], new int[0], 3), 10, 1);
    ObjectNode empty = Json.object();
    EvalFigures.put(nothing, empty);
    assertTrue(empty.get("accuracy").isNull() && empty.get("auc").isNull(), empty.toString());
    assertTrue(!empty.toString().contains("NaN"), empty.toString());
  }
}
