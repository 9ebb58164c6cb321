package org.swinengine.inference.segmentation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.backend.reference.ReferenceBackend;
import org.swinengine.metrics.segmentation.LabelKind;
import org.swinengine.ops.AddOp;
import org.swinengine.ops.PixelTarget;
import org.swinengine.ops.RegionLossOp;
import org.swinengine.ops.ScaleOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** Losses of pixels that may have several classes, beside PyTorch; {@code overlapping.py} wrote the table. */
class OverlappingLossTest {
  private static final JsonNode TABLE = table();
  private static final Shape SHAPE = Shape.of(2, 3, 5, 6);

  private static JsonNode table() {
    try (InputStream in =
        OverlappingLossTest.class.getResourceAsStream("/org/swinengine/ops/overlapping.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static double[] doubles(JsonNode node) {
    double[] values = new double[node.size()];
    Arrays.setAll(values, i -> node.get(i).asDouble());
    return values;
  }

  private static int[] sets(String name) {
    return Arrays.stream(doubles(TABLE.get(name))).mapToInt(v -> (int) v).toArray();
  }

  private static PixelTarget target(Variable x, int[] sets, boolean each) {
    return PixelTarget.ofSets(x.backend(), sets, 2, 3, 5, 6, each);
  }

  private static PixelTruth truth(Variable x, int[] sets) {
    return PixelTruth.of(x.backend(), LabelKind.SETS, sets, 2, 3, 5, 6);
  }

  /** With and without pixels that count nowhere, in float64 and float32. */
  private static void check(String name, BiFunction<Variable, int[], Variable> loss) {
    try (Backend exact = new ReferenceBackend(); Backend cpu = new CpuBackend(1)) {
      check(name, sets("sets"), loss, exact, 1e-7);
      check(name + "_ignoring", sets("ignoring"), loss, exact, 1e-7);
      // Float32: sums of sixty products.
      check(name, sets("sets"), loss, cpu, 2e-6);
      check(name + "_ignoring", sets("ignoring"), loss, cpu, 2e-6);
    }
  }

  private static void check(
      String name, int[] sets, BiFunction<Variable, int[], Variable> loss, Backend backend,
      double tolerance) {
    JsonNode expected = TABLE.get(name);
    Variable logits = Variable.leaf(Tensor.of(backend, SHAPE, doubles(TABLE.get("logits"))));
    try (Tape tape = Tape.open()) {
      Variable value = loss.apply(logits, sets);
      assertEquals(expected.get("loss").asDouble(), value.value().item(), tolerance, name);
      tape.backward(value);
    }
    double[] gradient = logits.gradient().toDoubles();
    for (int i = 0; i < gradient.length; i++) {
      assertEquals(
          expected.get("gradient").get(i).asDouble(), gradient[i], tolerance, name + ", element " + i);
    }
  }

  @Test
  void regionsAreComparedBySigmoids() {
    check("dice", (x, sets) -> RegionLossOp.dice(x, target(x, sets, false), 1e-5));
    check("dice_picture", (x, sets) -> RegionLossOp.dice(x, target(x, sets, true), 1e-5));
    check("tversky", (x, sets) -> RegionLossOp.tversky(x, target(x, sets, false), 0.3, 0.7, 1));
  }

  @Test
  void crossEntropyIsThatOfEachAnswer() {
    double[] positive = doubles(TABLE.get("positive"));
    check("bce", (x, sets) -> truth(x, sets).crossEntropy(x, null, 0, 0));
    check("bce_positive", (x, sets) -> truth(x, sets).crossEntropy(x, positive, 0, 0));
    check("bce_smooth", (x, sets) -> truth(x, sets).crossEntropy(x, null, 0.1, 0));
    check("focal", (x, sets) -> truth(x, sets).crossEntropy(x, null, 0, 2));
  }

  @Test
  void bothTogether() {
    check(
        "bce_dice",
        (x, sets) -> AddOp.apply(
            ScaleOp.apply(truth(x, sets).crossEntropy(x, null, 0, 0), 0.4),
            ScaleOp.apply(RegionLossOp.dice(x, target(x, sets, false), 1e-5), 0.6)));
  }

  @Test
  void nothingThatCountsIsNoLoss() {
    try (Backend cpu = new CpuBackend(1)) {
      int[] sets = new int[60];
      Arrays.fill(sets, -1);
      Variable x = Variable.constant(Tensor.of(cpu, SHAPE, doubles(TABLE.get("logits"))));
      assertEquals(0, truth(x, sets).crossEntropy(x, null, 0, 0).value().item());
      assertEquals(0, truth(x, sets).count());
    }
  }

  @Test
  void setsOfOtherClassesAreNamed() {
    try (Backend cpu = new CpuBackend(1)) {
      String sentence =
          assertThrows(
              IllegalArgumentException.class,
              () -> PixelTarget.ofSets(cpu, new int[] {0, 8}, 1, 3, 1, 2, false)).getMessage();
      assertTrue(sentence.startsWith("the set 1000 of pixel 1 has more than the 3 classes"), sentence);
    }
  }
}
