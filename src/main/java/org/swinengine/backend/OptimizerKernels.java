package org.swinengine.backend;

import org.jspecify.annotations.Nullable;

/** Optimizer family: updates of whole parameter arenas. All operands are of the master type. */
public interface OptimizerKernels {
  /**
   * Global gradient norm and clipping factor, on the device. {@code control} receives three elements: the L2
   * norm (from {@code sumOfSquares}), the factor min(1, maximumNorm/(norm + 1e-6)) (PyTorch's {@code
   * clip_grad_norm_}; 1 where {@code maximumNorm} is 0 or less), and 1 if the norm is finite, else 0.
   *
   * @param sumOfSquares one element: Σ g²
   */
  void clipControl(Span sumOfSquares, double maximumNorm, Span control);

  /**
   * One AdamW step (Loshchilov and Hutter 2019; PyTorch's {@code torch.optim.AdamW}) on {@code n} elements:
   * {@code g ← factor·g}; {@code p ← p·(1 − lr·weightDecay)}; {@code m ← β₁m + (1 − β₁)g};
   * {@code v ← β₂v + (1 − β₂)g²}; {@code p ← p − lr/(1 − β₁ᵗ)·m/(√v/√(1 − β₂ᵗ) + ε)}. Writes nothing where
   * the control's finite flag is 0.
   *
   * @param control what {@link #clipControl} wrote: the factor and the flag
   */
  void adamW(long n, AdamW step, Span control, Span parameters, Span gradients, Span firstMoment,
      Span secondMoment);

  /**
   * @param step number of this update, from 1
   */
  record AdamW(double learningRate, double beta1, double beta2, double epsilon, double weightDecay,
      long step) {
    /** {@code 1 − lr·weightDecay}. */
    public double decay() {
      return 1 - learningRate * weightDecay;
    }

    /** {@code lr/(1 − β₁ᵗ)}; {@link StrictMath} gives the same power on every JDK. */
    public double stepSize() {
      return learningRate / (1 - StrictMath.pow(beta1, step));
    }

    /** {@code √(1 − β₂ᵗ)}. */
    public double rootOfCorrection2() {
      return Math.sqrt(1 - StrictMath.pow(beta2, step));
    }
  }

  /**
   * One step of stochastic gradient descent (PyTorch's {@code torch.optim.SGD}, no dampening) on {@code n}
   * elements: {@code g ← factor·g + weightDecay·p}; with momentum μ {@code b ← μb + g}, and {@code g ← b}, or
   * {@code g ← g + μb} where it is Nesterov's; {@code p ← p − lr·g}. Writes nothing where the control's
   * finite flag is 0.
   *
   * @param control what {@link #clipControl} wrote: the factor and the flag
   * @param momentumBuffer b, zero before the first step; may be null where the momentum is 0
   */
  void sgd(
      long n, Sgd step, Span control, Span parameters, Span gradients, @Nullable Span momentumBuffer);

  /**
   * @param momentum μ in [0, 1)
   * @param nesterov whether the momentum looks ahead (Sutskever et al. 2013)
   */
  record Sgd(double learningRate, double momentum, boolean nesterov, double weightDecay) {}

  /** {@code average ← decay·average + (1 − decay)·parameters}: exponential moving average of weights. */
  void movingAverage(long n, double decay, Span parameters, Span average);
}
