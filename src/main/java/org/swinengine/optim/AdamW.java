package org.swinengine.optim;

import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * AdamW (Loshchilov and Hutter 2019; PyTorch's {@code torch.optim.AdamW}) with clipping of the global
 * gradient norm (PyTorch's {@code clip_grad_norm_}). Weight decay is decoupled and applies to the arena's
 * decaying part only, unless asked otherwise. A step whose gradients are not finite changes nothing.
 */
public final class AdamW extends ArenaOptimizer {
  /**
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon added to the root of the second moment
   * @param weightDecay decoupled weight decay
   * @param decayAll whether it applies to every parameter, biases and norms included
   * @param clipNorm largest global gradient norm; 0: no clipping
   */
  public record Options(
      double beta1, double beta2, double epsilon, double weightDecay, boolean decayAll, double clipNorm) {
    /** PyTorch's defaults, with Swin's weight decay and clipping. */
    public static final Options DEFAULT = new Options(0.9, 0.999, 1e-8, 0.05, false, 5);

    /** Checks the ranges. */
    public Options {
      requireBetas(beta1, beta2);
    }

    public Options withWeightDecay(double decay, boolean all) {
      return new Options(beta1, beta2, epsilon, decay, all, clipNorm);
    }

    public Options withClipNorm(double norm) {
      return new Options(beta1, beta2, epsilon, weightDecay, decayAll, norm);
    }
  }

  private final Options options;
  private final boolean coupled;

  /** With one learning rate for all parameters. */
  public AdamW(ParameterArena arena, Options options) {
    this(arena, options, parameter -> 1);
  }

  /**
   * With learning rates of their own: PyTorch's parameter groups.
   *
   * @param rateFactor what the learning rate of a step is multiplied with for a parameter
   */
  public AdamW(ParameterArena arena, Options options, ToDoubleFunction<Parameter> rateFactor) {
    this(arena, options, rateFactor, false);
  }

  private AdamW(
      ParameterArena arena, Options options, ToDoubleFunction<Parameter> rateFactor, boolean coupled) {
    super(arena, rateFactor, options.decayAll(), MomentNames.FIRST, MomentNames.SECOND);
    this.options = options;
    this.coupled = coupled;
  }

  /**
   * Adam (Kingma and Ba 2015; PyTorch's {@code torch.optim.Adam}), whose weight decay is an L2 penalty: it is
   * added to the gradient and goes through the moments.
   *
   * @param rateFactor as in the constructor
   */
  public static AdamW coupled(
      ParameterArena arena, Options options, ToDoubleFunction<Parameter> rateFactor) {
    return new AdamW(arena, options, rateFactor, true);
  }

  @Override
  Clipping clipping() {
    return Clipping.norm(options.clipNorm());
  }

  @Override
  void update(
      Tensor control, Stretch stretch, double learningRate, long step,
      OptimizerKernels.@Nullable Average average) {
    double decay = stretch.decays() ? options.weightDecay() : 0;
    Shape shape = stretch.shape();
    arena()
        .backend()
        .optimizer()
        .adamW(
            shape.elements(),
            new OptimizerKernels.AdamW(
                learningRate, options.beta1(), options.beta2(), options.epsilon(), decay, step, coupled),
            control,
            arena().values().slice(stretch.from(), shape),
            arena().gradients().slice(stretch.from(), shape),
            state(MomentNames.FIRST, stretch),
            state(MomentNames.SECOND, stretch),
            copy(stretch),
            average);
  }

  /** The running mean of gradients, in the arena's layout: {@code exp_avg} in PyTorch. */
  public Tensor firstMoment() {
    return all(MomentNames.FIRST);
  }

  /** The running mean of squared gradients, in the arena's layout: {@code exp_avg_sq} in PyTorch. */
  public Tensor secondMoment() {
    return all(MomentNames.SECOND);
  }
}
