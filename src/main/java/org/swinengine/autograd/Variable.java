package org.swinengine.autograd;

import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * A tensor that a {@link Tape} can differentiate: what operations take and give. Without an open tape an
 * operation computes its value and remembers nothing.
 */
public class Variable {
  private final Tensor value;
  private final boolean requiresGradient;
  private @Nullable Tensor gradient;

  Variable(Tensor value, boolean requiresGradient) {
    this.value = value;
    this.requiresGradient = requiresGradient;
  }

  /** A constant: no gradient is computed for it. */
  public static Variable constant(Tensor value) {
    return new Variable(value, false);
  }

  /** A constant from host values in row-major order. */
  public static Variable of(Backend backend, Shape shape, float... values) {
    return constant(Tensor.of(backend, shape, values));
  }

  /** An input whose gradient is wanted; after the backward pass {@link #gradient} has it. */
  public static Variable leaf(Tensor value) {
    return new Variable(value, true);
  }

  /** The numbers. */
  public Tensor value() {
    return value;
  }

  public Shape shape() {
    return value().shape();
  }

  /** Length of an axis; −1 is the last. */
  public int dim(int axis) {
    return value().dim(axis);
  }

  public Backend backend() {
    return value().backend();
  }

  /** Whether gradients flow to this variable. */
  public boolean requiresGradient() {
    return requiresGradient;
  }

  /** The same numbers, cut off from the tape: PyTorch's {@code detach()}. */
  public Variable detach() {
    return constant(value());
  }

  /**
   * The gradient of a leaf after the backward pass, with this variable's shape; null if none arrived.
   * Gradients of several passes add up until {@link #clearGradient}.
   */
  public @Nullable Tensor gradient() {
    return gradient;
  }

  /**
   * Forgets the gradient and gives its memory back: what {@link #gradient} returned must not be used any
   * more.
   */
  public void clearGradient() {
    if (gradient != null) {
      gradient.buffer().release();
      gradient = null;
    }
  }

  /** Takes over a gradient; the caller has retained its buffer for this variable. */
  void setGradient(Tensor tensor) {
    gradient = tensor;
  }

  @Override
  public String toString() {
    return "Variable of " + value();
  }
}
