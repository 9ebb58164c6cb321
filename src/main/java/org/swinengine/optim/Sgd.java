package org.swinengine.optim;

import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Stochastic gradient descent with momentum (PyTorch's {@code torch.optim.SGD} without dampening). Weight decay is added
 * to the gradient, of the arena's decaying part only unless asked otherwise. A step whose gradients are not finite changes
 * nothing.
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
        throw new IllegalArgumentException("momentum is " + momentum + ", but must be at least 0 and below 1");
      }
      if (nesterov && momentum == 0) {
        throw new IllegalArgumentException("Nesterov's momentum needs a momentum above 0");
      }
    }
  }

  private final ParameterArena arena;
  private final Options options;

  /** Null without momentum. */
  private final Tensor momentumBuffer;

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
    arena.completeGradients();
    Backend backend = arena.backend();
    long n = arena.trainableSize();
    try (Scope scope = Scope.open()) {
      Tensor squares = Tensor.emptyMaster(backend, Shape.of(1));
      Tensor control = Tensor.emptyMaster(backend, Shape.of(3));
      backend.reduce().sumOfSquares(n, arena.gradients(), squares);
      backend.optimizer().clipControl(squares, 0, control);
      long decaying = options.decayAll() ? n : arena.decayingSize();
      update(0, decaying, options.weightDecay(), learningRate, control);
      update(decaying, n - decaying, 0, learningRate, control);
      double[] found = control.toDoubles();
      boolean finite = found[2] != 0;
      if (finite) {
        arena.touch();
      }
      arena.clearGradients();
      return new StepResult(found[0], finite);
    }
  }

  private void update(long from, long n, double decay, double learningRate, Tensor control) {
    if (n == 0) {
      return;
    }
    Shape part = Shape.of(Math.toIntExact(n));
    arena
        .backend()
        .optimizer()
        .sgd(
            n,
            new OptimizerKernels.Sgd(learningRate, options.momentum(), options.nesterov(), decay),
            control,
            arena.values().slice(from, part),
            arena.gradients().slice(from, part),
            momentumBuffer == null ? null : momentumBuffer.slice(from, part));
  }
}
