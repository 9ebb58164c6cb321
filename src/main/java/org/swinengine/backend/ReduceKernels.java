package org.swinengine.backend;

/**
 * Reduce family: sums in a fixed order that depends on the sizes alone. Sums over elements and rows are of
 * the master type ({@link Backend#masterType}), whatever the type of their terms; means over tokens are
 * activations.
 */
public interface ReduceKernels {
  /** {@code out[0] = Σ x}. */
  void sum(long n, Span x, Span out);

  /** {@code out[j] = Σ_r x[r, j]} over {@code rows} rows, or added to {@code out}. */
  void sumRows(int rows, long columns, Span x, Span out, boolean accumulate);

  /** Mean over tokens: {@code [batch, tokens, channels]} to {@code [batch, channels]}. */
  void meanTokens(int batch, int tokens, int channels, Span x, Span y);

  /** Gradient of {@link #meanTokens}: {@code dx[b, t, :] = dy[b, :]/tokens}. */
  void meanTokensBackward(int batch, int tokens, int channels, Span dy, Span dx);

  /**
   * {@code out[0] = Σ x²}, accumulated in float64 where the device can; infinite or NaN where x is not
   * finite.
   */
  void sumOfSquares(long n, Span x, Span out);

  /**
   * Rows whose sum is made first, where rows are summed to the same bits on several backends: the next
   * multiple of 16 from √rows, so that neither a part's sum nor the sum of the parts has many terms.
   */
  static int rowsOfPart(int rows) {
    return Math.max(16, ((int) Math.sqrt(rows) + 15) / 16 * 16);
  }
}
