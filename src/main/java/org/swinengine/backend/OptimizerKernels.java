package org.swinengine.backend;

import org.jspecify.annotations.Nullable;

/**
 * Optimizer family: updates of whole parameter arenas. All operands are of the master type, but for {@code
 * copy}: the parameters in the type that products read them in, which a kernel that writes parameters writes
 * beside them, each rounded to the nearest. It is null where that is the master type; a backend whose
 * products read other forms of a weight leaves it alone.
 */
public interface OptimizerKernels {
  /**
   * Global gradient norm and clipping factor, on the device. {@code control} receives three elements: the L2
   * norm (from {@code sumOfSquares}), the factor min(1, maximumNorm/(norm + 1e-6)) (PyTorch's {@code
   * clip_grad_norm_}; 1 where {@code maximumNorm} is 0 or less), and the finite flag: 1 if the norm and all
   * losses are finite and the flag was not 0 before, else 0. So after a step that is not finite none changes
   * anything until the caller, who learns of it later, sets the flag.
   *
   * @param sumOfSquares one element: Σ g²
   * @param losses those that the gradients are of, {@code [parts]}; null where {@code parts} is 0
   */
  void clipControl(
      Span sumOfSquares, @Nullable Span losses, int parts, double maximumNorm, Span control);

  /**
   * Bounds each gradient: {@code g ← min(max(g, −bound), bound)} (PyTorch's {@code clip_grad_value_}); NaN
   * stays NaN.
   *
   * @param bound above 0
   */
  void clipValue(long n, double bound, Span gradients);

  /**
   * Σ x² of each of {@code count} neighbouring stretches: {@code sums[s]} is that of the elements from {@code
   * bounds[s]} to before {@code bounds[s + 1]}.
   *
   * @param bounds {@link DType#INT32} {@code [count + 1]}, rising, places counted from x on
   * @param elements how many elements there are in all: {@code bounds[count] − bounds[0]}
   * @param sums {@code [count]}
   */
  void stretchSquares(int count, Span bounds, long elements, Span x, Span sums);

  /**
   * Adaptive gradient clipping (Brock et al. 2021; timm's {@code adaptive_clip_grad}): where the norm of a
   * stretch's gradient is not below {@code most = factor·max(‖parameters‖, epsilon)}, the gradient is
   * multiplied by {@code most/max(‖gradient‖, 1e-6)}.
   *
   * @param bounds as in {@link #stretchSquares}
   * @param parameterSquares Σ p² of each stretch, {@code [count]}
   * @param gradientSquares Σ g² of each stretch, {@code [count]}
   */
  void adaptiveClip(
      int count,
      Span bounds,
      long elements,
      double factor,
      double epsilon,
      Span parameterSquares,
      Span gradientSquares,
      Span gradients);

  /**
   * One AdamW step (Loshchilov and Hutter 2019; PyTorch's {@code torch.optim.AdamW}) on {@code n} elements:
   * {@code g ← factor·g}; {@code p ← p·(1 − lr·weightDecay)}; {@code m ← β₁m + (1 − β₁)g};
   * {@code v ← β₂v + (1 − β₂)g²}; {@code p ← p − lr/(1 − β₁ᵗ)·m/(√v/√(1 − β₂ᵗ) + ε)}. Where the decay is
   * coupled, it is an L2 penalty instead, {@code g ← factor·g + weightDecay·p}: PyTorch's {@code
   * torch.optim.Adam}. Writes nothing where the control's finite flag is 0.
   *
   * @param control what {@link #clipControl} wrote: the factor and the flag
   * @param copy of the parameters, as above
   */
  void adamW(long n, AdamW step, Span control, Span parameters, Span gradients, Span firstMoment,
      Span secondMoment, @Nullable Span copy);

  /**
   * {@link #adamW(long, AdamW, Span, Span, Span, Span, Span, Span)} and, of the parameters that it makes, the
   * moving average, with the bits of {@link #movingAverage}; a backend where passes over memory are dear does
   * both in one.
   *
   * @param average null: none is kept
   */
  default void adamW(long n, AdamW step, Span control, Span parameters, Span gradients, Span firstMoment,
      Span secondMoment, @Nullable Span copy, @Nullable Average average) {
    adamW(n, step, control, parameters, gradients, firstMoment, secondMoment, copy);
    if (average != null) {
      movingAverage(n, average.decay(), control, parameters, average.values());
    }
  }

  /**
   * A moving average that a step's kernel keeps up.
   *
   * @param values that of the parameters of the call, {@code [n]}
   * @param decay share of it that stays
   */
  record Average(Span values, double decay) {}

  /**
   * @param step number of this update, from 1
   * @param coupled whether weight decay is added to the gradient (Adam) or shrinks the parameter (AdamW)
   */
  record AdamW(double learningRate, double beta1, double beta2, double epsilon, double weightDecay,
      long step, boolean coupled) {
    /** With decoupled weight decay. */
    public AdamW(
        double learningRate, double beta1, double beta2, double epsilon, double weightDecay, long step) {
      this(learningRate, beta1, beta2, epsilon, weightDecay, step, false);
    }

    /** {@code 1 − lr·weightDecay} where the decay is decoupled, else 1. */
    public double decay() {
      return coupled ? 1 : 1 - learningRate * weightDecay;
    }

    /** What of the parameter is added to the gradient: the weight decay where it is coupled, else 0. */
    public double penalty() {
      return coupled ? weightDecay : 0;
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
   * @param copy of the parameters, as above
   */
  void sgd(
      long n, Sgd step, Span control, Span parameters, Span gradients, @Nullable Span momentumBuffer,
      @Nullable Span copy);

  /** The same with the moving average, as with {@link #adamW}. */
  default void sgd(
      long n, Sgd step, Span control, Span parameters, Span gradients, @Nullable Span momentumBuffer,
      @Nullable Span copy, @Nullable Average average) {
    sgd(n, step, control, parameters, gradients, momentumBuffer, copy);
    if (average != null) {
      movingAverage(n, average.decay(), control, parameters, average.values());
    }
  }

  /**
   * @param momentum μ in [0, 1)
   * @param nesterov whether the momentum looks ahead (Sutskever et al. 2013)
   */
  record Sgd(double learningRate, double momentum, boolean nesterov, double weightDecay) {}

  /**
   * The first half of a LAMB step (You et al. 2020; timm's {@code Lamb}) on {@code n} elements: {@code g ←
   * factor·g}; {@code m ← β₁m + share·g}; {@code v ← β₂v + (1 − β₂)g²}; the direction {@code u = m/c₁/(√v/√c₂
   * + ε) + weightDecay·p} takes the gradient's place. Writes nothing where the control's finite flag is 0.
   *
   * @param control what {@link #clipControl} wrote: the factor and the flag
   * @param gradients the gradients; receives the directions
   */
  void lambDirection(
      long n, Lamb step, Span control, Span parameters, Span gradients, Span firstMoment,
      Span secondMoment);

  /**
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon added to the root of the second moment
   * @param weightDecay share of the parameter in the direction
   * @param step number of this update, from 1
   * @param averaged whether the gradient's share of the first moment is 1 − β₁, or 1
   * @param corrected whether the moments' bias is corrected
   */
  record Lamb(double beta1, double beta2, double epsilon, double weightDecay, long step, boolean averaged,
      boolean corrected) {
    /** The gradient's share of the first moment. */
    public double share() {
      return averaged ? 1 - beta1 : 1;
    }

    /** {@code c₁ = 1 − β₁ᵗ}, or 1. */
    public double correction1() {
      return corrected ? 1 - StrictMath.pow(beta1, step) : 1;
    }

    /** {@code √c₂ = √(1 − β₂ᵗ)}, or 1. */
    public double rootOfCorrection2() {
      return corrected ? Math.sqrt(1 - StrictMath.pow(beta2, step)) : 1;
    }
  }

  /**
   * The second half: {@code p ← p − lr·trust·u} for each stretch, with {@code trust = ‖p‖/‖u‖}, 1 where
   * one of them is 0. Writes nothing where the control's finite flag is 0.
   *
   * @param bounds as in {@link #stretchSquares}
   * @param trustAtMostOne whether a larger ratio counts as 1 (LAMBC; timm's {@code trust_clip})
   * @param parameterSquares Σ p² of each stretch, {@code [count]}; null: the ratio is 1 everywhere
   * @param directionSquares Σ u² of each stretch, {@code [count]}; null with {@code parameterSquares}
   * @param copy of the parameters, as above; the bounds count from its beginning too
   */
  void trustStep(
      int count,
      Span bounds,
      long elements,
      double learningRate,
      boolean trustAtMostOne,
      Span control,
      @Nullable Span parameterSquares,
      @Nullable Span directionSquares,
      Span directions,
      Span parameters,
      @Nullable Span copy);

  /**
   * {@code average ← decay·average + (1 − decay)·parameters}: exponential moving average of weights. Writes
   * nothing where the control's finite flag is 0.
   *
   * @param control what {@link #clipControl} wrote for the step that made the parameters; null: it is known
   *     to have made them
   */
  void movingAverage(long n, double decay, @Nullable Span control, Span parameters, Span average);
}
