package org.swinengine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.backend.reference.ReferenceBackend;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** Losses of regions beside PyTorch; {@code regions.py} wrote the table. */
class RegionValuesTest {
  private static final JsonNode TABLE = table();
  private static final Shape SHAPE = Shape.of(2, 4, 5, 6);

  private static JsonNode table() {
    try (InputStream in = RegionValuesTest.class.getResourceAsStream("regions.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static double[] doubles(String name) {
    double[] values = new double[TABLE.get(name).size()];
    Arrays.setAll(values, i -> TABLE.get(name).get(i).asDouble());
    return values;
  }

  private static int[] labels(String name) {
    return Arrays.stream(doubles(name)).mapToInt(v -> (int) v).toArray();
  }

  private static PixelTarget target(Variable logits, boolean ignoring) {
    return PixelTarget.of(
        logits.backend(), labels(ignoring ? "ignoring" : "labels"), 2, 4, 5, 6, ignoring ? 255 : null);
  }

  private static void check(String name, Function<Variable, Variable> loss) {
    try (Backend exact = new ReferenceBackend(); Backend cpu = new CpuBackend(1)) {
      check(name, loss, exact, 1e-7);
      // Float32: sums of sixty products.
      check(name, loss, cpu, 2e-6);
    }
  }

  private static void check(
      String name, Function<Variable, Variable> loss, Backend backend, double tolerance) {
    Variable logits = Variable.leaf(Tensor.of(backend, SHAPE, doubles("logits")));
    try (Tape tape = Tape.open()) {
      Variable value = loss.apply(logits);
      assertEquals(TABLE.get(name).get("loss").asDouble(), value.value().item(), tolerance, name);
      tape.backward(value);
    }
    double[] gradient = logits.gradient().toDoubles();
    for (int i = 0; i < gradient.length; i++) {
      assertEquals(
          TABLE.get(name).get("gradient").get(i).asDouble(), gradient[i], tolerance, name + ", element " + i);
    }
  }

  @Test
  void diceIsThatOfTheOriginal() {
    check("dice", x -> RegionLossOp.dice(x, target(x, false), 1e-5));
    check("dice_ignoring", x -> RegionLossOp.dice(x, target(x, true), 1e-5));
  }

  @Test
  void tverskyIsPyTorchs() {
    check("tversky", x -> RegionLossOp.tversky(x, target(x, false), 0.3, 0.7, 1));
    check("tversky_ignoring", x -> RegionLossOp.tversky(x, target(x, true), 0.3, 0.7, 1));
  }

  @Test
  void boundaryIsPyTorchs() {
    check("boundary", x -> RegionLossOp.boundary(x, Tensor.of(x.backend(), SHAPE, doubles("distances"))));
  }

  @Test
  void theOriginalsSumOfCrossEntropyAndDice() {
    check(
        "original",
        x -> {
          Tensor labels = Tensor.ofInts(x.backend(), Shape.of(2, 5, 6), labels("labels"));
          return AddOp.apply(
              ScaleOp.apply(CrossEntropyOp.apply(x, labels, 0), 0.4),
              ScaleOp.apply(RegionLossOp.dice(x, target(x, false), 1e-5), 0.6));
        });
  }

  @Test
  void labelsThatAreNoClassAreNamed() {
    try (Backend backend = new ReferenceBackend()) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> PixelTarget.of(backend, new int[] {0, 7}, 1, 3, 1, 2, null));
      assertEquals("the label 7 of pixel 1 is no class of 0 to 2", e.getMessage());
    }
  }
}
