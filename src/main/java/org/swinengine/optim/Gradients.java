package org.swinengine.optim;

import java.util.function.Supplier;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;

/**
 * Gradients of a loss: a forward pass and its backward pass.
 *
 * <pre>{@code
 * Gradients.add(() -> CrossEntropyOp.apply(model.forward(images, mode), labels, 0));
 * optimizer.step(1e-3);
 * }</pre>
 */
public final class Gradients {
  private Gradients() {}

  /**
   * Adds a loss's gradients to those that its parameters have. What else the passes made is given back.
   *
   * @param loss computes the loss, one number; null: there is nothing to learn from, and no gradient is
   *     computed
   * @return bytes that the tape kept for the backward pass; 0 without one
   */
  public static long add(Supplier<Variable> loss) {
    return add(loss, Tape::open);
  }

  /**
   * The same, looking at every value.
   *
   * @throws org.swinengine.autograd.NonFiniteException naming where the first number appeared that is not
   *     finite
   */
  public static long addVerifying(Supplier<Variable> loss) {
    return add(loss, Tape::openVerifying);
  }

  private static long add(Supplier<Variable> loss, Supplier<Tape> opening) {
    try (Scope scope = Scope.open();
        Tape tape = opening.get()) {
      Variable value = loss.get();
      if (value == null) {
        return 0;
      }
      long kept = tape.savedBytes();
      tape.backward(value);
      return kept;
    }
  }
}
