package org.swinengine.optim;

import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Later;
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

  /**
   * Begins a step and does not wait for it. The step counts from now on: {@link #steps} has it, and what is
   * asked of the device afterwards sees its weights. Where it turns out not to be finite, it has changed
   * nothing, and no step that was begun before that was asked for has either; they do not count then. So the
   * results of steps must be asked for in their order. Who never asks is behind by one step: the engine's
   * optimizers look themselves at the step before the last one when another begins.
   *
   * <p>An optimizer that implements {@link #step} alone takes the step at once.
   *
   * @param clipping how the gradients are bounded; null: as the optimizer does by itself
   * @param losses those that the gradients are of, {@code [n]}, in the precision of losses: where one is no
   *     finite number the step changes nothing; null: gradients alone are looked at
   */
  default Later<StepResult> begin(
      double learningRate, @Nullable Clipping clipping, @Nullable Tensor losses) {
    boolean finite = losses == null || Arrays.stream(losses.toDoubles()).allMatch(Double::isFinite);
    if (!finite) {
      arena().clearGradients();
      return Later.now(new StepResult(Double.NaN, false));
    }
    return Later.now(clipping == null ? step(learningRate) : step(learningRate, clipping));
  }

  /**
   * What the last step that was begun wrote on the device of being finite, as {@link
   * org.swinengine.backend.OptimizerKernels#clipControl} has it; null where it is known when a step has
   * begun.
   */
  default @Nullable Tensor control() {
    return null;
  }

  /**
   * Lets each step from now on also keep up an average, where the optimizer can: in the kernel that makes the
   * weights, which reads them once less. {@link WeightAverage#keptBy} asks for it.
   *
   * @return whether it does; else {@link WeightAverage#update(Optimizer)} is a pass of its own
   */
  default boolean keepUp(WeightAverage average) {
    return false;
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
