package org.swinengine.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.backend.reference.ReferenceBackend;
import org.swinengine.ops.DropPathOp;
import org.swinengine.ops.DropoutOp;
import org.swinengine.ops.MlpOp;
import org.swinengine.ops.Normalization;
import org.swinengine.ops.ScaleOp;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** Recomputed blocks give the same bits as kept ones, random ones too, and keep less. */
class ActivationCheckpointTest {
  private static final int BLOCKS = 4;
  private static final Shape TOKENS = Shape.of(6, 5, 8);

  private final List<Parameter> parameters = new ArrayList<>();

  private static Parameter parameter(String path, Shape shape) {
    Parameter parameter =
        new Parameter(
            shape,
            (values, seed, name) -> {
              RandomKey key = new RandomKey(seed, RandomKey.streamOf(name), 0);
              for (int i = 0; i < values.length; i++) {
                values[i] = key.uniform(0, i, new int[4]) - 0.5f;
              }
            },
            true);
    parameter.setPath(path);
    return parameter;
  }

  /** An MLP block with dropout before and DropPath within. */
  private UnaryOperator<Variable> block(int number) {
    String name = "blocks." + number;
    List<Parameter> own =
        List.of(
            parameter(name + ".norm.weight", Shape.of(8)),
            parameter(name + ".norm.bias", Shape.of(8)),
            parameter(name + ".fc1.weight", Shape.of(32, 8)),
            parameter(name + ".fc1.bias", Shape.of(32)),
            parameter(name + ".fc2.weight", Shape.of(8, 32)),
            parameter(name + ".fc2.bias", Shape.of(8)));
    parameters.addAll(own);
    RandomKey drop = new RandomKey(9, RandomKey.streamOf(name + ".drop"), 3);
    RandomKey dropPath = new RandomKey(9, RandomKey.streamOf(name + ".drop_path"), 3);
    return x -> {
      Variable noisy = DropoutOp.apply(x, 0.1, drop, 12);
      Tensor scale = DropPathOp.factors(x.backend(), dropPath, 12, TOKENS.dim(0), 0.5);
      Normalization norm = new Normalization(own.get(0), own.get(1), 1e-5);
      return MlpOp.apply(
          noisy, norm, own.get(2), own.get(3), own.get(4), own.get(5), noisy, scale);
    };
  }

  private record Pass(List<double[]> gradients, long savedBytes, double loss) {}

  private Pass run(Backend backend, List<UnaryOperator<Variable>> blocks, Variable x, boolean checkpoint) {
    Pass pass;
    try (Scope scope = Scope.open();
        Tape tape = Tape.open()) {
      Variable y = ScaleOp.apply(x, 1);
      for (UnaryOperator<Variable> block : blocks) {
        y = checkpoint ? ActivationCheckpoint.run(y, block) : block.apply(y);
      }
      Variable loss = GradientCheck.weightedSum(y, 2);
      long saved = tape.savedBytes();
      tape.backward(loss);
      pass = new Pass(new ArrayList<>(), saved, loss.value().item());
    }
    pass.gradients().add(x.gradient().toDoubles());
    x.clearGradient();
    for (Parameter parameter : parameters) {
      pass.gradients().add(parameter.gradient().toDoubles());
      parameter.clearGradient();
    }
    return pass;
  }

  private void compare(Backend backend) {
    List<UnaryOperator<Variable>> blocks = new ArrayList<>();
    for (int i = 0; i < BLOCKS; i++) {
      blocks.add(block(i));
    }
    new ParameterArena(backend, parameters, 4);
    float[] values = new float[(int) TOKENS.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = new RandomKey(1, 2, 0).uniform(0, i, new int[4]) - 0.5f;
    }
    Variable x = Variable.leaf(Tensor.of(backend, TOKENS, values));
    long before = backend.memory().statistics().liveBytes();
    Pass kept = run(backend, blocks, x, false);
    Pass recomputed = run(backend, blocks, x, true);
    assertEquals(before, backend.memory().statistics().liveBytes());
    assertEquals(kept.loss(), recomputed.loss());
    for (int i = 0; i < kept.gradients().size(); i++) {
      assertArrayEquals(kept.gradients().get(i), recomputed.gradients().get(i), "gradient " + i);
    }
    // A checkpointed block keeps its input; the weighted sum keeps its weights.
    long activation = TOKENS.elements() * backend.computeType().bytes();
    assertEquals((BLOCKS + 1) * activation, recomputed.savedBytes());
    assertTrue(kept.savedBytes() > 2 * recomputed.savedBytes());
  }

  @Test
  void sameBitsOnTheReference() {
    compare(new ReferenceBackend());
  }

  @Test
  void sameBitsOnTheCpu() {
    try (Backend backend = new CpuBackend(2)) {
      compare(backend);
    }
  }

  @Test
  void verifyingLooksIntoTheBlock() {
    Backend backend = new ReferenceBackend();
    UnaryOperator<Variable> block = block(0);
    new ParameterArena(backend, parameters, 4);
    Tensor bias = parameters.get(3).value();
    backend.memory().fill(bias.slice(5, Shape.of(1)), 1, Double.NaN);
    Variable x = Variable.leaf(Tensor.full(backend, TOKENS, 0.25));
    long before = backend.memory().statistics().liveBytes();
    try (Scope scope = Scope.open();
        Tape tape = Tape.openVerifying()) {
      NonFiniteException error =
          assertThrows(NonFiniteException.class, () -> ActivationCheckpoint.run(x, block));
      assertEquals("the result of mlp at blocks.0.fc1.weight [6, 5, 8] holds NaN", error.getMessage());
    }
    assertEquals(before, backend.memory().statistics().liveBytes());
  }

  @Test
  void theBlockMayReturnItsInput() {
    Backend backend = new ReferenceBackend();
    Variable x = Variable.leaf(Tensor.of(backend, Shape.of(2), 1.0, 2.0));
    try (Tape tape = Tape.open()) {
      tape.backward(GradientCheck.weightedSum(ActivationCheckpoint.run(x, y -> y), 2));
    }
    double[] expected = x.gradient().toDoubles();
    x.clearGradient();
    try (Tape tape = Tape.open()) {
      tape.backward(GradientCheck.weightedSum(x, 2));
    }
    assertArrayEquals(expected, x.gradient().toDoubles());
  }
}
