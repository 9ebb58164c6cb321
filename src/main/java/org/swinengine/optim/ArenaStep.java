package org.swinengine.optim;

import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** What optimizers have in common: the gradient norm, clipping, and the part of the arena that decays. */
final class ArenaStep {
  private ArenaStep() {}

  /** One optimizer's kernel on a part of the arena. */
  interface Update {
    /**
     * @param control what {@code clipControl} wrote
     * @param from first element of the part
     * @param part its length, {@code [n]}
     * @param weightDecay that applies to it
     */
    void apply(Tensor control, long from, Shape part, double weightDecay);
  }

  /**
   * Updates the arena's values from its gradients, and forgets the gradients.
   *
   * @param clipNorm largest global gradient norm; 0: any
   * @param decayAll whether weight decay applies to every parameter
   */
  static Optimizer.StepResult run(
      ParameterArena arena, double clipNorm, double weightDecay, boolean decayAll, Update update) {
    arena.completeGradients();
    Backend backend = arena.backend();
    long n = arena.trainableSize();
    long decaying = decayAll ? n : arena.decayingSize();
    try (Scope scope = Scope.open()) {
      Tensor squares = Tensor.emptyMaster(backend, Shape.of(1));
      Tensor control = Tensor.emptyMaster(backend, Shape.of(3));
      backend.reduce().sumOfSquares(n, arena.gradients(), squares);
      backend.optimizer().clipControl(squares, clipNorm, control);
      if (decaying > 0) {
        update.apply(control, 0, Shape.of(Math.toIntExact(decaying)), weightDecay);
      }
      if (decaying < n) {
        update.apply(control, decaying, Shape.of(Math.toIntExact(n - decaying)), 0);
      }
      double[] found = control.toDoubles();
      boolean finite = found[2] != 0;
      if (finite) {
        arena.touch();
      }
      arena.clearGradients();
      return new Optimizer.StepResult(found[0], finite);
    }
  }
}
