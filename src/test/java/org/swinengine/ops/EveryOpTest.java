package org.swinengine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.autograd.ActivationCheckpoint;
import org.swinengine.autograd.GradientCheck;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.reference.ReferenceBackend;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Tensor;

/**
 * What holds of every operation. New buffers of the reference backend are full of NaN, so unwritten results
 * show.
 */
class EveryOpTest {
  private final Backend backend = new ReferenceBackend();

  static Stream<OpCase> cases() {
    return OpCases.all().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsAgreeWithDifferences(OpCase op) {
    OpCase.Operands operands = op.on(backend);
    GradientCheck.Report report =
        GradientCheck.of(inputs -> op.function().apply(inputs, operands.parameters()))
            .inputs(operands.inputs().toArray(new Tensor[0]))
            .parameters(operands.parameters())
            .atMost(150, 1)
            .run();
    assertTrue(report.largestGradient() > 1e-3, () -> "the result depends on nothing: " + report);
    assertTrue(report.maximumRelativeError() < 1e-6, report::toString);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void memoryGoesBack(OpCase op) {
    OpCase.Operands operands = op.on(backend);
    long before = live();
    gradients(op, operands, false);
    assertEquals(before, live(), "bytes in use after forward and backward");
    try (Scope scope = Scope.open();
        Tape tape = Tape.open()) {
      scalar(op, leaves(operands), operands.parameters());
    }
    assertEquals(before, live(), "bytes in use after a tape was closed without a backward pass");
    try (Scope scope = Scope.open()) {
      Variable result = op.function().apply(leaves(operands), operands.parameters());
      assertFalse(result.requiresGradient(), "without a tape there is nothing to differentiate");
    }
    assertEquals(before, live(), "bytes in use after a pass without a tape");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void withoutTapeTheValueIsTheSame(OpCase op) {
    OpCase.Operands operands = op.on(backend);
    double[] plain = op.function().apply(leaves(operands), operands.parameters()).value().toDoubles();
    try (Tape tape = Tape.open()) {
      Variable recorded = op.function().apply(leaves(operands), operands.parameters());
      assertTrue(recorded.requiresGradient());
      assertArrayEquals(plain, recorded.value().toDoubles());
      try (Tape.Pause pause = Tape.pause()) {
        Variable paused = op.function().apply(leaves(operands), operands.parameters());
        assertFalse(paused.requiresGradient());
        assertArrayEquals(plain, paused.value().toDoubles());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsOfTwoPassesAddUp(OpCase op) {
    OpCase.Operands operands = op.on(backend);
    List<double[]> once = gradients(op, operands, false);
    List<Variable> leaves = leaves(operands);
    for (int pass = 0; pass < 2; pass++) {
      backward(op, leaves, operands.parameters(), false);
    }
    List<double[]> twice = take(leaves, operands.parameters());
    for (int i = 0; i < once.size(); i++) {
      double[] expected = once.get(i).clone();
      double largest = 0;
      for (int j = 0; j < expected.length; j++) {
        expected[j] *= 2;
        largest = Math.max(largest, Math.abs(expected[j]));
      }
      assertArrayEquals(expected, twice.get(i), 1e-14 * largest, "gradient " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void checkpointGivesTheSameBits(OpCase op) {
    OpCase.Operands operands = op.on(backend);
    List<double[]> kept = gradients(op, operands, false);
    long before = live();
    List<double[]> recomputed = gradients(op, operands, true);
    assertEquals(before, live(), "bytes in use after a checkpointed pass");
    for (int i = 0; i < kept.size(); i++) {
      assertArrayEquals(kept.get(i), recomputed.get(i), "gradient " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void constantsGetNoGradient(OpCase op) {
    OpCase.Operands operands = op.on(backend);
    List<double[]> expected = gradients(op, operands, false);
    for (int chosen = 0; chosen < operands.inputs().size(); chosen++) {
      List<Variable> inputs = new ArrayList<>(operands.inputs().stream().map(Variable::constant).toList());
      inputs.set(chosen, Variable.leaf(operands.inputs().get(chosen)));
      backward(op, inputs, operands.parameters(), false);
      List<double[]> gradients = take(inputs, operands.parameters());
      for (int i = 0; i < inputs.size(); i++) {
        double[] wanted = i == chosen ? expected.get(i) : new double[expected.get(i).length];
        String what = "gradient of input " + i + " when only " + chosen + " wants one";
        assertArrayEquals(wanted, gradients.get(i), what);
      }
    }
  }

  private List<double[]> gradients(OpCase op, OpCase.Operands operands, boolean checkpoint) {
    List<Variable> leaves = leaves(operands);
    backward(op, leaves, operands.parameters(), checkpoint);
    return take(leaves, operands.parameters());
  }

  private void backward(OpCase op, List<Variable> leaves, List<Parameter> parameters, boolean checkpoint) {
    try (Scope scope = Scope.open();
        Tape tape = Tape.open()) {
      Variable loss =
          checkpoint
              ? ActivationCheckpoint.run(
                  leaves.get(0),
                  first -> {
                    List<Variable> inputs = new ArrayList<>(leaves);
                    inputs.set(0, first);
                    return scalar(op, inputs, parameters);
                  })
              : scalar(op, leaves, parameters);
      tape.backward(loss);
      assertEquals(0, tape.savedBytes());
    }
  }

  private static Variable scalar(OpCase op, List<Variable> inputs, List<Parameter> parameters) {
    return GradientCheck.weightedSum(op.function().apply(inputs, parameters), 5);
  }

  /** The gradients on the host; those of the variables are forgotten. */
  private static List<double[]> take(List<Variable> leaves, List<Parameter> parameters) {
    List<double[]> gradients = new ArrayList<>();
    for (Variable leaf : leaves) {
      int n = (int) leaf.shape().elements();
      gradients.add(leaf.gradient() == null ? new double[n] : leaf.gradient().toDoubles());
      leaf.clearGradient();
    }
    for (Parameter parameter : parameters) {
      assertTrue(parameter.hasGradient(), () -> parameter + " has no gradient");
      gradients.add(parameter.gradient().toDoubles());
      parameter.clearGradient();
    }
    return gradients;
  }

  private static List<Variable> leaves(OpCase.Operands operands) {
    return operands.inputs().stream().map(Variable::leaf).toList();
  }

  private long live() {
    return backend.memory().statistics().liveBytes();
  }
}
