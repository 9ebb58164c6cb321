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
 * @param rowStatistics what {@link Epilogue#rowStatistics} says of the rows, of
 *     {@link NormKernels#rowStatisticsSize} numbers each; null: nobody has kept them
 * @param version a number that is another one after gamma, beta or the epilogue's bias have changed, so that
 *     a backend may keep what it makes of them and of the weight; {@link #CHANGING}: nothing is to be kept
 */
public record Prologue(
    Kind kind,
    @Nullable Span gamma,
    @Nullable Span beta,
    double epsilon,
    @Nullable Span mean,
    @Nullable Span inverseDeviation,
    @Nullable Span rowStatistics,
    long version) {
  /** Parameters that may have changed at the next call. */
  public static final long CHANGING = -1;

  /** The functions. */
  public enum Kind {
    NONE,
    /** Rows are normalised: (x − mean) · inverseDeviation · gamma + beta. */
    LAYER_NORM,
    /** Exact GELU, x·Φ(x): the left operand is a pre-activation. */
    GELU
  }

  /** Rows are taken as they are. */
  public static final Prologue NONE = new Prologue(Kind.NONE, null, null, 0, null, null, null, CHANGING);

  /** Rows pass through GELU. */
  public static final Prologue GELU = new Prologue(Kind.GELU, null, null, 0, null, null, null, CHANGING);

  /** Rows are normalised; see the parameters of the record. */
  public static Prologue layerNorm(
      Span gamma, Span beta, double epsilon, @Nullable Span mean, @Nullable Span inverseDeviation) {
    return new Prologue(Kind.LAYER_NORM, gamma, beta, epsilon, mean, inverseDeviation, null, CHANGING);
  }

  /** Rows are normalised with parameters that stay as they are: an inference's. No statistics are kept. */
  public static Prologue steadyLayerNorm(
      Span gamma, Span beta, double epsilon, @Nullable Span rowStatistics, long version) {
    return new Prologue(Kind.LAYER_NORM, gamma, beta, epsilon, null, null, rowStatistics, version);
  }
}
