package org.swinengine.tensor;

/** An operation was given tensors whose shapes do not fit; the message says which, and what was expected. */
public final class ShapeException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public ShapeException(String message) {
    super(message);
  }

  /** Throws unless the condition holds; the message is {@code operation: what}, formatted. */
  public static void check(boolean condition, String operation, String what, Object... arguments) {
    if (!condition) {
      throw new ShapeException(operation + ": " + String.format(what, arguments));
    }
  }
}
