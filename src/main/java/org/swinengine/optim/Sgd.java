package org.swinengine.optim;

import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Stochastic gradient descent with momentum (PyTorch's {@code torch.optim.SGD} without dampening). Weight
 * decay is added to the gradient, of the arena's decaying part only unless asked otherwise. A step whose
 * gradients are not finite changes nothing.
 */
public final class Sgd extends ArenaOptimizer {
  /**
   * @param momentum in [0, 1)
   * @param nesterov whether the momentum looks ahead
   * @param weightDecay L2 penalty, added to the gradient
   * @param decayAll whether it applies to every parameter, biases and norms included
   */
  public record Options(double momentum, boolean nesterov, double weightDecay, boolean decayAll) {
    /** Checks the ranges. */
    public Options {
      if (!(momentum >= 0 && momentum < 1)) {
        throw new IllegalArgumentException(
            "momentum is " + momentum + ", but must be at least 0 and below 1");
      }
      if (nesterov && momentum == 0) {
        throw new IllegalArgumentException("Nesterov's momentum needs a momentum above 0");
      }
    }
  }

  private static final String BUFFER = "momentum_buffer";

  private final Options options;

  /** With one learning rate for all parameters. */
  public Sgd(ParameterArena arena, Options options) {
    this(arena, options, parameter -> 1);
  }

  /**
   * With learning rates of their own: PyTorch's parameter groups.
   *
   * @param rateFactor what the learning rate of a step is multiplied with for a parameter
   */
  public Sgd(ParameterArena arena, Options options, ToDoubleFunction<Parameter> rateFactor) {
    super(
        arena, rateFactor, options.decayAll(),
        options.momentum() > 0 ? new String[] {BUFFER} : new String[0]);
    this.options = options;
  }

  @Override
  Clipping clipping() {
    return Clipping.none();
  }

  @Override
  void update(
      Tensor control, Stretch stretch, double learningRate, long step,
      OptimizerKernels.@Nullable Average average) {
    Shape shape = stretch.shape();
    double decay = stretch.decays() ? options.weightDecay() : 0;
    arena()
        .backend()
        .optimizer()
        .sgd(
            shape.elements(),
            new OptimizerKernels.Sgd(learningRate, options.momentum(), options.nesterov(), decay),
            control,
            arena().values().slice(stretch.from(), shape),
            arena().gradients().slice(stretch.from(), shape),
            options.momentum() > 0 ? state(BUFFER, stretch) : null,
            copy(stretch),
            average);
  }
}
