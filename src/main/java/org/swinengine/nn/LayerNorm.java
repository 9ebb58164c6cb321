package org.swinengine.nn;

import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.ops.LayerNormOp;
import org.swinengine.ops.Normalization;
import org.swinengine.tensor.Shape;

/** Layer normalisation over the last axis: PyTorch's {@code nn.LayerNorm}; {@code weight [dim]}, {@code bias [dim]}. */
public final class LayerNorm extends Module {
  private final Normalization normalization;

  /**
   * @param epsilon added to the variance: 1e-5 in Swin, 1e-6 in timm's ViT
   */
  public LayerNorm(int dim, double epsilon) {
    Parameter gamma = parameter("weight", Shape.of(dim), Initializers.constant(1), false);
    Parameter beta = parameter("bias", Shape.of(dim), Initializers.zeros(), false);
    normalization = new Normalization(gamma, beta, epsilon);
  }

  /** The parameters, for an operation that normalises its own input. */
  public Normalization normalization() {
    return normalization;
  }

  public Variable forward(Variable x) {
    return LayerNormOp.apply(x, normalization);
  }
}
