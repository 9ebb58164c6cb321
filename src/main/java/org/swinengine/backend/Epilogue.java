package org.swinengine.backend;

import org.jspecify.annotations.Nullable;

/**
 * What a matrix kernel does with a finished element {@code t} of row {@code r} and column {@code j} before it
 * stores it. In this order, each step only where its operand is given:
 *
 * <ol>
 *   <li>{@code accumulate}: t += y[r, j], the old value of the result
 *   <li>{@code bias}: t += bias[j]
 *   <li>{@code preActivation}: preActivation[r, j] = t (stored for the backward pass)
 *   <li>{@code gelu}: t = GELU(t) = t·Φ(t), exact
 *   <li>{@code dropout}: t = t/keep where the element is kept, else 0
 *   <li>{@code geluGradientOf}: t *= GELU′(geluGradientOf[r, j])
 *   <li>{@code rowScale}: t *= rowScale[r / rowsPerScale] (DropPath: 0 or 1/keep for each sample)
 *   <li>{@code residual}: t += residual[r, j]; the residual may be the result's own memory
 *   <li>{@code rowStatistics}: receives the statistics of the rows as they are stored, for a LayerNorm that
 *       follows ({@link Prologue#rowStatistics}): {@link NormKernels#rowStatisticsSize} numbers for each row,
 *       in a form of the backend's own; only where that is not 0. Rows start on 16 bytes, statistics on 8
 * </ol>
 *
 * <p>All matrices are {@code [rows, columns]} and dense, like the result.
 */
public record Epilogue(
    boolean accumulate,
    @Nullable Span bias,
    @Nullable Span preActivation,
    boolean gelu,
    @Nullable Span geluGradientOf,
    @Nullable Span rowScale,
    int rowsPerScale,
    @Nullable Span residual,
    @Nullable Span rowStatistics,
    @Nullable DropoutMask dropout) {

  /** One that drops nothing and keeps no statistics of rows. */
  public Epilogue(
      boolean accumulate, @Nullable Span bias, @Nullable Span preActivation, boolean gelu,
      @Nullable Span geluGradientOf, @Nullable Span rowScale, int rowsPerScale,
      @Nullable Span residual) {
    this(
        accumulate, bias, preActivation, gelu, geluGradientOf, rowScale, rowsPerScale, residual, null, null);
  }

  /** The product is stored as it is. */
  public static final Epilogue NONE = new Epilogue(false, null, null, false, null, null, 1, null);

  /** The product is added to what the result holds. */
  public static final Epilogue ACCUMULATE =
      new Epilogue(true, null, null, false, null, null, 1, null);

  /** Adds a bias {@code [columns]}; null for none. */
  public static Epilogue bias(@Nullable Span bias) {
    return bias == null ? NONE : new Epilogue(false, bias, null, false, null, null, 1, null);
  }

  /** Bias, then GELU; {@code preActivation} (null: not kept) receives what GELU was applied to. */
  public static Epilogue biasGelu(@Nullable Span bias, @Nullable Span preActivation) {
    return new Epilogue(false, bias, preActivation, true, null, null, 1, null);
  }

  /** Bias, then the scale of the row's sample (null: none), then the residual (null: none). */
  public static Epilogue biasResidual(
      @Nullable Span bias, @Nullable Span rowScale, int rowsPerScale, @Nullable Span residual) {
    return new Epilogue(false, bias, null, false, null, rowScale, rowsPerScale, residual);
  }

  /** The same with the statistics of the result's rows (null: not kept). */
  public Epilogue keeping(@Nullable Span statistics) {
    return new Epilogue(
        accumulate, bias, preActivation, gelu, geluGradientOf, rowScale, rowsPerScale, residual,
        statistics, dropout);
  }

  /** The same with dropout (null: without). */
  public Epilogue dropping(@Nullable DropoutMask mask) {
    return new Epilogue(
        accumulate, bias, preActivation, gelu, geluGradientOf, rowScale, rowsPerScale, residual,
        rowStatistics, mask);
  }

  /** Multiplies by GELU′ of a stored pre-activation. */
  public static Epilogue timesGeluGradient(Span preActivation) {
    return timesGeluGradient(preActivation, null);
  }

  /**
   * Multiplies by GELU′ of a stored pre-activation, then by the factor of the row's sample.
   *
   * @param factors null: all are 1
   */
  public static Epilogue timesGeluGradient(
      Span preActivation, @Nullable RowFactors factors) {
    return new Epilogue(
        false, null, null, false, preActivation, spanOf(factors), rowsOf(factors), null);
  }

  /** Multiplies by the factor of the row's sample, then adds what the result holds, if it is to be kept. */
  public static Epilogue scaled(RowFactors factors, @Nullable Span resultToAddTo) {
    return biasResidual(null, factors.factors(), factors.rowsPerFactor(), resultToAddTo);
  }

  private static @Nullable Span spanOf(@Nullable RowFactors factors) {
    return factors == null ? null : factors.factors();
  }

  private static int rowsOf(@Nullable RowFactors factors) {
    return factors == null ? 1 : factors.rowsPerFactor();
  }
}
