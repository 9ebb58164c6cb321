package org.swinengine.ops;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.GradientFlow;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.NormKernels;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.Span;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * A LayerNorm over the last axis (Ba et al. 2016), to be applied by the operation that reads its result.
 *
 * @param gamma weight {@code [columns]}
 * @param beta bias {@code [columns]}
 * @param epsilon added to the biased variance: 1e-5 in Swin, 1e-6 in ViT
 */
public record Normalization(Parameter gamma, Parameter beta, double epsilon) {
  /** Throws unless both parameters fit rows of this many columns. */
  void check(String operation, int columns) {
    Operands.checkShape(operation, "the norm's weight", gamma, Shape.of(columns));
    Operands.checkShape(operation, "the norm's bias", beta, Shape.of(columns));
  }

  /** What a recorded operation does to the rows that it reads. */
  private Prologue prologue(@Nullable Span mean, @Nullable Span inverseDeviation) {
    return Prologue.layerNorm(gamma.value(), beta.value(), epsilon, mean, inverseDeviation);
  }

  /**
   * What an operation that is not recorded does to the rows of {@code x}. Under a tape, be it behind a pause,
   * it is what a recorded one does, so that a part that is computed again has the same bits.
   *
   * @param biasOrNull of the layer that reads the normalised rows
   */
  private Prologue steadyPrologue(Variable x, @Nullable Parameter biasOrNull) {
    if (Tape.isOpen()) {
      return prologue(null, null);
    }
    // A sum of numbers that only grow: it is another one when one of them is.
    long version = (long) gamma.version() + beta.version() + (biasOrNull == null ? 0 : biasOrNull.version());
    return Prologue.steadyLayerNorm(
        gamma.value(), beta.value(), epsilon, x.value().rowStatistics(), version);
  }

  /**
   * What a layer reads, forward and for its weight's gradient.
   *
   * @param rows as they lie in memory
   * @param prologue what the product does to them
   */
  record Input(Tensor rows, Prologue prologue) {
    /** A layer without a norm. */
    static Input of(Variable x) {
      return new Input(x.value(), Prologue.NONE);
    }

    /** The rows if they are the operation's own, which a tape must save beside {@code x}. */
    @Nullable
    Tensor keptOrNull(Variable x) {
      return rows == x.value() ? null : rows;
    }
  }

  /**
   * The normalised rows of {@code x}, for one layer: in memory where a tape's layer will read them twice and
   * the backend would sooner keep them than make them twice, else made by the product.
   *
   * @param weight of the layer
   * @param biasOrNull of the layer
   * @param records whether a tape records the layer
   * @param mean receives the rows' statistics, as {@code inverseDeviation} does; null where nothing is
   *     recorded
   */
  Input input(
      Variable x, Parameter weight, @Nullable Parameter biasOrNull, boolean records, @Nullable Tensor mean,
      @Nullable Tensor inverseDeviation) {
    if (!records) {
      return new Input(x.value(), steadyPrologue(x, biasOrNull));
    }
    Backend backend = x.backend();
    if (!weight.requiresGradient() || !backend.keepsActivations(x.value().dtype())) {
      return new Input(x.value(), prologue(mean, inverseDeviation));
    }
    Tensor normalized = Tensor.emptyLike(x.value());
    backend
        .norm()
        .layerNorm(
            x.shape().rows(), x.dim(-1), x.value(), gamma.value(), beta.value(), epsilon, normalized, mean,
            inverseDeviation);
    return new Input(normalized, Prologue.NONE);
  }

  boolean wantsGradient(Variable x) {
    return x.requiresGradient() || gamma.requiresGradient() || beta.requiresGradient();
  }

  /**
   * Sends the gradients of {@code x}, gamma and beta on their way. The gradient of {@code x} adds to what has
   * arrived there, as the residual's does.
   *
   * @param normalizedGradient gradient of the normalised rows, {@code x}'s shape
   * @param mean the rows' statistics, which every recorded operation has
   */
  void backward(
      GradientFlow flow, Tensor normalizedGradient, Variable x, @Nullable Tensor mean,
      @Nullable Tensor inverseDeviation) {
    backward(
        flow, x,
        (norm, dx, accumulateInput, dGamma, dBeta, accumulate) -> norm.layerNormBackward(
            x.shape().rows(), x.dim(-1), normalizedGradient, x.value(),
            Objects.requireNonNull(mean), Objects.requireNonNull(inverseDeviation), gamma.value(), dx,
            accumulateInput, dGamma, dBeta, accumulate));
  }

  /** The same of a kernel that knows where the rows lie. */
  void backward(GradientFlow flow, Variable x, Kernel kernel) {
    Backend backend = x.backend();
    GradientFlow.Target dx = x.requiresGradient() ? flow.target(x) : null;
    boolean direct =
        gamma.requiresGradient() && beta.requiresGradient() && gamma.hasGradient() == beta.hasGradient();
    Tensor dGamma = null;
    Tensor dBeta = null;
    boolean accumulate = false;
    if (direct) {
      GradientFlow.Target target = flow.target(gamma);
      dGamma = target.tensor();
      dBeta = flow.target(beta).tensor();
      accumulate = target.accumulate();
    } else if (gamma.requiresGradient() || beta.requiresGradient()) {
      dGamma = Tensor.emptyMaster(backend, gamma.shape());
      dBeta = Tensor.emptyMaster(backend, beta.shape());
    }
    kernel.run(
        backend.norm(), dx == null ? null : dx.tensor(), dx != null && dx.accumulate(), dGamma, dBeta,
        accumulate);
    if (!direct && dGamma != null && dBeta != null) {
      flow.add(gamma, dGamma);
      flow.add(beta, dBeta);
    }
  }

  /** A LayerNorm's gradients: the last arguments of {@link NormKernels#layerNormBackward}. */
  @FunctionalInterface
  interface Kernel {
    void run(
        NormKernels norm, @Nullable Span dx, boolean accumulateInput, @Nullable Span dGamma,
        @Nullable Span dBeta, boolean accumulateParameters);
  }
}
