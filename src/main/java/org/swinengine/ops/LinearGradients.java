package org.swinengine.ops;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.GradientFlow;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.Prologue;
import org.swinengine.tensor.Tensor;

/** The gradients of a linear layer, which {@link LinearOp} and {@link MlpOp} share. */
final class LinearGradients {
  private LinearGradients() {}

  /**
   * Gradients of weight and bias.
   *
   * @param x left operand before the prologue; null where the weight wants no gradient
   * @param dy gradient of the product
   */
  static void parameters(
      GradientFlow flow, @Nullable Tensor x, Prologue prologue, Tensor dy, Parameter weight,
      @Nullable Variable biasOrNull) {
    Backend backend = dy.backend();
    int rows = dy.shape().rows();
    int out = dy.dim(-1);
    Variable bias = biasOrNull != null && biasOrNull.requiresGradient() ? biasOrNull : null;
    // A bias that has its gradient from elsewhere already (padded windows read the qkv bias too) goes alone.
    Variable together =
        bias != null && weight.requiresGradient() && weight.hasGradient() == Operands.hasGradient(bias)
            ? bias
            : null;
    if (weight.requiresGradient()) {
      Tensor read = Objects.requireNonNull(x);
      GradientFlow.Target dWeight = flow.target(weight);
      backend
          .matrix()
          .linearBackwardWeight(
              rows,
              read,
              prologue,
              dy,
              out,
              read.dim(-1),
              dWeight.tensor(),
              together == null ? null : flow.target(together).tensor(),
              dWeight.accumulate());
    }
    if (bias != null && together == null) {
      GradientFlow.Target dBias = flow.target(bias);
      backend.reduce().sumRows(rows, out, dy, dBias.tensor(), dBias.accumulate());
    }
  }

  /** Gradient of the left operand of a layer without prologue. */
  static void input(GradientFlow flow, Variable x, Tensor dy, Parameter weight) {
    if (x.requiresGradient()) {
      GradientFlow.Target dx = flow.target(x);
      Epilogue epilogue = dx.accumulate() ? Epilogue.ACCUMULATE : Epilogue.NONE;
      int rows = dy.shape().rows();
      dy.backend().matrix().linearBackwardInput(rows, dy, weight.prepared(), epilogue, dx.tensor());
      weight.used();
    }
  }

  /** Gradient of the normalised rows that a layer read. */
  static Tensor normalizedInput(Variable x, Tensor dy, Parameter weight) {
    Tensor gradient = Tensor.emptyLike(dy, x.shape());
    int rows = dy.shape().rows();
    dy.backend().matrix().linearBackwardInput(rows, dy, weight.prepared(), Epilogue.NONE, gradient);
    weight.used();
    return gradient;
  }

  /** The gradient before a DropPath scale: {@code dy} itself without one, else a scaled copy. */
  static Tensor scaled(Tensor dy, @Nullable Tensor rowScaleOrNull) {
    if (rowScaleOrNull == null) {
      return dy;
    }
    Tensor scaled = Tensor.emptyLike(dy);
    int samples = Math.toIntExact(rowScaleOrNull.elements());
    dy.backend().pointwise().scaleRows(samples, dy.elements() / samples, dy, rowScaleOrNull, scaled);
    return scaled;
  }
}
