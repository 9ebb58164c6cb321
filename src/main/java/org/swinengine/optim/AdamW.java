package org.swinengine.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * AdamW (Loshchilov and Hutter 2019; PyTorch's {@code torch.optim.AdamW}) with clipping of the global
 * gradient norm (PyTorch's {@code clip_grad_norm_}). Weight decay is decoupled and applies to the arena's
 * decaying part only, unless asked otherwise. A step whose gradients are not finite changes nothing.
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

  /** A stretch of the arena whose learning rate has one factor. */
  private record Stretch(long from, long to, double factor) {}

  private final ParameterArena arena;
  private final List<Stretch> stretches;
  private final Options options;
  private final Tensor firstMoment;
  private final Tensor secondMoment;
  private long step;

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
    this.arena = arena;
    this.options = options;
    stretches = stretches(arena, rateFactor);
    Shape shape = arena.gradients().shape();
    try (Scope scope = Scope.detached()) {
      firstMoment = Tensor.zerosMaster(arena.backend(), shape);
      secondMoment = Tensor.zerosMaster(arena.backend(), shape);
    }
  }

  private static List<Stretch> stretches(ParameterArena arena, ToDoubleFunction<Parameter> rateFactor) {
    List<Stretch> stretches = new ArrayList<>();
    List<Parameter> parameters = arena.parameters();
    for (int i = 0; i < parameters.size() && parameters.get(i).isTrainable(); i++) {
      double factor = rateFactor.applyAsDouble(parameters.get(i));
      boolean last = i + 1 == parameters.size() || !parameters.get(i + 1).isTrainable();
      long to = last ? arena.trainableSize() : arena.offset(i + 1);
      int before = stretches.size() - 1;
      if (before >= 0 && stretches.get(before).factor() == factor) {
        stretches.set(before, new Stretch(stretches.get(before).from(), to, factor));
      } else {
        stretches.add(new Stretch(arena.offset(i), to, factor));
      }
    }
    return stretches;
  }

  @Override
  public StepResult step(double learningRate) {
    return step(learningRate, options.clipNorm());
  }

  @Override
  public StepResult step(double learningRate, double clipNorm) {
    StepResult result =
        ArenaStep.run(
            arena,
            clipNorm,
            options.weightDecay(),
            options.decayAll(),
            (control, from, part, decay) -> update(control, from, part, decay, learningRate));
    if (result.finite()) {
      step++;
    }
    return result;
  }

  private void update(Tensor control, long from, Shape part, double decay, double learningRate) {
    for (Stretch stretch : stretches) {
      long first = Math.max(from, stretch.from());
      long end = Math.min(from + part.elements(), stretch.to());
      if (first < end) {
        Shape shape = Shape.of(Math.toIntExact(end - first));
        updateStretch(control, first, shape, decay, learningRate * stretch.factor());
      }
    }
  }

  private void updateStretch(Tensor control, long from, Shape part, double decay, double learningRate) {
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

  @Override
  public ParameterArena arena() {
    return arena;
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("exp_avg", firstMoment);
    state.put("exp_avg_sq", secondMoment);
    return state;
  }

  @Override
  public long steps() {
    return step;
  }

  @Override
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
