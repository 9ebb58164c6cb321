package org.swinengine.nn;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Initializer;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.DropoutMask;
import org.swinengine.ops.ConcatLinearOp;
import org.swinengine.ops.LinearOp;
import org.swinengine.ops.Normalization;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * {@code y = x·Wᵀ + b} over the last axis: PyTorch's {@code nn.Linear}; {@code weight [out, in]}, {@code bias
 * [out]}.
 */
public final class Linear extends Layer {
  /** The transformers' choice for every linear layer. */
  static final double DEVIATION = 0.02;

  final Parameter weight;
  final @Nullable Parameter bias;

  /**
   * A layer as transformers initialise it: weight from a normal distribution with deviation 0.02, bias zero.
   *
   * @param hasBias whether there is a bias
   */
  public Linear(int inFeatures, int outFeatures, boolean hasBias) {
    this(
        Shape.of(outFeatures, inFeatures),
        Initializers.truncatedNormal(DEVIATION),
        hasBias ? Initializers.zeros() : null,
        true);
  }

  private Linear(
      Shape weightShape, Initializer weightValues, @Nullable Initializer biasValues, boolean decay) {
    weight = parameter("weight", weightShape, weightValues, decay);
    bias = biasValues == null ? null : parameter("bias", Shape.of(weightShape.dim(0)), biasValues, false);
  }

  /**
   * The layer that a convolution with kernel = stride = patch is on gathered patches; its weight keeps the
   * convolution's shape {@code [out, channels, patch, patch]} and its default initialisation.
   */
  public static Linear patchConvolution(int channels, int patch, int outFeatures) {
    Initializer values = Initializers.convolution(channels * patch * patch);
    return new Linear(Shape.of(outFeatures, channels, patch, patch), values, values, true);
  }

  /** The usual layer, but that weight decay does not apply to it: part of a position bias. */
  static Linear withoutDecay(int inFeatures, int outFeatures, boolean hasBias) {
    return new Linear(
        Shape.of(outFeatures, inFeatures),
        Initializers.truncatedNormal(DEVIATION),
        hasBias ? Initializers.zeros() : null,
        false);
  }

  /**
   * The layer that a 1×1 convolution without bias is on tokens; its weight keeps the convolution's shape
   * {@code [out, channels, 1, 1]} and its default initialisation.
   */
  public static Linear pointwiseConvolution(int channels, int outFeatures) {
    return new Linear(Shape.of(outFeatures, channels, 1, 1), Initializers.convolution(channels), null, true);
  }

  @Override
  public Variable forward(Variable x, ForwardMode mode) {
    return forward(x);
  }

  /** {@code [..., in]} to {@code [..., out]}. */
  public Variable forward(Variable x) {
    return LinearOp.apply(x, weight, bias);
  }

  /** The layer on layer-normalised rows, without a trip through memory in between. */
  public Variable forward(@Nullable Normalization norm, Variable x) {
    return norm == null ? forward(x) : LinearOp.applyNormalized(x, norm, weight, bias);
  }

  /** The layer on the channels of two tensors side by side, {@code [..., m]} and {@code [..., in − m]}. */
  public Variable forwardConcatenated(Variable x, Variable skip) {
    return ConcatLinearOp.apply(x, skip, weight, bias);
  }

  /**
   * {@code residual + scale·layer(x)}.
   *
   * @param rowScale DropPath's factors {@code [batch]}; null: 1
   */
  public Variable forward(Variable x, Variable residual, @Nullable Tensor rowScale) {
    return LinearOp.applyResidual(x, weight, bias, residual, rowScale);
  }

  /**
   * {@code residual + scale·dropout(layer(x))}.
   *
   * @param residual null: none
   * @param rowScale DropPath's factors {@code [batch]}; null: 1
   */
  Variable forward(
      Variable x, @Nullable Variable residual, @Nullable Tensor rowScale, DropoutMask mask) {
    return LinearOp.applyDropout(x, weight, bias, residual, rowScale, mask);
  }

  /** The shape of the layer's result. */
  Shape resultOf(Variable x) {
    return x.shape().withLast(weight.shape().dim(0));
  }
}
