package org.swinengine.nn;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.DropoutMask;
import org.swinengine.ops.DropoutOp;
import org.swinengine.tensor.Shape;

/** Dropout of single elements: PyTorch's {@code nn.Dropout}; the first axis numbers samples. */
public final class Dropout extends Layer {
  private final double probability;

  /**
   * @param probability of zeroing an element, in [0, 1)
   */
  public Dropout(double probability) {
    if (probability < 0 || probability >= 1) {
      throw new IllegalArgumentException("dropout rate " + probability + " must be at least 0 and below 1");
    }
    this.probability = probability;
  }

  /** Whether this layer does anything in the mode. */
  public boolean isActive(ForwardMode mode) {
    return mode.training() && probability > 0;
  }

  /**
   * What is dropped of a result that another operation finishes; null where nothing is.
   *
   * @param result its shape, whose first axis numbers samples
   */
  @Nullable
  DropoutMask mask(ForwardMode mode, Shape result) {
    return isActive(mode)
        ? DropoutOp.mask(result, probability, mode.key(path()), mode.firstSample())
        : null;
  }

  @Override
  public Variable forward(Variable x, ForwardMode mode) {
    return isActive(mode) ? DropoutOp.apply(x, probability, mode.key(path()), mode.firstSample()) : x;
  }
}
