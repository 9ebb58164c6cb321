package org.swinengine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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

  /** Of each picture by itself: the mean of what batches of one picture have, with a gradient that agrees. */
  @Test
  void regionsOfEachPictureAreThoseOfBatchesOfOne() {
    int half = doubles("logits").length / 2;
    int pixels = 30;
    for (boolean ignoring : new boolean[] {false, true}) {
      int[] labels = labels(ignoring ? "ignoring" : "labels");
      Integer ignored = ignoring ? 255 : null;
      try (Backend exact = new ReferenceBackend()) {
        Variable both = Variable.leaf(Tensor.of(exact, SHAPE, doubles("logits")));
        double loss =
            backward(both, PixelTarget.ofEachPicture(exact, labels, 2, 4, 5, 6, ignored));
        double sum = 0;
        for (int i = 0; i < 2; i++) {
          double[] logits = Arrays.copyOfRange(doubles("logits"), i * half, (i + 1) * half);
          int[] own = Arrays.copyOfRange(labels, i * pixels, (i + 1) * pixels);
          Variable one = Variable.leaf(Tensor.of(exact, Shape.of(1, 4, 5, 6), logits));
          sum += backward(one, PixelTarget.of(exact, own, 1, 4, 5, 6, ignored));
          double[] expected = Arrays.stream(one.gradient().toDoubles()).map(g -> g / 2).toArray();
          double[] found =
              Arrays.copyOfRange(both.gradient().toDoubles(), i * half, (i + 1) * half);
          assertArrayEquals(expected, found, 1e-7);
        }
        assertEquals(sum / 2, loss, 1e-7);
      }
    }
  }

  private static double backward(Variable logits, PixelTarget target) {
    try (Tape tape = Tape.open()) {
      Variable loss =
          AddOp.apply(
              RegionLossOp.dice(logits, target, 1e-5), RegionLossOp.tversky(logits, target, 0.3, 0.7, 1));
      tape.backward(loss);
      return loss.value().item();
    }
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
