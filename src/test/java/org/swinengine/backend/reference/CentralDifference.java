package org.swinengine.backend.reference;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleSupplier;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;

/** Compares a gradient with differences of the function that it is the gradient of. */
final class CentralDifference {
  /** Fourth order: the stencil's error is of the order of step⁴, its rounding error of 2⁻⁵³/step. */
  private static final double STEP = 1e-3;

  private static final double TOLERANCE = 1e-7;

  private CentralDifference() {}

  /**
   * @param operand what the loss depends on; changed one element at a time, and restored
   * @param gradient what the backward kernel says
   * @param loss runs the forward kernel and reduces its result to a number
   */
  static void check(String what, TestBuffers buffers, Span operand, double[] gradient, DoubleSupplier loss) {
    double[] values = buffers.read(operand);
    double largest = 0;
    double error = 0;
    int worst = 0;
    for (int i = 0; i < values.length; i++) {
      double outer = moved(buffers, operand, values, i, 2 * STEP, loss);
      double inner = moved(buffers, operand, values, i, STEP, loss);
      double difference = (8 * inner - outer) / (12 * STEP);
      largest = Math.max(largest, Math.abs(difference));
      // Negated, so that NaN counts as an error.
      if (!(Math.abs(difference - gradient[i]) <= error)) {
        error = Math.abs(difference - gradient[i]);
        worst = i;
      }
    }
    buffers.write(operand, values);
    assertTrue(largest > 1e-6, what + ": the loss does not depend on the operand");
    double relative = error / largest;
    assertTrue(relative < TOLERANCE, what + ": relative error " + relative + " at element " + worst);
  }

  /** loss(x + step·eᵢ) − loss(x − step·eᵢ). */
  private static double moved(
      TestBuffers buffers, Span operand, double[] values, int i, double step, DoubleSupplier loss) {
    double[] changed = values.clone();
    changed[i] = values[i] + step;
    buffers.write(operand, changed);
    double forward = loss.getAsDouble();
    changed[i] = values[i] - step;
    buffers.write(operand, changed);
    return forward - loss.getAsDouble();
  }
}
