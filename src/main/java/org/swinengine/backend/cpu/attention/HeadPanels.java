package org.swinengine.backend.cpu.attention;

import org.swinengine.backend.cpu.runtime.Prefetch;

/**
 * How the rows of one head (of Q, K, V, …) stand in the working memory, and the loops over them: channels in
 * panels of {@link AttentionLoops#PANEL}, panel after panel; a panel's rows {@link AttentionLoops#ROW} apart.
 * Most heads have one panel. A place of rows may be moved on by a multiple of {@code ROW}, to a later row.
 */
final class HeadPanels {
  private static final int PANEL = AttentionLoops.PANEL;
  private static final int ROW = AttentionLoops.ROW;
  private static final int COLUMNS = AttentionLoops.COLUMNS;

  /** Smallest norm that divides. */
  private static final float SMALLEST_NORM = 1e-12f;

  private final AttentionLoops loops;
  private final int headDim;
  private final int panelSize;

  /** Floats of an operand's rows. */
  final int size;

  HeadPanels(AttentionLoops loops, int headDim, int rows) {
    this.loops = loops;
    this.headDim = headDim;
    panelSize = (rows + AttentionLoops.SPARE_ROWS) * ROW;
    size = (headDim + PANEL - 1) / PANEL * panelSize;
  }

  /** Floats of a transposed block of queries. */
  int transposedSize() {
    return headDim * COLUMNS;
  }

  /** Where channel {@code c} of row 0 stands, from the operand's beginning. */
  int place(int c) {
    return c / PANEL * panelSize + c % PANEL;
  }

  private int channels(int from) {
    return Math.min(PANEL, headDim - from);
  }

  /** Rows from where they lie in {@code x}: row i at {@code rows[first + i] + base}. */
  void load(int count, float[] x, int[] rows, int first, int base, float[] f, int to) {
    Prefetch.rows(count, headDim, x, rows, first, base);
    for (int c = 0; c < headDim; c += PANEL) {
      loops.load(count, channels(c), x, rows, first, base + c, f, to + place(c));
    }
  }

  /** Rows to where they lie in {@code y}. */
  void store(int count, float[] f, int from, float[] y, int[] rows, int first, int base) {
    for (int c = 0; c < headDim; c += PANEL) {
      loops.store(count, channels(c), f, from + place(c), y, rows, first, base + c);
    }
  }

  /**
   * {@code f[to][d, i] = factor·f[from][i, d]}: rows become columns. Element by element: gathering was
   * slower, and left objects on the heap in some compilations.
   */
  void transpose(int count, float[] f, int from, float factor, int to) {
    for (int c = 0; c < headDim; c += PANEL) {
      int x = from + place(c);
      int y = to + c * COLUMNS;
      int i = 0;
      for (; i + 4 <= count; i += 4) {
        transpose4(channels(c), f, x + i * ROW, factor, y + i);
      }
      for (; i < count; i++) {
        transpose1(channels(c), f, x + i * ROW, factor, y + i);
      }
    }
  }

  private static void transpose4(int depth, float[] f, int x, float factor, int y) {
    for (int d = 0; d < depth; d++) {
      float x0 = f[x + d];
      float x1 = f[x + d + ROW];
      float x2 = f[x + d + 2 * ROW];
      float x3 = f[x + d + 3 * ROW];
      int to = y + d * COLUMNS;
      f[to] = factor * x0;
      f[to + 1] = factor * x1;
      f[to + 2] = factor * x2;
      f[to + 3] = factor * x3;
    }
  }

  private static void transpose1(int depth, float[] f, int x, float factor, int y) {
    for (int d = 0; d < depth; d++) {
      f[y + d * COLUMNS] = factor * f[x + d];
    }
  }

  /** See {@link AttentionLoops#scores}. */
  void scores(int keys, int queries, float[] f, int k, int q, int start, int startStride, int s) {
    loops.scores(keys, queries, channels(0), f, k, q, start, startStride, s);
    for (int c = PANEL; c < headDim; c += PANEL) {
      loops.scores(keys, queries, channels(c), f, k + place(c), q + c * COLUMNS, s, COLUMNS, s);
    }
  }

  /**
   * See {@link AttentionLoops#keySums}.
   *
   * @param zeros a row of zeros, with which sums begin; negative: they begin with what stands in {@code y}
   */
  void keySums(int keys, int queries, float[] f, int s, int x, int zeros, float factor, int y) {
    for (int c = 0; c < headDim; c += PANEL) {
      int to = y + place(c);
      boolean anew = zeros >= 0;
      loops.keySums(
          keys, channels(c), queries, f, s, x + place(c), anew ? zeros : to, anew ? 0 : ROW, factor, to);
    }
  }

  /** See {@link AttentionLoops#querySums}, and {@link #keySums} for {@code zeros}. */
  void querySums(int queries, int keys, float[] f, int s, int x, int zeros, int factors, int y) {
    for (int c = 0; c < headDim; c += PANEL) {
      int to = y + place(c);
      boolean anew = zeros >= 0;
      loops.querySums(
          queries, channels(c), keys, f, s, x + place(c), anew ? zeros : to, anew ? 0 : ROW, factors, to);
    }
  }

  // One head's row at a time, for what is done with whole rows only: a padded token's, a normalised one.

  /** Zeros if {@code from} is null. */
  void loadRow(float[] from, int start, float[] f, int to) {
    for (int c = 0; c < headDim; c++) {
      f[to + place(c)] = from == null ? 0 : from[start + c];
    }
  }

  /** {@code y[start + c] = f[from][c]}, or what stands there is added to. */
  void storeRow(float[] f, int from, float[] y, int start, boolean add) {
    for (int c = 0; c < headDim; c++) {
      y[start + c] = (add ? y[start + c] : 0) + f[from + place(c)];
    }
  }

  /**
   * Divides a row by max(its norm, 1e-12), as {@code torch.nn.functional.normalize}, and returns the norm.
   */
  float normalise(float[] f, int x) {
    float norm = (float) Math.sqrt(dot(f, x, x));
    float divisor = Math.max(norm, SMALLEST_NORM);
    for (int c = 0; c < headDim; c++) {
      f[x + place(c)] /= divisor;
    }
    return norm;
  }

  /**
   * Turns the gradient {@code g} of a normalised row {@code x} into the row's own: (g − x·(x·g))/norm. A row
   * whose norm was below the limit was divided by a constant.
   */
  void normaliseBackward(float[] f, int x, int g, float norm) {
    boolean tiny = norm < SMALLEST_NORM;
    float along = tiny ? 0 : dot(f, x, g);
    for (int c = 0; c < headDim; c++) {
      int at = g + place(c);
      f[at] = tiny ? f[at] / SMALLEST_NORM : (f[at] - f[x + place(c)] * along) / norm;
    }
  }

  void multiply(float[] f, int x, float factor) {
    for (int c = 0; c < headDim; c++) {
      f[x + place(c)] *= factor;
    }
  }

  /** Σ x·y in the order of the channels. */
  float dot(float[] f, int x, int y) {
    float sum = 0;
    for (int c = 0; c < headDim; c++) {
      sum = Math.fma(f[x + place(c)], f[y + place(c)], sum);
    }
    return sum;
  }
}
