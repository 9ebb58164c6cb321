package org.swinengine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.LossKernels.BinaryCost;
import org.swinengine.backend.reference.ReferenceBackend;
import org.swinengine.data.SoftTargets;
import org.swinengine.optim.Reference;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/** Losses and their gradients beside PyTorch's, timm's and torchvision's ({@code losses.py}). */
class LossValuesTest {
  private static final JsonNode TABLE = Reference.table(LossValuesTest.class, "losses.json");
  private static final int ROWS = 5;
  private static final int CLASSES = 4;

  private final Backend backend = new ReferenceBackend();
  private final Tensor labels = Tensor.ofInts(backend, Shape.of(ROWS), 2, 0, 3, 3, 1);
  private final Tensor weights = array("weights", Shape.of(CLASSES));
  private final Tensor soft = array("soft", Shape.of(ROWS, CLASSES));
  private final Tensor several = array("several", Shape.of(ROWS, CLASSES));
  private final Tensor teacher = array("teacher", Shape.of(ROWS, CLASSES));

  private Tensor array(String name, Shape shape) {
    return Tensor.of(backend, shape, Reference.numbers(TABLE.get(name)));
  }

  private void assertLoss(String name, Function<Variable, Variable> loss) {
    assertLoss(name, 1e-13, loss);
  }

  /** {@code tolerance} above rounding is for targets that are made in float32. */
  private void assertLoss(String name, double tolerance, Function<Variable, Variable> loss) {
    JsonNode expected = TABLE.get("cases").get(name);
    Variable logits = Variable.leaf(array("logits", Shape.of(ROWS, CLASSES)));
    try (Scope scope = Scope.open();
        Tape tape = Tape.open()) {
      Variable value = loss.apply(logits);
      assertArrayEquals(
          Reference.numbers(expected.get("value")), value.value().toDoubles(), tolerance,
          name + ", the loss");
      tape.backward(SumOp.apply(value));
      assertArrayEquals(
          Reference.numbers(expected.get("gradient")), logits.gradient().toDoubles(), tolerance,
          name + ", its gradient");
    }
  }

  @Test
  void labelsAreTheTables() {
    for (int r = 0; r < ROWS; r++) {
      assertEquals(TABLE.get("labels").get(r).asInt(), labels.toInts()[r]);
    }
  }

  @Test
  void softTargets() {
    assertLoss("soft", x -> SoftCrossEntropyOp.apply(x, soft));
    assertLoss("soft", x -> ScaleOp.apply(SumOp.apply(SoftCrossEntropyOp.rows(x, soft)), 1.0 / ROWS));
  }

  @Test
  void weightsOfClasses() {
    assertLoss("weighted", x -> WeightedCrossEntropyOp.apply(x, labels, weights, 0));
    assertLoss("weighted, smoothed", x -> WeightedCrossEntropyOp.apply(x, labels, weights, 0.1));
    assertLoss("rows", x -> WeightedCrossEntropyOp.rows(x, labels, weights, 0.1, 0));
    // The labels' weights: 1.25 + 0.5 + 3 + 3 + 2.
    assertLoss("weighted", x -> WeightedCrossEntropyOp.apply(x, labels, weights, 0, 9.75));
  }

  @Test
  void focal() {
    assertLoss("focal", x -> WeightedCrossEntropyOp.focal(x, labels, null, 2));
    assertLoss("focal, weighted", x -> WeightedCrossEntropyOp.focal(x, labels, weights, 1.5));
    assertLoss("binary focal", x -> BinaryCrossEntropyOp.focal(x, several, 0.25, 2));
    assertLoss("binary focal, no alpha", x -> BinaryCrossEntropyOp.focal(x, several, -1, 1.5));
  }

  @Test
  void severalLabels() {
    assertLoss("binary", x -> BinaryCrossEntropyOp.apply(x, several, null));
    assertLoss("binary, weighted", x -> BinaryCrossEntropyOp.apply(x, several, weights));
    assertLoss("binary, sum of classes", x -> BinaryCrossEntropyOp.sumOfClasses(x, several, null));
    assertLoss(
        "binary, sum of classes",
        x -> ScaleOp.apply(
            SumOp.apply(BinaryCrossEntropyOp.rows(x, several, null, BinaryCost.PLAIN)), 1.0 / ROWS));
  }

  /** timm's targets of class numbers, and its threshold. */
  @Test
  void answersMadeOfLabels() {
    float[] smoothed = SoftTargets.of(labels.toInts(), ROWS, CLASSES, 0.1);
    assertLoss("binary, smoothed labels", 1e-7, x -> BinaryCrossEntropyOp.apply(x, rows(smoothed), null));
    float[] decided = new float[ROWS * CLASSES];
    double[] shares = soft.toDoubles();
    for (int i = 0; i < decided.length; i++) {
      decided[i] = (float) shares[i];
    }
    SoftTargets.decide(decided, 0.2f);
    assertLoss("binary, threshold", 1e-13, x -> BinaryCrossEntropyOp.apply(x, rows(decided), null));
  }

  private Tensor rows(float[] targets) {
    double[] numbers = new double[targets.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = targets[i];
    }
    return Tensor.of(backend, Shape.of(ROWS, CLASSES), numbers);
  }

  @Test
  void teachers() {
    assertLoss("distilled", x -> DistillationOp.soft(x, teacher, 3));
    assertLoss(
        "distilled, DeiT",
        x -> DistillationOp.combined(
            CrossEntropyOp.apply(x, labels, 0),
            ScaleOp.apply(DistillationOp.soft(x, teacher, 3), 1.0 / CLASSES), 0.75));
    assertLoss(
        "distilled, hard",
        x -> DistillationOp.combined(
            CrossEntropyOp.apply(x, labels, 0), DistillationOp.hard(x, teacher), 0.5));
  }

  /** A class that is impossible costs nothing where nobody expects it. */
  @Test
  void impossibleClasses() {
    Tensor logits = Tensor.of(backend, Shape.of(1, 3), 0, Math.log(3), Double.NEGATIVE_INFINITY);
    Tensor target = Tensor.of(backend, Shape.of(1, 3), 0.5, 0.5, 0);
    double loss = SoftCrossEntropyOp.apply(Variable.constant(logits), target).value().item();
    assertEquals(0.5 * Math.log(4) + 0.5 * Math.log(4 / 3.0), loss, 1e-15);
    Tensor label = Tensor.ofInts(backend, Shape.of(1), 1);
    double focal =
        WeightedCrossEntropyOp.focal(Variable.constant(logits), label, null, 2).value().item();
    assertEquals(0.0625 * Math.log(4 / 3.0), focal, 1e-15);
  }

  /** Far from every threshold nothing overflows. */
  @Test
  void largeLogits() {
    Tensor logits = Tensor.of(backend, Shape.of(1, 2), 800, -800);
    Tensor right = Tensor.of(backend, Shape.of(1, 2), 1, 0);
    Tensor wrong = Tensor.of(backend, Shape.of(1, 2), 0, 1);
    assertEquals(0, BinaryCrossEntropyOp.apply(Variable.constant(logits), right, null).value().item());
    assertEquals(800, BinaryCrossEntropyOp.apply(Variable.constant(logits), wrong, null).value().item());
    assertEquals(
        0, BinaryCrossEntropyOp.focal(Variable.constant(logits), right, -1, 0.5).value().item());
  }

  @Test
  void whatDoesNotFitIsSaid() {
    Variable logits = Variable.constant(array("logits", Shape.of(ROWS, CLASSES)));
    assertSays(
        "softCrossEntropy: the target is Tensor[4] FLOAT64 on reference, but must be FLOAT64 [5, 4]",
        () -> SoftCrossEntropyOp.apply(logits, weights));
    assertSays(
        "weightedCrossEntropy: the classes' weight is Tensor[5, 4] FLOAT64 on reference, but must be FLOAT64"
            + " [4]",
        () -> WeightedCrossEntropyOp.apply(logits, labels, soft, 0));
    assertSays(
        "binaryCrossEntropy: the target is Tensor[5] INT32 on reference, but must be FLOAT64 [5, 4]",
        () -> BinaryCrossEntropyOp.apply(logits, labels, null));
    assertSays(
        "distillation: the student's logits are [5, 4] and the teacher's are Tensor[4] FLOAT64 on reference,"
            + " but those must have their shape",
        () -> DistillationOp.soft(logits, weights, 1));
    assertEquals(
        "weightedCrossEntropy: gamma is -1.0, but must be at least 0",
        assertThrows(
            IllegalArgumentException.class, () -> WeightedCrossEntropyOp.focal(logits, labels, null, -1))
            .getMessage());
    assertEquals(
        "distillation: the temperature is 0.0, but must be above 0",
        assertThrows(IllegalArgumentException.class, () -> DistillationOp.soft(logits, teacher, 0))
            .getMessage());
  }

  private static void assertSays(String sentence, Executable call) {
    assertEquals(sentence, assertThrows(ShapeException.class, call).getMessage());
  }
}
