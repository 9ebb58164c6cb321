package org.swinengine.nn;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.DropoutMask;
import org.swinengine.ops.AddOp;
import org.swinengine.ops.DropPathOp;
import org.swinengine.tensor.Tensor;

/** The end of a residual branch. */
final class Residual {
  private Residual() {}

  /**
   * {@code residual + scale·dropout(projection(x))}, as one operation where there is a residual or dropout.
   * The residual may be null.
   */
  static Variable project(
      Variable x,
      Linear projection,
      Dropout dropout,
      @Nullable Variable residual,
      @Nullable Tensor rowScale,
      ForwardMode mode) {
    DropoutMask mask = dropout.mask(mode, projection.resultOf(x));
    if (mask != null) {
      return projection.forward(x, residual, rowScale, mask);
    }
    return residual != null
        ? projection.forward(x, residual, rowScale)
        : add(projection.forward(x), null, rowScale);
  }

  /** {@code residual + scale·branch}; either may be null: no residual, scale 1. */
  static Variable add(Variable branch, @Nullable Variable residual, @Nullable Tensor rowScale) {
    Variable scaled = rowScale == null ? branch : DropPathOp.apply(branch, rowScale);
    return residual == null ? scaled : AddOp.apply(residual, scaled);
  }
}
