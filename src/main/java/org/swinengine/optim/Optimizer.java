package org.swinengine.optim;

/** Changes the values of a parameter arena by its gradients. */
public interface Optimizer {
  /**
   * Updates the arena's values from its gradients, and forgets the gradients.
   *
   * @param learningRate of this step
   */
  StepResult step(double learningRate);

  /**
   * What a step found.
   *
   * @param gradientNorm global L2 norm before clipping
   * @param finite whether it is finite; if not, nothing was changed and the step does not count
   */
  record StepResult(double gradientNorm, boolean finite) {}
}
