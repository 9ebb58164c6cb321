package org.swinengine.optim;

import java.util.Map;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.tensor.Tensor;

/** Changes the values of a parameter arena by its gradients. */
public interface Optimizer {
  /**
   * Updates the arena's values from its gradients, and forgets the gradients. They are clipped as the
   * optimizer does by itself.
   *
   * @param learningRate of this step
   */
  StepResult step(double learningRate);

  /** {@link #step(double)} with the gradients clipped in another way. */
  StepResult step(double learningRate, Clipping clipping);

  /**
   * {@link #step(double)} with another bound on the gradients: PyTorch's {@code clip_grad_norm_}.
   *
   * @param clipNorm largest global L2 norm of the gradients; 0: any
   */
  default StepResult step(double learningRate, double clipNorm) {
    return step(learningRate, Clipping.norm(clipNorm));
  }

  /** The parameters that it changes. */
  ParameterArena arena();

  /** Number of steps that counted. */
  long steps();

  /**
   * Number of those that changed a parameter: fewer than {@link #steps()} where it was frozen at first
   * ({@link #moveTo}). It is PyTorch's {@code step}, by which moments are corrected.
   */
  long steps(Parameter parameter);

  /** Sets the number of steps, of all parameters, when training is resumed. */
  void restoreSteps(long steps);

  /** Sets the number of a parameter's steps; after {@link #restoreSteps(long)}. */
  void restoreSteps(Parameter parameter, long steps);

  /**
   * What it remembers between steps, under PyTorch's names ({@code exp_avg}), each in the arena's layout; a
   * checkpoint keeps these and the numbers of steps.
   */
  Map<String, Tensor> state();

  /**
   * Goes on over another arena of the same parameters, of which others are trained ({@link
   * ParameterArena#training}). What is remembered of a parameter that is trained in both goes along; one
   * that joins begins as if the optimizer were new; one that leaves is forgotten.
   */
  void moveTo(ParameterArena arena);

  /**
   * What a step found.
   *
   * @param gradientNorm global L2 norm before clipping
   * @param finite whether it is finite; if not, nothing was changed and the step does not count
   */
  record StepResult(double gradientNorm, boolean finite) {}
}
