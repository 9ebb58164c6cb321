package org.swinengine.optim;

import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * AdamW (Loshchilov and Hutter 2019; PyTorch's {@code torch.optim.AdamW}) with clipping of the global gradient norm
 * (PyTorch's {@code clip_grad_norm_}). Weight decay is decoupled and applies to the arena's decaying part only, unless
 * asked otherwise. A step whose gradients are not finite changes nothing.
 */
public final class AdamW implements Optimizer {
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

    public Options withWeightDecay(double decay, boolean all) {
      return new Options(beta1, beta2, epsilon, decay, all, clipNorm);
    }

    public Options withClipNorm(double norm) {
      return new Options(beta1, beta2, epsilon, weightDecay, decayAll, norm);
    }
  }

  private final ParameterArena arena;
  private final Options options;
  private final Tensor firstMoment;
  private final Tensor secondMoment;
  private long step;

  public AdamW(ParameterArena arena, Options options) {
    this.arena = arena;
    this.options = options;
    Shape shape = arena.gradients().shape();
    try (Scope scope = Scope.detached()) {
      firstMoment = Tensor.zerosMaster(arena.backend(), shape);
      secondMoment = Tensor.zerosMaster(arena.backend(), shape);
    }
  }

  @Override
  public StepResult step(double learningRate) {
    StepResult result =
        ArenaStep.run(
            arena,
            options.clipNorm(),
            options.weightDecay(),
            options.decayAll(),
            (control, from, part, decay) -> update(control, from, part, decay, learningRate));
    if (result.finite()) {
      step++;
    }
    return result;
  }

  private void update(Tensor control, long from, Shape part, double decay, double learningRate) {
    OptimizerKernels.AdamW kernel =
        new OptimizerKernels.AdamW(
            learningRate, options.beta1(), options.beta2(), options.epsilon(), decay, step + 1);
    arena
        .backend()
        .optimizer()
        .adamW(
            part.elements(),
            kernel,
            control,
            arena.values().slice(from, part),
            arena.gradients().slice(from, part),
            firstMoment.slice(from, part),
            secondMoment.slice(from, part));
  }

  /** Number of steps that counted. */
  public long steps() {
    return step;
  }

  /** Sets the number of steps, when a run is resumed. */
  public void restoreSteps(long steps) {
    this.step = steps;
  }

  /** The running mean of gradients, in the arena's layout: {@code exp_avg} in PyTorch. */
  public Tensor firstMoment() {
    return firstMoment;
  }

  /** The running mean of squared gradients, in the arena's layout: {@code exp_avg_sq} in PyTorch. */
  public Tensor secondMoment() {
    return secondMoment;
  }
}
