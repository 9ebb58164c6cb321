package org.swinengine.nn;

import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * A module with one input and one output, so that it can stand in a {@link Sequential} and be trained by
 * {@code org.swinengine.fit.Fit}. A net of one's own extends it:
 *
 * <pre>{@code
 * final class Residual extends Layer {
 *   private final Linear linear = add("linear", new Linear(64, 64, true));
 *
 *   public Variable forward(Variable x, ForwardMode mode) {
 *     return AddOp.apply(x, linear.forward(x, mode));
 *   }
 * }
 * }</pre>
 */
public abstract class Layer extends Module {
  /**
   * Computes the output, and has it recorded where a {@link Tape} is open.
   *
   * @param mode whether random decisions (dropout) are made, and which
   */
  public abstract Variable forward(Variable x, ForwardMode mode);

  /**
   * The output for numbers of the host, without random decisions and without a tape. Many threads may call
   * it at once.
   *
   * @param shape of the input; its first axis numbers samples, as a rule
   * @param values the input in row-major order
   * @throws IllegalStateException if the layer has no parameters, whose device computes, or they have no
   *     memory yet
   * @throws org.swinengine.tensor.ShapeException if shape and values do not belong together, or do not fit
   *     the layer
   */
  public final float[] infer(Shape shape, float... values) {
    Parameter first =
        parameters().stream().findFirst().orElseThrow(
            () -> new IllegalStateException(
                "a layer without parameters stands on no device; call forward with a Variable on the device"
                    + " that is to compute"));
    try (Scope scope = Scope.open();
        Tape.Pause pause = Tape.pause()) {
      Variable x = Variable.constant(Tensor.of(first.backend(), shape, values));
      return forward(x, ForwardMode.EVALUATION).value().toFloats();
    }
  }
}
