package org.swinengine.backend;

import org.jspecify.annotations.Nullable;

/**
 * What a matrix kernel does to the rows of its left operand while it reads them, so that the result needs no
 * trip through memory.
 *
 * @param kind which of the functions below
 * @param gamma LayerNorm weight {@code [columns]}; null: no LayerNorm
 * @param beta LayerNorm bias {@code [columns]}; null: no LayerNorm
 * @param epsilon LayerNorm's epsilon, added to the (biased) variance
 * @param mean row means {@code [rows]}: written by {@link MatrixKernels#linear} unless null, read by
 *     {@link MatrixKernels#linearBackwardWeight}
 * @param inverseDeviation row values of 1/√(variance + epsilon) {@code [rows]}: as {@code mean}
 */
public record Prologue(
    Kind kind,
    @Nullable Span gamma,
    @Nullable Span beta,
    double epsilon,
    @Nullable Span mean,
    @Nullable Span inverseDeviation) {
  /** The functions. */
  public enum Kind {
    NONE,
    /** Rows are normalised: (x − mean) · inverseDeviation · gamma + beta. */
    LAYER_NORM,
    /** Exact GELU, x·Φ(x): the left operand is a pre-activation. */
    GELU
  }

  /** Rows are taken as they are. */
  public static final Prologue NONE = new Prologue(Kind.NONE, null, null, 0, null, null);

  /** Rows pass through GELU. */
  public static final Prologue GELU = new Prologue(Kind.GELU, null, null, 0, null, null);

  /** Rows are normalised; see the parameters of the record. */
  public static Prologue layerNorm(
      Span gamma, Span beta, double epsilon, @Nullable Span mean, @Nullable Span inverseDeviation) {
    return new Prologue(Kind.LAYER_NORM, gamma, beta, epsilon, mean, inverseDeviation);
  }
}
