package org.swinengine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.autograd.GradientCheck;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.backend.reference.ReferenceBackend;
import org.swinengine.tensor.Scope;

/**
 * Every operation on the CPU, values and gradients, against the reference; and its memory against the pool.
 */
class OpConformanceTest {
  /**
   * Of the largest element of an array: operands are of the order of 1, sums have at most a few dozen terms.
   */
  private static final double TOLERANCE = 2e-6;

  private static final Backend REFERENCE = new ReferenceBackend();
  private static final Backend CPU = new CpuBackend(2);

  @AfterAll
  static void close() {
    CPU.close();
  }

  static Stream<OpCase> cases() {
    return OpCases.all().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void valuesAndGradientsAgree(OpCase op) {
    List<double[]> expected = arrays(op, op.on(REFERENCE));
    List<double[]> actual = arrays(op, op.on(CPU));
    double largestOfAll =
        expected.stream().mapToDouble(OpConformanceTest::largest).max().orElseThrow();
    for (int i = 0; i < expected.size(); i++) {
      double error = 0;
      for (int j = 0; j < expected.get(i).length; j++) {
        double difference = Math.abs(expected.get(i)[j] - actual.get(i)[j]);
        // Negated, so that NaN counts as an error.
        error = !(difference <= error) ? difference : error;
      }
      double relative = error / Math.max(largest(expected.get(i)), 1e-3 * largestOfAll);
      String what = i == 0 ? "result" : "gradient " + (i - 1);
      assertTrue(relative < TOLERANCE, () -> what + " differs by " + relative);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aSecondPassTakesNoNewMemory(OpCase op) {
    OpCase.Operands operands = op.on(CPU);
    arrays(op, operands);
    long before = CPU.memory().statistics().allocatedBuffers();
    arrays(op, operands);
    assertEquals(before, CPU.memory().statistics().allocatedBuffers(), "arrays made in the second pass");
  }

  /** The result, the inputs' gradients, the parameters' gradients. */
  private static List<double[]> arrays(OpCase op, OpCase.Operands operands) {
    List<Variable> leaves = operands.inputs().stream().map(Variable::leaf).toList();
    List<double[]> arrays = new ArrayList<>();
    try (Scope scope = Scope.open();
        Tape tape = Tape.open()) {
      Variable result = op.function().apply(leaves, operands.parameters());
      arrays.add(result.value().toDoubles());
      tape.backward(GradientCheck.weightedSum(result, 5));
    }
    for (Variable leaf : leaves) {
      arrays.add(leaf.gradient().toDoubles());
      leaf.clearGradient();
    }
    for (Parameter parameter : operands.parameters()) {
      arrays.add(parameter.gradient().toDoubles());
      parameter.clearGradient();
    }
    return arrays;
  }

  private static double largest(double[] array) {
    double largest = 0;
    for (double value : array) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
