package org.swinengine.optim;

import java.util.Map;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.tensor.Tensor;

/** Changes the values of a parameter arena by its gradients. */
public interface Optimizer {
  /**
   * Updates the arena's values from its gradients, and forgets the gradients.
   *
   * @param learningRate of this step
   */
  StepResult step(double learningRate);

  /**
   * {@link #step(double)} with another bound on the gradients: PyTorch's {@code clip_grad_norm_}.
   *
   * @param clipNorm largest global L2 norm of the gradients; 0: any
   */
  StepResult step(double learningRate, double clipNorm);

  /** The parameters that it changes. */
  ParameterArena arena();

  /** Number of steps that counted. */
  long steps();

  /** Sets the number of steps, when training is resumed. */
  void restoreSteps(long steps);

  /**
   * What it remembers between steps, under PyTorch's names ({@code exp_avg}), each in the arena's layout; a
   * checkpoint keeps these and {@link #steps}.
   */
  Map<String, Tensor> state();

  /**
   * What a step found.
   *
   * @param gradientNorm global L2 norm before clipping
   * @param finite whether it is finite; if not, nothing was changed and the step does not count
   */
  record StepResult(double gradientNorm, boolean finite) {}
}
