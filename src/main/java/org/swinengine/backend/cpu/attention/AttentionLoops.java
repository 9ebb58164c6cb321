package org.swinengine.backend.cpu.attention;

/**
 * The loops of attention for one head and a block of queries. All operands stand in one array, the working
 * memory {@code f}, and parameters that end in no name of an array are places in it. Rows of Q, K, V, of the
 * result and of their gradients are {@link #ROW} apart and hold {@link #PANEL} channels at most (see {@link
 * HeadPanels}). Logits stand transposed, keys as rows and queries as columns, so that maximum and sum over
 * the keys need no work across the lanes of a vector; their rows, and those of a transposed operand, are
 * {@link #COLUMNS} apart.
 *
 * <p>Vectors may compute columns up to the next multiple of {@link #WIDTH}: what stands there is read and
 * overwritten, and means nothing. Rows of K and of logits may be read {@link #SPARE_ROWS} beyond the last.
 *
 * <p>Every sum of products is one chain of fused multiply-adds in the order of its index, so that results do
 * not depend on which implementation runs, nor on its vector width.
 */
public interface AttentionLoops {
  /** Floats of the widest vector: columns are padded to multiples of it on every machine. */
  int WIDTH = 16;

  /** Channels of a panel. */
  int PANEL = 64;

  /** Between rows of a panel: an odd number of cache lines, so that rows fall into different sets. */
  int ROW = PANEL + WIDTH;

  /** Queries at a time, and the distance of rows of logits. */
  int COLUMNS = 64;

  /** Rows that stand behind those of a panel: tiles may read them. */
  int SPARE_ROWS = 16;

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
   * {@code f[to][i, c] = x[rows[first + i] + base + c]} for c &lt; width, and zeros up to the next multiple
   * of {@link #WIDTH}.
   */
  void load(int count, int width, float[] x, int[] rows, int first, int base, float[] f, int to);

  /** {@code y[rows[first + i] + base + c] = f[from][i, c]} for c &lt; width. */
  void store(int count, int width, float[] f, int from, float[] y, int[] rows, int first, int base);

  /**
   * {@code f[s][i, j] = f[start + i·startStride + j] + Σ_d f[k][i, d]·f[q][d, j]} for keys i and queries j.
   */
  void scores(int keys, int queries, int depth, float[] f, int k, int q, int start, int startStride, int s);

  /**
   * A sum over queries for each key: {@code f[y][i, c] = factor·(start[i, c] + Σ_j f[s][i, j]·f[x][j, c])},
   * where {@code start[i, c]} is {@code f[start + i·startStride + c]}.
   */
  void keySums(
      int keys, int width, int queries, float[] f, int s, int x, int start, int startStride, float factor,
      int y);

  /**
   * A sum over keys for each query: {@code f[y][j, c] = f[factors + j]·(start[j, c] + Σ_i f[s][i, j]·f[x][i,
   * c])}.
   */
  void querySums(
      int queries, int width, int keys, float[] f, int s, int x, int start, int startStride, int factors,
      int y);

  /** {@code y[i, :] += x[i, :]}, of any array and strides. */
  void add(int rows, int columns, float[] x, int xStart, int xStride, float[] y, int yStart, int yStride);

  /**
   * {@code f[maximum + j] = max(f[maximum + j], max_i f[s][i, j])}; ignores NaN, which comes back with its
   * exponential.
   */
  void columnMaximum(int keys, int queries, float[] f, int s, int maximum);

  /**
   * {@code f[s][i, j] = exp(f[s][i, j] − f[maximum + j]); f[sum + j] += Σ_i f[s][i, j]}; see {@link
   * #NEGLIGIBLE}.
   */
  void exponentials(int keys, int queries, float[] f, int s, int maximum, int sum);

  /**
   * {@code f[s][i, j] = exp(f[s][i, j] − f[maximum + j])·f[factors + j]}: the probabilities from stored
   * statistics.
   */
  void probabilities(int keys, int queries, float[] f, int s, int maximum, int factors);

  /** {@code f[delta + j] = Σ_i f[p][i, j]·f[dP][i, j]}. */
  void correlation(int keys, int queries, float[] f, int p, int dP, int delta);

  /** {@code f[dP][i, j] = f[p][i, j]·(f[dP][i, j] − f[delta + j])}: softmax's gradient. */
  void softmaxGradient(int keys, int queries, float[] f, int p, int dP, int delta);
}
