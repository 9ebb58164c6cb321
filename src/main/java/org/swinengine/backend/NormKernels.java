package org.swinengine.backend;

import org.jspecify.annotations.Nullable;

/**
 * Norm family: layer normalisation over the last axis (Ba et al. 2016; PyTorch's {@code F.layer_norm}). Rows
 * are activations; gamma, beta, their gradients and the row statistics are of the master type
 * ({@link Backend#masterType}).
 */
public interface NormKernels {
  /**
   * {@code y = (x − mean)·inverseDeviation·gamma + beta} for each row of {@code columns}; biased variance.
   *
   * @param places where patch expanding puts the rows: row r of x becomes row {@code places.placeOf(r)} of y,
   *     which must not overlap x, so that they need no pass of their own; the statistics are in x's order.
   *     null: rows stay where they are
   * @param rows those of {@code places}, if any
   * @param mean receives the row means {@code [rows]}; null: not kept
   * @param inverseDeviation receives 1/√(variance + epsilon) {@code [rows]}; null: not kept
   */
  void layerNorm(
      @Nullable ExpandedRows places,
      int rows,
      int columns,
      Span x,
      Span gamma,
      Span beta,
      double epsilon,
      Span y,
      @Nullable Span mean,
      @Nullable Span inverseDeviation);

  /** The same where rows stay. */
  default void layerNorm(
      int rows, int columns, Span x, Span gamma, Span beta, double epsilon, Span y, @Nullable Span mean,
      @Nullable Span inverseDeviation) {
    layerNorm(null, rows, columns, x, gamma, beta, epsilon, y, mean, inverseDeviation);
  }

  /**
   * Gradients of {@link #layerNorm}. With x̂ = (x − mean)·inverseDeviation and g = dy·gamma:
   * {@code dx = inverseDeviation·(g − mean(g) − x̂·mean(g·x̂))}, {@code dGamma = Σ_rows dy·x̂},
   * {@code dBeta = Σ_rows dy}.
   *
   * @param places as there: dy has y's order; x, the statistics and dx have x's
   * @param dx null: not wanted; may be {@code dy}'s own memory where {@code accumulateInput} is false and
   *     rows stay where they are
   * @param accumulateInput adds to dx instead of replacing it (the residual path's gradient is there already)
   * @param dGamma null: not wanted (then dBeta too)
   * @param accumulateParameters adds to dGamma and dBeta instead of replacing them
   */
  void layerNormBackward(
      @Nullable ExpandedRows places,
      int rows,
      int columns,
      Span dy,
      Span x,
      Span mean,
      Span inverseDeviation,
      Span gamma,
      @Nullable Span dx,
      boolean accumulateInput,
      @Nullable Span dGamma,
      @Nullable Span dBeta,
      boolean accumulateParameters);

  /** The same where rows stay. */
  default void layerNormBackward(
      int rows, int columns, Span dy, Span x, Span mean, Span inverseDeviation, Span gamma,
      @Nullable Span dx, boolean accumulateInput, @Nullable Span dGamma, @Nullable Span dBeta,
      boolean accumulateParameters) {
    layerNormBackward(
        null, rows, columns, dy, x, mean, inverseDeviation, gamma, dx, accumulateInput, dGamma, dBeta,
        accumulateParameters);
  }

  /**
   * Numbers of the master type that a product keeps of each row of its result where a LayerNorm follows
   * ({@link Epilogue#rowStatistics}), so that nobody has to read the row for its mean and deviation.
   *
   * @param type of the rows
   * @return 0 where the backend keeps none of such rows
   */
  default int rowStatisticsSize(DType type, int columns) {
    return 0;
  }
}
