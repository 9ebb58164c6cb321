package org.swinengine.backend;

import java.util.Locale;

/**
 * The functions of one number that {@link PointwiseKernels#unary} applies to each element, each with its
 * derivative. A new one is a constant here and its formulas in {@code cpu/pointwise/UnaryLoops.java}, {@code
 * reference/ReferencePointwise.java} and {@code src/main/cuda/pointwise.cu}: docs/ADDING_AN_OP.md.
 */
public enum UnaryFunction {
  /**
   * {@code y = x·Φ(x)}, Φ the normal distribution function (Hendrycks and Gimpel 2016); PyTorch's
   * {@code F.gelu(x, approximate="none")}. {@code dx = dy·(Φ(x) + x·φ(x))}.
   */
  GELU(2, 5, false),

  /**
   * {@code y = max(x, 0)}; PyTorch's {@code F.relu}, NaN stays NaN. {@code dx = dy} where y is above 0, else
   * 0.
   */
  RELU(1, 1, true),

  /** {@code y = 1/(1 + e⁻ˣ)}; PyTorch's {@code torch.sigmoid}. {@code dx = dy·y·(1 − y)}. */
  SIGMOID(4, 3, true),

  /**
   * {@code y = x·σ(x)} (Hendrycks and Gimpel 2016), σ the sigmoid; PyTorch's {@code F.silu}.
   * {@code dx = dy·σ(x)·(1 + x·(1 − σ(x)))}.
   */
  SILU(4, 8, false);

  private final int operations;
  private final int backwardOperations;
  private final boolean backwardFromResult;
  private final String label;

  UnaryFunction(int operations, int backwardOperations, boolean backwardFromResult) {
    this.operations = operations;
    this.backwardOperations = backwardOperations;
    this.backwardFromResult = backwardFromResult;
    StringBuilder words = new StringBuilder();
    for (String word : name().toLowerCase(Locale.ROOT).split("_")) {
      words
          .append(words.isEmpty() ? word : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
    }
    label = words.toString();
  }

  /** Operations of an element; Φ, φ and the exponential are one each. */
  public int operations() {
    return operations;
  }

  /** Operations of an element of the backward half. */
  public int backwardOperations() {
    return backwardOperations;
  }

  /** Whether the backward half reads the result y; else it reads the operand x. */
  public boolean backwardFromResult() {
    return backwardFromResult;
  }

  /** The constant in camel case, {@code gelu}: what errors, profiles and the GPU's kernels call it. */
  public String label() {
    return label;
  }
}
