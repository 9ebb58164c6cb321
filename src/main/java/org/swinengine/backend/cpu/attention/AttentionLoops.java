package org.swinengine.backend.cpu.attention;

/**
 * The loops of attention for one head and a block of queries. Logits stand transposed, keys as rows and
 * queries as columns, so that maximum and sum over the keys need no work across the lanes of a vector.
 * Numbers of columns ({@code queries} of a logit matrix, {@code width} of a head) are multiples of {@link
 * #WIDTH}.
 *
 * <p>Rows of Q, K and V are found through tables: row i begins at {@code rows[first + i] + base}. Every sum
 * of products is one chain of fused multiply-adds in the order of its index, so that results do not depend on
 * which implementation runs, nor on its vector width.
 */
public interface AttentionLoops {
  /** Floats of the widest vector: columns are padded to multiples of it on every machine. */
  int WIDTH = 16;

  /**
   * Logits this far below their row's maximum give 0. Their exponential would be subnormal, which a processor
   * handles a hundred times slower, and which masked pairs (−100) would bring in numbers.
   */
  float NEGLIGIBLE = -87f;

  /** The smallest multiple of {@link #WIDTH} that is not below {@code n}. */
  static int padded(int n) {
    return (n + WIDTH - 1) / WIDTH * WIDTH;
  }

  /**
   * {@code y[d, i] = factor·x[rows[first + i] + base + d]} for i &lt; count; zero for count ≤ i &lt;
   * stride.
   */
  void transpose(
      int count,
      int depth,
      float[] x,
      int[] rows,
      int first,
      int base,
      float factor,
      float[] y,
      int yStart,
      int stride);

  /**
   * {@code s[i, j] = start[i, j] + Σ_d k[rows[first + i] + base + d]·q[d, j]}; {@code s} and {@code q} are
   * dense.
   */
  void scores(
      int keys,
      int queries,
      int depth,
      float[] k,
      int[] rows,
      int first,
      int base,
      float[] q,
      int qStart,
      float[] start,
      int startStart,
      int startStride,
      float[] s,
      int sStart);

  /** {@code y[i, :] = factor·(y[i, :] + Σ_j s[i, j]·x[j, :])}: a sum over queries for each key. */
  void keySums(
      int keys,
      int width,
      int queries,
      float[] s,
      int sStart,
      int sStride,
      float[] x,
      int[] xRows,
      int xFirst,
      int xBase,
      float factor,
      float[] y,
      int[] yRows,
      int yFirst,
      int yBase);

  /** {@code y[j, :] = factors[j]·(y[j, :] + Σ_i s[i, j]·x[i, :])}: a sum over keys for each query. */
  void querySums(
      int queries,
      int width,
      int keys,
      float[] s,
      int sStart,
      int sStride,
      float[] x,
      int[] xRows,
      int xFirst,
      int xBase,
      float[] factors,
      int factorsStart,
      float[] y,
      int[] yRows,
      int yFirst,
      int yBase);

  /** {@code x[i, :] = 0} for rows found through a table. */
  void zero(int count, int width, float[] x, int[] rows, int first, int base);

  /** {@code y[i, :] += x[i, :]}. */
  void add(int rows, int columns, float[] x, int xStart, int xStride, float[] y, int yStart, int yStride);

  /**
   * {@code maximum[j] = max(maximum[j], max_i s[i, j])}; ignores NaN, which comes back with its
   * exponential.
   */
  void columnMaximum(int keys, int queries, float[] s, int sStart, float[] maximum, int maximumStart);

  /** {@code s[i, j] = exp(s[i, j] − maximum[j]); sum[j] += Σ_i s[i, j]}; see {@link #NEGLIGIBLE}. */
  void exponentials(
      int keys, int queries, float[] s, int sStart, float[] maximum, int maximumStart, float[] sum,
      int sumStart);

  /** {@code s[i, j] = exp(s[i, j] − maximum[j])·factors[j]}: the probabilities from stored statistics. */
  void probabilities(
      int keys,
      int queries,
      float[] s,
      int sStart,
      float[] maximum,
      int maximumStart,
      float[] factors,
      int factorsStart);

  /** {@code delta[j] = Σ_i p[i, j]·dP[i, j]}. */
  void correlation(
      int keys, int queries, float[] p, int pStart, float[] dP, int dPStart, float[] delta, int deltaStart);

  /** {@code dP[i, j] = p[i, j]·(dP[i, j] − delta[j])}: softmax's gradient. */
  void softmaxGradient(
      int keys, int queries, float[] p, int pStart, float[] dP, int dPStart, float[] delta, int deltaStart);
}
