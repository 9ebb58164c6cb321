package org.swinengine.nn;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.ops.MultiplyRowOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * A learned factor for each channel of a residual branch, {@code gamma [dim]} (Touvron et al. 2021, CaiT).
 */
public final class LayerScale extends Layer {
  private final Parameter gamma;

  /**
   * @param first value that all factors start with, 1e-4 in DeiT III
   */
  public LayerScale(int dim, double first) {
    gamma = parameter("gamma", Shape.of(dim), Initializers.constant((float) first), false);
  }

  /** {@code gamma·x}. */
  @Override
  public Variable forward(Variable x, ForwardMode mode) {
    return MultiplyRowOp.apply(x, gamma);
  }

  /**
   * {@code residual + scale·gamma·branch}.
   *
   * @param rowScale DropPath's factors {@code [batch]}; null: 1
   */
  public Variable forward(Variable branch, Variable residual, @Nullable Tensor rowScale) {
    return Residual.add(MultiplyRowOp.apply(branch, gamma), residual, rowScale);
  }
}
