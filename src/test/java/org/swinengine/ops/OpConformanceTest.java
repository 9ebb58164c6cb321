package org.swinengine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.autograd.GradientCheck;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.conformance.BackendsUnderTest;
import org.swinengine.tensor.Scope;

/**
 * Every operation on every backend, values and gradients, against the reference; its memory against the pool.
 * A GPU computes in float32 here: in bf16 its kernels are compared one by one, and whole models.
 */
@Tag("conformance")
@Tag("libraries")
@Tag("numerics")
class OpConformanceTest {
  /**
   * Of the largest element of an array: operands are of the order of 1, sums have at most a few dozen terms.
   */
  private static final double TOLERANCE = 2e-6;

  static Stream<OpCase> cases() {
    return OpCases.all().stream();
  }

  private static List<BackendsUnderTest.Variant> variants() {
    return BackendsUnderTest.groups().stream()
        .filter(group -> group.computeType() == DType.FLOAT32)
        .findFirst()
        .orElseThrow()
        .variants();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void valuesAndGradientsAgree(OpCase op) {
    List<double[]> expected = arrays(op, op.on(BackendsUnderTest.REFERENCE));
    List<double[]> first = null;
    for (BackendsUnderTest.Variant variant : variants()) {
      variant.prepare().run();
      List<double[]> actual = arrays(op, op.on(variant.backend()));
      if (first == null) {
        first = actual;
        assertNear(expected, actual, variant.name());
      }
      for (int i = 0; i < first.size(); i++) {
        assertArrayEquals(first.get(i), actual.get(i), variant.name() + ", the same bits in " + what(i));
      }
    }
  }

  private static void assertNear(List<double[]> expected, List<double[]> actual, String place) {
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
      String what = place + ": " + what(i);
      assertTrue(relative < TOLERANCE, () -> what + " differs by " + relative);
    }
  }

  private static String what(int array) {
    return array == 0 ? "the result" : "gradient " + (array - 1);
  }

  /**
   * The pool lends longer arrays too, and what others have left in it depends on the width of vectors: the
   * second pass may find another distribution than the first. {@link OpMemoryTest} has a pool for each
   * operation.
   */
  @ParameterizedTest
  @MethodSource("cases")
  void aThirdPassTakesNoNewMemory(OpCase op) {
    for (BackendsUnderTest.Variant variant : variants()) {
      Backend backend = variant.backend();
      OpCase.Operands operands = op.on(backend);
      arrays(op, operands);
      arrays(op, operands);
      long before = backend.memory().statistics().allocatedBuffers();
      arrays(op, operands);
      assertEquals(
          before, backend.memory().statistics().allocatedBuffers(),
          "arrays made in the third pass on " + variant.name());
    }
  }

  /** The result, the inputs' gradients, the parameters' gradients. */
  static List<double[]> arrays(OpCase op, OpCase.Operands operands) {
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
