package org.swinengine.autograd;

import org.swinengine.tensor.Tensor;

/**
 * A number in a forward or backward pass is infinite or not a number; the message says where it first
 * appeared.
 */
public final class NonFiniteException extends ArithmeticException {
  private static final long serialVersionUID = 1L;

  public NonFiniteException(String message) {
    super(message);
  }

  static void check(Tensor tensor, String what, String operation, String where) {
    for (double value : tensor.toDoubles()) {
      if (!Double.isFinite(value)) {
        throw new NonFiniteException(
            what + " of " + operation + (where.isEmpty() ? "" : " at " + where) + " " + tensor.shape()
                + " holds "
                + value);
      }
    }
  }
}
