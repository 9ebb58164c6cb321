package org.swinengine.ops;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.GradientFlow;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DropoutMask;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.RowFactors;
import org.swinengine.tensor.Tensor;

/** The gradients of a linear layer, which {@link LinearOp} and {@link MlpOp} share. */
final class LinearGradients {
  private LinearGradients() {}

  /**
   * What arrives at a layer's result before dropout and the residual: dy times the factors of samples, and of
   * elements.
   *
   * @param factorsOrNull those that dy has not been multiplied by yet, which the products do
   */
  record Arrived(Tensor dy, @Nullable RowFactors factorsOrNull) {
    /**
     * Behind dropout too. Its mask is drawn again in one pass that also takes the factors: the products,
     * which read dy several times over, would draw it for each of their tiles.
     */
    static Arrived of(Tensor dy, @Nullable Tensor rowScaleOrNull, @Nullable DropoutMask maskOrNull) {
      if (maskOrNull == null) {
        return of(dy, rowScaleOrNull);
      }
      int samples = dy.shape().rows() / maskOrNull.rowsPerSample();
      Tensor dropped = Tensor.emptyLike(dy);
      dy.backend().random().dropout(
          maskOrNull.key(), maskOrNull.firstSample(), samples, dy.elements() / samples,
          maskOrNull.keepProbability(), rowScaleOrNull, dy, dropped);
      return new Arrived(dropped, null);
    }

    /** As it is best for the backend: a scaled copy, or the factors beside dy. */
    static Arrived of(Tensor dy, @Nullable Tensor rowScaleOrNull) {
      if (rowScaleOrNull == null) {
        return new Arrived(dy, null);
      }
      if (dy.backend().joinsPasses(dy.dtype())) {
        int rows = dy.shape().rows();
        return new Arrived(dy,
            new RowFactors(rowScaleOrNull, Math.toIntExact(rows / rowScaleOrNull.elements())));
      }
      return new Arrived(scaled(dy, rowScaleOrNull), null);
    }

    private static Tensor scaled(Tensor dy, Tensor rowScale) {
      Tensor scaled = Tensor.emptyLike(dy);
      int samples = Math.toIntExact(rowScale.elements());
      dy.backend().pointwise().scaleRows(samples, dy.elements() / samples, dy, rowScale, scaled);
      return scaled;
    }
  }

  /**
   * Gradients of weight and bias.
   *
   * @param x left operand before the prologue; null where the weight wants no gradient
   * @param dy gradient of the product
   */
  static void parameters(
      GradientFlow flow, @Nullable Tensor x, Prologue prologue, Tensor dy, Parameter weight,
      @Nullable Variable biasOrNull) {
    parameters(flow, x, prologue, new Arrived(dy, null), weight, biasOrNull);
  }

  /** The same behind DropPath. */
  static void parameters(
      GradientFlow flow, @Nullable Tensor x, Prologue prologue, Arrived arrived, Parameter weight,
      @Nullable Variable biasOrNull) {
    Tensor dy = arrived.dy;
    parameters(
        flow, arrived, weight, biasOrNull,
        (dWeight, dBias, accumulate) -> {
          Tensor read = Objects.requireNonNull(x);
          dy.backend()
              .matrix()
              .linearBackwardWeight(
                  dy.shape().rows(), read, prologue, dy, arrived.factorsOrNull, dy.dim(-1), read.dim(-1),
                  dWeight, dBias, accumulate);
        });
  }

  /** The last arguments of {@link org.swinengine.backend.MatrixKernels#linearBackwardWeight}. */
  @FunctionalInterface
  interface WeightKernel {
    void run(Tensor dWeight, @Nullable Tensor dBias, boolean accumulate);
  }

  /** The same with a kernel that knows what the layer reads. */
  static void parameters(
      GradientFlow flow, Arrived arrived, Parameter weight, @Nullable Variable biasOrNull,
      WeightKernel kernel) {
    Tensor dy = arrived.dy;
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
      GradientFlow.Target dWeight = flow.target(weight);
      kernel.run(
          dWeight.tensor(), together == null ? null : flow.target(together).tensor(), dWeight.accumulate());
    }
    if (bias != null && together == null) {
      GradientFlow.Target dBias = flow.target(bias);
      RowFactors factors = arrived.factorsOrNull;
      Tensor summed = factors == null ? dy : Arrived.scaled(dy, (Tensor) factors.factors());
      backend.reduce().sumRows(rows, out, summed, dBias.tensor(), dBias.accumulate());
    }
  }

  /** Gradient of the left operand of a layer without prologue. */
  static void input(GradientFlow flow, Variable x, Tensor dy, Parameter weight) {
    input(flow, x, new Arrived(dy, null), weight);
  }

  /** The same behind DropPath. */
  static void input(GradientFlow flow, Variable x, Arrived arrived, Parameter weight) {
    if (x.requiresGradient()) {
      GradientFlow.Target dx = flow.target(x);
      Tensor dy = arrived.dy;
      RowFactors factors = arrived.factorsOrNull;
      Epilogue epilogue =
          factors != null
              ? Epilogue.scaled(factors, dx.accumulate() ? dx.tensor() : null)
              : dx.accumulate() ? Epilogue.ACCUMULATE : Epilogue.NONE;
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
}
