package org.swinengine.nn;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.ops.LayerNormOp;
import org.swinengine.ops.Normalization;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Layer normalisation over the last axis: PyTorch's {@code nn.LayerNorm}; {@code weight [dim]}, {@code bias
 * [dim]}.
 */
public final class LayerNorm extends Layer {
  private final Normalization normalization;

  /**
   * @param epsilon added to the variance: 1e-5 in Swin, 1e-6 in timm's ViT
   */
  public LayerNorm(int dim, double epsilon) {
    this(dim, epsilon, 1);
  }

  private LayerNorm(int dim, double epsilon, float firstWeight) {
    Parameter gamma = parameter("weight", Shape.of(dim), Initializers.constant(firstWeight), false);
    Parameter beta = parameter("bias", Shape.of(dim), Initializers.zeros(), false);
    normalization = new Normalization(gamma, beta, epsilon);
  }

  /**
   * The norm at the end of a residual branch, whose weight starts at zero: each block starts as the identity.
   */
  public static LayerNorm ofBranch(int dim, double epsilon) {
    return new LayerNorm(dim, epsilon, 0);
  }

  /** The parameters, for an operation that normalises its own input. */
  public Normalization normalization() {
    return normalization;
  }

  @Override
  public Variable forward(Variable x, ForwardMode mode) {
    return forward(x);
  }

  public Variable forward(Variable x) {
    return LayerNormOp.apply(x, normalization);
  }

  /**
   * {@code residual + scale·norm(x)}: the end of a branch that is normalised after it (Swin Transformer V2).
   *
   * @param rowScale DropPath's factors {@code [batch]}; null: 1
   */
  public Variable forward(Variable x, Variable residual, @Nullable Tensor rowScale) {
    return Residual.add(forward(x), residual, rowScale);
  }
}
