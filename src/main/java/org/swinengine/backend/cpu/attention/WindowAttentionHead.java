package org.swinengine.backend.cpu.attention;

import java.util.Arrays;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.Scratch;

/**
 * Attention of one head in one window, forward and backward. Rows of Q, K and V are read in the image where
 * they lie; only where vectors do not fit them (padded tokens, a head whose channels are no multiple of 16)
 * or where they change (cosine attention) they are copied first.
 *
 * <p>One object serves all threads of a call: it says where things are, and holds nothing that a piece
 * changes. {@code f} is always the thread's working memory, {@code rows} its tables of row starts.
 */
final class WindowAttentionHead {
  /** Queries whose logits are in work at a time. */
  static final int QUERIES = 64;

  private final AttentionLoops loops;
  private final WindowGeometry geometry;
  private final WindowTables tables;
  private final AttentionForm form;
  private final boolean copies;
  private final int windowTokens;
  private final int headDim;
  private final int channels;

  private final float[] qkv;
  private final int qkvStart;

  /** Stride of bias and mask. */
  private final int biasStride;

  /** Floats of a copied row. */
  private final int width;

  /** Where each thing stands in the working memory. */
  private final int zeros;

  private final int maximum;
  private final int sum;
  private final int factors;
  private final int delta;
  private final int bias;
  private final int dBias;
  private final int tableColumn;
  private final int transposedQ;
  private final int transposedG;
  private final int logits;
  private final int dLogits;
  private final int q;
  private final int k;
  private final int v;
  private final int result;
  private final int dQ;
  private final int dK;
  private final int dV;
  private final int qNorms;
  private final int kNorms;
  private final int size;

  /** Tables of row starts: of the image's qkv rows, of its result rows, of copied rows. */
  private final int resultRows;

  private final int copiedRows;

  WindowAttentionHead(
      AttentionLoops loops, WindowGeometry geometry, WindowTables tables, AttentionForm form, Span qkv) {
    this.loops = loops;
    this.geometry = geometry;
    this.tables = tables;
    this.form = form;
    this.qkv = CpuBuffer.floats(qkv);
    this.qkvStart = CpuBuffer.start(qkv);
    windowTokens = geometry.windowTokens();
    headDim = form.headDim();
    channels = form.channels();
    copies = form.logitScale() != null || headDim % AttentionLoops.WIDTH != 0;
    width = AttentionLoops.padded(headDim);
    biasStride = AttentionLoops.padded(windowTokens);
    int columns = Math.min(QUERIES, biasStride);
    int copied = windowTokens * width;
    zeros = Scratch.ALIGNED_START;
    maximum = zeros + columns;
    sum = maximum + columns;
    factors = sum + columns;
    delta = factors + columns;
    bias = delta + columns;
    dBias = bias + windowTokens * biasStride;
    transposedQ = dBias + windowTokens * biasStride;
    transposedG = transposedQ + headDim * columns;
    logits = transposedG + headDim * columns;
    dLogits = logits + windowTokens * columns;
    q = dLogits + windowTokens * columns;
    k = q + copied;
    v = k + copied;
    result = v + copied;
    dQ = result + copied;
    dK = dQ + copied;
    dV = dK + copied;
    qNorms = dV + copied;
    kNorms = qNorms + biasStride;
    tableColumn = kNorms + biasStride;
    size = tableColumn + geometry.biasTableRows();
    resultRows = windowTokens;
    copiedRows = 2 * windowTokens;
  }

  /** The calling thread's working memory. */
  float[] floats() {
    float[] f = Scratch.get().floats(size - Scratch.ALIGNED_START);
    Arrays.fill(f, zeros, maximum, 0f);
    return f;
  }

  /** The calling thread's tables of rows. */
  int[] rows() {
    int[] rows = Scratch.get().ints(3 * windowTokens);
    for (int t = 0; t < windowTokens; t++) {
      rows[copiedRows + t] = t * width;
    }
    return rows;
  }

  /** Gathers the head's bias to {@code [key, query]}; to be called before the head's first window. */
  void loadBias(float[] f, int head) {
    int tokens = windowTokens;
    Arrays.fill(f, bias, bias + tokens * biasStride, 0f);
    if (form.biasTable() != null) {
      loadTable(f, head);
    }
    if (form.biasMatrix() != null) {
      float[] matrix = CpuBuffer.floats(form.biasMatrix());
      int start = CpuBuffer.start(form.biasMatrix()) + head * tokens * tokens;
      for (int query = 0; query < tokens; query++) {
        for (int key = 0; key < tokens; key++) {
          f[bias + key * biasStride + query] += matrix[start + query * tokens + key];
        }
      }
    }
  }

  private void loadTable(float[] f, int head) {
    float[] table = CpuBuffer.floats(form.biasTable());
    int start = CpuBuffer.start(form.biasTable()) + head;
    int heads = form.heads();
    for (int row = 0; row < geometry.biasTableRows(); row++) {
      f[tableColumn + row] = table[start + row * heads];
    }
    int run = geometry.windowWidth(); // queries side by side have table rows side by side
    for (int key = 0; key < windowTokens; key++) {
      for (int query = 0; query < windowTokens; query += run) {
        int from = tableColumn + tables.tableRow(query, key);
        System.arraycopy(f, from, f, bias + key * biasStride + query, run);
      }
    }
  }

  /** Prepares the sum of bias gradients over windows; to be called before the head's first window. */
  void clearBiasGradient(float[] f) {
    Arrays.fill(f, dBias, dBias + windowTokens * biasStride, 0f);
  }

  /**
   * Writes the bias table's gradient, {@code [biasTableRows]}, summed over the windows since it was
   * cleared.
   */
  void storeTableGradient(float[] f, float[] to, int start) {
    Arrays.fill(to, start, start + geometry.biasTableRows(), 0f);
    int run = geometry.windowWidth();
    for (int key = 0; key < windowTokens; key++) {
      for (int query = 0; query < windowTokens; query += run) {
        int row = start + tables.tableRow(query, key);
        int from = dBias + key * biasStride + query;
        for (int i = 0; i < run; i++) {
          to[row + i] += f[from + i];
        }
      }
    }
  }

  /** Writes the bias matrix' gradient, {@code [query, key]}, summed over the windows since it was cleared. */
  void storeMatrixGradient(float[] f, float[] to, int start) {
    for (int query = 0; query < windowTokens; query++) {
      for (int key = 0; key < windowTokens; key++) {
        to[start + query * windowTokens + key] = f[dBias + key * biasStride + query];
      }
    }
  }

  /** Writes where the window's tokens lie, −1 for padding, and returns whether rows must be copied. */
  private boolean locate(int[] rows, int window, int resultStart) {
    int windows = geometry.windows();
    int imageTokens = geometry.height() * geometry.width();
    int first = window / windows * imageTokens;
    int from = window % windows * windowTokens;
    for (int t = 0; t < windowTokens; t++) {
      int token = tables.tokens[from + t];
      rows[t] = token < 0 ? -1 : qkvStart + (first + token) * 3 * channels;
      rows[resultRows + t] = token < 0 ? -1 : resultStart + (first + token) * channels;
    }
    return copies || tables.padded[window % windows];
  }

  private float factor(int head) {
    Span logitScale = form.logitScale();
    return logitScale == null
        ? (float) form.scale()
        : CpuBuffer.floats(logitScale)[CpuBuffer.start(logitScale) + head];
  }

  private void copyIn(float[] f, int[] rows, int head) {
    Span spare = form.paddedQkv();
    float[] padding = spare == null ? null : CpuBuffer.floats(spare);
    int paddingStart = spare == null ? 0 : CpuBuffer.start(spare);
    for (int t = 0; t < windowTokens; t++) {
      boolean real = rows[t] >= 0;
      float[] from = real ? qkv : padding;
      int start = (real ? rows[t] : paddingStart) + head * headDim;
      int to = t * width;
      AttentionRows.copy(from, start, headDim, f, q + to, width);
      AttentionRows.copy(from, start + channels, headDim, f, k + to, width);
      AttentionRows.copy(from, start + 2 * channels, headDim, f, v + to, width);
      if (form.logitScale() != null) {
        f[qNorms + t] = AttentionRows.normalise(f, q + to, headDim);
        f[kNorms + t] = AttentionRows.normalise(f, k + to, headDim);
      }
    }
  }

  /**
   * One head of one window.
   *
   * @param window number of the window in the batch
   * @param statistics array of the statistics, or null
   */
  void forward(
      float[] f,
      int[] rows,
      int window,
      int head,
      float[] out,
      int outStart,
      float[] statistics,
      int statisticsStart) {
    boolean copied = locate(rows, window, outStart);
    if (copied) {
      copyIn(f, rows, head);
    }
    float[] x = copied ? f : qkv;
    int xRows = copied ? copiedRows : 0;
    int qBase = copied ? q : head * headDim;
    int kBase = copied ? k : channels + head * headDim;
    int vBase = copied ? v : 2 * channels + head * headDim;
    float[] y = copied ? f : out;
    int yRows = copied ? copiedRows : resultRows;
    int yBase = copied ? result : head * headDim;
    loops.zero(windowTokens, width, y, rows, yRows, yBase);
    int statisticsRow = statisticsStart + (window * form.heads() + head) * windowTokens * 2;
    for (int first = 0; first < windowTokens; first += QUERIES) {
      int count = Math.min(QUERIES, windowTokens - first);
      int columns = AttentionLoops.padded(count);
      logits(f, rows, window, first, count, x, xRows, qBase, kBase, factor(head));
      Arrays.fill(f, maximum, maximum + columns, Float.NEGATIVE_INFINITY);
      Arrays.fill(f, sum, sum + columns, 0f);
      loops.columnMaximum(windowTokens, columns, f, logits, f, maximum);
      loops.exponentials(windowTokens, columns, f, logits, f, maximum, f, sum);
      for (int i = 0; i < columns; i++) {
        f[factors + i] = 1 / f[sum + i];
      }
      if (statistics != null) {
        for (int i = 0; i < count; i++) {
          statistics[statisticsRow + 2 * (first + i)] = f[maximum + i];
          statistics[statisticsRow + 2 * (first + i) + 1] = f[sum + i];
        }
      }
      loops.querySums(
          count, width, windowTokens, f, logits, columns, x, rows, xRows, vBase, f, factors, y, rows,
          yRows + first, yBase);
    }
    if (copied) {
      for (int t = 0; t < windowTokens; t++) {
        if (rows[resultRows + t] >= 0) {
          System.arraycopy(f, result + t * width, out, rows[resultRows + t] + head * headDim, headDim);
        }
      }
    }
  }

  private void logits(
      float[] f,
      int[] rows,
      int window,
      int first,
      int count,
      float[] x,
      int xRows,
      int qBase,
      int kBase,
      float factor) {
    int columns = AttentionLoops.padded(count);
    loops.transpose(count, headDim, x, rows, xRows + first, qBase, factor, f, transposedQ, columns);
    loops.scores(
        windowTokens, columns, headDim, x, rows, xRows, kBase, f, transposedQ, f, bias + first, biasStride, f,
        logits);
    int mask = tables.maskOfWindow[window % geometry.windows()];
    if (mask >= 0) {
      loops.add(windowTokens, columns, tables.masks[mask], first, biasStride, f, logits, columns);
    }
  }

  /**
   * Gradients of one head of one window; adds its bias gradient to the sum in the working memory.
   *
   * @param wantsBias whether bias gradients are summed
   * @param dPadded where gradients of padded tokens' rows are added, like {@code paddedQkv}; null: not wanted
   * @return the window's part of the gradient of the logit scale; 0 for dot-product attention
   */
  float backward(
      float[] f,
      int[] rows,
      int window,
      int head,
      float[] statistics,
      int statisticsStart,
      float[] dOut,
      int dOutStart,
      float[] dQkv,
      int dQkvStart,
      boolean wantsBias,
      float[] dPadded,
      int dPaddedStart) {
    boolean copied = locate(rows, window, dOutStart);
    int channel = head * headDim;
    int shift = dQkvStart - qkvStart; // dQkv's rows lie as qkv's
    if (copied) {
      copyIn(f, rows, head);
      for (int t = 0; t < windowTokens; t++) {
        int row = rows[resultRows + t];
        AttentionRows.copy(row < 0 ? null : dOut, row + channel, headDim, f, result + t * width, width);
      }
    }
    float[] x = copied ? f : qkv;
    int xRows = copied ? copiedRows : 0;
    int qBase = copied ? q : channel;
    int kBase = copied ? k : channels + channel;
    int vBase = copied ? v : 2 * channels + channel;
    float[] g = copied ? f : dOut;
    int gRows = copied ? copiedRows : resultRows;
    int gBase = copied ? result : channel;
    float[] dx = copied ? f : dQkv;
    int dqBase = copied ? dQ : channel + shift;
    int dkBase = copied ? dK : channels + channel + shift;
    int dvBase = copied ? dV : 2 * channels + channel + shift;
    loops.zero(windowTokens, width, dx, rows, xRows, dqBase);
    loops.zero(windowTokens, width, dx, rows, xRows, dkBase);
    loops.zero(windowTokens, width, dx, rows, xRows, dvBase);
    int statisticsRow = statisticsStart + (window * form.heads() + head) * windowTokens * 2;
    float factor = factor(head);
    int tokens = windowTokens;
    for (int first = 0; first < tokens; first += QUERIES) {
      int count = Math.min(QUERIES, tokens - first);
      int columns = AttentionLoops.padded(count);
      logits(f, rows, window, first, count, x, xRows, qBase, kBase, factor);
      for (int i = 0; i < columns; i++) {
        int at = statisticsRow + 2 * (first + i);
        f[maximum + i] = i < count ? statistics[at] : 0;
        f[factors + i] = i < count ? 1 / statistics[at + 1] : 0;
      }
      loops.probabilities(tokens, columns, f, logits, f, maximum, f, factors);
      loops.keySums(
          tokens, width, count, f, logits, columns, g, rows, gRows + first, gBase, 1, dx, rows, xRows,
          dvBase);
      loops.transpose(count, headDim, g, rows, gRows + first, gBase, 1, f, transposedG, columns);
      loops.scores(tokens, columns, headDim, x, rows, xRows, vBase, f, transposedG, f, zeros, 0, f, dLogits);
      loops.correlation(tokens, columns, f, logits, f, dLogits, f, delta);
      loops.softmaxGradient(tokens, columns, f, logits, f, dLogits, f, delta);
      if (wantsBias) {
        loops.add(tokens, columns, f, dLogits, columns, f, dBias + first, biasStride);
      }
      boolean last = first + count == tokens;
      loops.keySums(
          tokens, width, count, f, dLogits, columns, x, rows, xRows + first, qBase, last ? factor : 1, dx,
          rows,
          xRows, dkBase);
      // The gradient of the logit scale needs the sum before the factor.
      Arrays.fill(f, factors, factors + columns, form.logitScale() == null ? factor : 1);
      loops.querySums(
          count, width, tokens, f, dLogits, columns, x, rows, xRows, kBase, f, factors, dx, rows,
          xRows + first, dqBase);
    }
    return copied ? copyOut(f, rows, head, factor, dQkv, shift, dPadded, dPaddedStart) : 0;
  }

  private float copyOut(
      float[] f,
      int[] rows,
      int head,
      float factor,
      float[] dQkv,
      int shift,
      float[] dPadded,
      int dPaddedStart) {
    float dLogitScale = 0;
    for (int t = 0; t < windowTokens; t++) {
      int row = t * width;
      if (form.logitScale() != null) {
        dLogitScale += AttentionRows.dot(f, q + row, f, dQ + row, headDim);
        for (int i = dQ + row; i < dQ + row + headDim; i++) {
          f[i] *= factor;
        }
        AttentionRows.normaliseBackward(f, q + row, f, dQ + row, headDim, f[qNorms + t]);
        AttentionRows.normaliseBackward(f, k + row, f, dK + row, headDim, f[kNorms + t]);
      }
      if (rows[t] >= 0) {
        int to = rows[t] + shift + head * headDim;
        System.arraycopy(f, dQ + row, dQkv, to, headDim);
        System.arraycopy(f, dK + row, dQkv, to + channels, headDim);
        System.arraycopy(f, dV + row, dQkv, to + 2 * channels, headDim);
      } else if (dPadded != null) {
        int to = dPaddedStart + head * headDim;
        for (int i = 0; i < headDim; i++) {
          dPadded[to + i] += f[dQ + row + i];
          dPadded[to + channels + i] += f[dK + row + i];
          dPadded[to + 2 * channels + i] += f[dV + row + i];
        }
      }
    }
    return dLogitScale;
  }
}
