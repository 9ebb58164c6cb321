package org.swinengine.optim;

import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * LAMB for large batches (You et al. 2020; timm's {@code Lamb}): Adam's direction with an L2 penalty, whose
 * length is made that of the parameter that it changes (the trust ratio). A step whose gradients are not
 * finite changes nothing.
 *
 * <p>The one difference to timm is in clipping: PyTorch's {@code norm + 1e-6} stands where timm has the norm.
 */
public final class Lamb extends ArenaOptimizer {
  /**
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon added to the root of the second moment
   * @param weightDecay added to the direction, as a share of the parameter
   * @param decayAll whether it applies to every parameter, biases and norms included
   * @param maxGradNorm largest global gradient norm; 0: no clipping
   * @param adaptation how directions become steps
   */
  public record Options(
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      boolean decayAll,
      double maxGradNorm,
      Adaptation adaptation) {
    /** timm's defaults. */
    public static final Options DEFAULT =
        new Options(0.9, 0.999, 1e-6, 0.01, false, 1, Adaptation.DEFAULT);

    /** Checks the ranges. */
    public Options {
      requireBetas(beta1, beta2);
    }

    /** The same with another weight decay. */
    public Options withWeightDecay(double decay, boolean all) {
      return new Options(beta1, beta2, epsilon, decay, all, maxGradNorm, adaptation);
    }

    /** The same with another bound on the gradient; 0: none. */
    public Options withMaxGradNorm(double norm) {
      return new Options(beta1, beta2, epsilon, weightDecay, decayAll, norm, adaptation);
    }

    /** The same with other adaptation. */
    public Options withAdaptation(Adaptation other) {
      return new Options(beta1, beta2, epsilon, weightDecay, decayAll, maxGradNorm, other);
    }
  }

  /**
   * How directions become steps.
   *
   * @param biasCorrection whether the moments are corrected for their beginning at zero
   * @param gradAveraging whether the gradient's share of the first moment is 1 − β₁, or 1
   * @param trustClip whether trust ratios are at most 1 (LAMBC)
   * @param alwaysAdapt whether parameters without weight decay have trust ratios too
   */
  public record Adaptation(
      boolean biasCorrection, boolean gradAveraging, boolean trustClip, boolean alwaysAdapt) {
    /** timm's defaults. */
    public static final Adaptation DEFAULT = new Adaptation(true, true, false, false);
  }

  private final Options options;

  /** With one learning rate for all parameters. */
  public Lamb(ParameterArena arena, Options options) {
    this(arena, options, parameter -> 1);
  }

  /**
   * With learning rates of their own: PyTorch's parameter groups.
   *
   * @param rateFactor what the learning rate of a step is multiplied with for a parameter
   */
  public Lamb(ParameterArena arena, Options options, ToDoubleFunction<Parameter> rateFactor) {
    super(arena, rateFactor, options.decayAll(), MomentNames.FIRST, MomentNames.SECOND);
    this.options = options;
  }

  @Override
  Clipping clipping() {
    return Clipping.norm(options.maxGradNorm());
  }

  @Override
  void update(
      Tensor control, Stretch stretch, double learningRate, long step,
      OptimizerKernels.@Nullable Average average) {
    double decay = stretch.decays() ? options.weightDecay() : 0;
    Adaptation how = options.adaptation();
    Shape shape = stretch.shape();
    OptimizerKernels kernels = arena().backend().optimizer();
    kernels.lambDirection(
        shape.elements(),
        new OptimizerKernels.Lamb(
            options.beta1(), options.beta2(), options.epsilon(), decay, step, how.gradAveraging(),
            how.biasCorrection()),
        control,
        arena().values().slice(stretch.from(), shape),
        arena().gradients().slice(stretch.from(), shape),
        state(MomentNames.FIRST, stretch),
        state(MomentNames.SECOND, stretch));
    int count = stretch.last() - stretch.first();
    Tensor bounds = bounds().slice(stretch.first(), Shape.of(count + 1));
    try (Scope scope = Scope.open()) {
      Tensor ofParameters = null;
      Tensor ofDirections = null;
      if (decay != 0 || how.alwaysAdapt()) {
        ofParameters = Tensor.emptyMaster(arena().backend(), Shape.of(count));
        ofDirections = Tensor.emptyMaster(arena().backend(), Shape.of(count));
        kernels.stretchSquares(count, bounds, shape.elements(), arena().values(), ofParameters);
        kernels.stretchSquares(count, bounds, shape.elements(), arena().gradients(), ofDirections);
      }
      kernels.trustStep(
          count, bounds, shape.elements(), learningRate, how.trustClip(), control, ofParameters,
          ofDirections, arena().gradients(), arena().values(), arena().computeCopy());
    }
    if (average != null) {
      kernels.movingAverage(
          shape.elements(), average.decay(), control, arena().values().slice(stretch.from(), shape),
          average.values());
    }
  }
}
