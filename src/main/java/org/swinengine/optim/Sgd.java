package org.swinengine.optim;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Stochastic gradient descent with momentum (PyTorch's {@code torch.optim.SGD} without dampening). Weight
 * decay is added to the gradient, of the arena's decaying part only unless asked otherwise. A step whose
 * gradients are not finite changes nothing.
 */
public final class Sgd implements Optimizer {
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

  private final ParameterArena arena;
  private final Options options;

  /** Null without momentum. */
  private final @Nullable Tensor momentumBuffer;

  private long steps;

  public Sgd(ParameterArena arena, Options options) {
    this.arena = arena;
    this.options = options;
    try (Scope scope = Scope.detached()) {
      momentumBuffer =
          options.momentum() > 0 ? Tensor.zerosMaster(arena.backend(), arena.gradients().shape()) : null;
    }
  }

  @Override
  public StepResult step(double learningRate) {
    return step(learningRate, 0);
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
      steps++;
    }
    return result;
  }

  @Override
  public ParameterArena arena() {
    return arena;
  }

  @Override
  public long steps() {
    return steps;
  }

  @Override
  public void restoreSteps(long number) {
    steps = number;
  }

  @Override
  public Map<String, Tensor> state() {
    return momentumBuffer == null ? Map.of() : Map.of("momentum_buffer", momentumBuffer);
  }

  private void update(Tensor control, long from, Shape part, double decay, double learningRate) {
    arena
        .backend()
        .optimizer()
        .sgd(
            part.elements(),
            new OptimizerKernels.Sgd(learningRate, options.momentum(), options.nesterov(), decay),
            control,
            arena.values().slice(from, part),
            arena.gradients().slice(from, part),
            momentumBuffer == null ? null : momentumBuffer.slice(from, part));
  }
}
