package org.swinengine.optim;

/** How gradients are bounded before a step. The norm that a step reports is the one before. */
public sealed interface Clipping permits Clipping.None, Clipping.Norm, Clipping.Value, Clipping.Adaptive {
  /** Not at all. */
  record None() implements Clipping {}

  /**
   * All gradients are scaled so that their global L2 norm is at most this: PyTorch's {@code clip_grad_norm_},
   * {@code g·min(1, most/(norm + 1e-6))}.
   *
   * @param most above 0
   */
  record Norm(double most) implements Clipping {
    /** Checks the range. */
    public Norm {
      requirePositive("norm", most);
    }
  }

  /**
   * Each gradient is brought into [−most, most]: PyTorch's {@code clip_grad_value_}.
   *
   * @param most above 0
   */
  record Value(double most) implements Clipping {
    /** Checks the range. */
    public Value {
      requirePositive("value", most);
    }
  }

  /**
   * Adaptive gradient clipping (Brock et al. 2021; timm's {@code adaptive_clip_grad}): the norm of each
   * row of a weight's gradient, or of a whole vector's, is at most {@code factor·max(‖w‖, epsilon)} of the
   * same stretch of the weights.
   *
   * @param factor above 0; 0.01 in timm
   * @param epsilon least norm of weights, so that those that are zero can grow; 1e-3 in timm
   */
  record Adaptive(double factor, double epsilon) implements Clipping {
    /** Checks the ranges. */
    public Adaptive {
      requirePositive("factor", factor);
      requirePositive("epsilon", epsilon);
    }
  }

  /** Not at all. */
  static Clipping none() {
    return new None();
  }

  /** By the global norm; 0: not at all. */
  static Clipping norm(double most) {
    return most > 0 ? new Norm(most) : none();
  }

  /** By value. */
  static Clipping value(double most) {
    return new Value(most);
  }

  /** Adaptively, with timm's epsilon. */
  static Clipping adaptive(double factor) {
    return new Adaptive(factor, 1e-3);
  }

  private static void requirePositive(String what, double number) {
    if (!(number > 0 && number < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "gradients are to be clipped with the " + what + " " + number + ", but that must be above 0");
    }
  }
}
