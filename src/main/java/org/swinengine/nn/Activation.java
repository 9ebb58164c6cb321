package org.swinengine.nn;

import org.swinengine.autograd.Variable;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.ops.UnaryOp;

/** A function of each element, PyTorch's {@code nn.GELU()}, {@code nn.ReLU()} and their like. */
public final class Activation extends Layer {
  private final UnaryFunction function;

  public Activation(UnaryFunction function) {
    this.function = function;
  }

  @Override
  public Variable forward(Variable x, ForwardMode mode) {
    return UnaryOp.apply(function, x);
  }
}
