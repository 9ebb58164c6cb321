package org.swinengine.backend.cpu.attention;

import java.util.Arrays;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.Scratch;

/**
 * Attention of one head in one window, forward and backward. The window's rows are brought from the image
 * into the working memory first: there they lie at constant distances and in the first cache, and reading
 * them in one go waits for memory once. Results go back to the image at the end.
 *
 * <p>One object serves all threads of a call: it says where things are, and holds nothing that a piece
 * changes. {@code f} is always the thread's working memory, {@code rows} its tables of row starts.
 */
final class WindowAttentionHead {
  private static final int COLUMNS = AttentionLoops.COLUMNS;
  private static final int ROW = AttentionLoops.ROW;

  /** Floats of biases that a piece holds, about: 256 KiB. */
  private static final int BIASES = 1 << 16;

  private final AttentionLoops loops;
  private final HeadPanels panels;
  private final WindowGeometry geometry;
  private final WindowTables tables;
  private final AttentionForm form;
  private final int windowTokens;
  private final int headDim;
  private final int channels;

  private final float[] qkv;
  private final int qkvStart;

  /** Stride of bias and mask. */
  private final int biasStride;

  /** Where each thing stands in the working memory. */
  private final int zeros;

  private final int maximum;
  private final int sum;
  private final int factors;
  private final int delta;
  private final int tableColumn;

  /** Of one head after the other: they are kept while a piece goes over its windows. */
  private final int bias;

  private final int dBias;
  private final int biasSize;
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
  private final int forwardSize;
  private final int backwardSize;

  /** Table of starts of result rows, after that of the image's qkv rows. */
  private final int resultRows;

  /**
   * For pieces of work of up to {@code headsHeld} heads.
   *
   * @param headsHeld at least 1; see {@link #headsHeld(WindowGeometry)}
   */
  WindowAttentionHead(
      AttentionLoops loops,
      WindowGeometry geometry,
      WindowTables tables,
      AttentionForm form,
      int headsHeld,
      Span qkv) {
    this.loops = loops;
    this.geometry = geometry;
    this.tables = tables;
    this.form = form;
    this.qkv = CpuBuffer.floats(qkv);
    this.qkvStart = CpuBuffer.start(qkv);
    windowTokens = geometry.windowTokens();
    headDim = form.headDim();
    channels = form.channels();
    panels = new HeadPanels(loops, headDim, windowTokens);
    biasStride = AttentionLoops.padded(windowTokens);
    int logitsSize = windowTokens * COLUMNS;
    zeros = Scratch.ALIGNED_START;
    maximum = zeros + COLUMNS;
    sum = maximum + COLUMNS;
    factors = sum + COLUMNS;
    delta = factors + COLUMNS;
    transposedQ = delta + COLUMNS;
    transposedG = transposedQ + panels.transposedSize();
    logits = transposedG + panels.transposedSize();
    dLogits = logits + logitsSize;
    q = dLogits + logitsSize;
    k = q + panels.size;
    v = k + panels.size;
    result = v + panels.size;
    dQ = result + panels.size;
    dK = dQ + panels.size;
    dV = dK + panels.size;
    qNorms = dV + panels.size;
    kNorms = qNorms + biasStride;
    tableColumn = kNorms + biasStride;
    biasSize = windowTokens * biasStride;
    bias = Scratch.aligned(tableColumn + geometry.biasTableRows()) + Scratch.ALIGNED_START;
    dBias = bias + headsHeld * biasSize;
    forwardSize = dBias;
    backwardSize = dBias + headsHeld * biasSize;
    resultRows = windowTokens;
  }

  /** Heads whose biases together stay in the second cache: so many a piece should have at most. */
  static int headsHeld(WindowGeometry geometry) {
    return Math.max(1, BIASES / (geometry.windowTokens() * AttentionLoops.padded(geometry.windowTokens())));
  }

  /** The calling thread's working memory. */
  float[] floats(boolean backward) {
    int size = backward ? backwardSize : forwardSize;
    float[] f = Scratch.get().floats(size - Scratch.ALIGNED_START);
    Arrays.fill(f, zeros, maximum, 0f);
    // Columns beyond the last query are computed: let them begin with numbers that cost nothing.
    Arrays.fill(f, transposedQ, logits, 0f);
    return f;
  }

  /** The calling thread's tables of rows. */
  int[] rows() {
    return Scratch.get().ints(2 * windowTokens);
  }

  /**
   * Gathers the head's bias to {@code [key, query]}; to be called before the head's first window.
   *
   * @param slot number of the head in the piece
   */
  void loadBias(float[] f, int head, int slot) {
    int tokens = windowTokens;
    int to = bias + slot * biasSize;
    Arrays.fill(f, to, to + biasSize, 0f);
    if (form.biasTable() != null) {
      loadTable(f, head, to);
    }
    if (form.biasMatrix() != null) {
      float[] matrix = CpuBuffer.floats(form.biasMatrix());
      int start = CpuBuffer.start(form.biasMatrix()) + head * tokens * tokens;
      for (int query = 0; query < tokens; query++) {
        for (int key = 0; key < tokens; key++) {
          f[to + key * biasStride + query] += matrix[start + query * tokens + key];
        }
      }
    }
  }

  private void loadTable(float[] f, int head, int to) {
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
        System.arraycopy(f, from, f, to + key * biasStride + query, run);
      }
    }
  }

  /** Prepares the sum of bias gradients over windows; to be called before the head's first window. */
  void clearBiasGradient(float[] f, int slot) {
    int start = dBias + slot * biasSize;
    Arrays.fill(f, start, start + biasSize, 0f);
  }

  /**
   * Writes the bias table's gradient, {@code [biasTableRows]}, summed over the windows since it was
   * cleared.
   */
  void storeTableGradient(float[] f, int slot, float[] to, int start) {
    Arrays.fill(to, start, start + geometry.biasTableRows(), 0f);
    int run = geometry.windowWidth();
    for (int key = 0; key < windowTokens; key++) {
      for (int query = 0; query < windowTokens; query += run) {
        int row = start + tables.tableRow(query, key);
        int from = dBias + slot * biasSize + key * biasStride + query;
        for (int i = 0; i < run; i++) {
          to[row + i] += f[from + i];
        }
      }
    }
  }

  /** Writes the bias matrix' gradient, {@code [query, key]}, summed over the windows since it was cleared. */
  void storeMatrixGradient(float[] f, int slot, float[] to, int start) {
    int from = dBias + slot * biasSize;
    for (int query = 0; query < windowTokens; query++) {
      for (int key = 0; key < windowTokens; key++) {
        to[start + query * windowTokens + key] = f[from + key * biasStride + query];
      }
    }
  }

  /**
   * Writes where the window's tokens lie, −1 for padding; to be called before the window's heads.
   *
   * @param resultStart where the image's result rows begin, or their gradient's
   * @return whether there is padding
   */
  boolean locate(int[] rows, int window, int resultStart) {
    int windows = geometry.windows();
    int imageTokens = geometry.height() * geometry.width();
    int first = window / windows * imageTokens;
    int from = window % windows * windowTokens;
    for (int t = 0; t < windowTokens; t++) {
      int token = tables.tokens[from + t];
      rows[t] = token < 0 ? -1 : qkvStart + (first + token) * 3 * channels;
      rows[resultRows + t] = token < 0 ? -1 : resultStart + (first + token) * channels;
    }
    return tables.padded[window % windows];
  }

  private float factor(int head) {
    Span logitScale = form.logitScale();
    return logitScale == null
        ? (float) form.scale()
        : CpuBuffer.floats(logitScale)[CpuBuffer.start(logitScale) + head];
  }

  private void loadQkv(float[] f, int[] rows, int head, boolean padded) {
    int channel = head * headDim;
    if (padded) {
      Span spare = form.paddedQkv();
      float[] padding = spare == null ? null : CpuBuffer.floats(spare);
      int paddingStart = spare == null ? 0 : CpuBuffer.start(spare);
      for (int t = 0; t < windowTokens; t++) {
        boolean real = rows[t] >= 0;
        float[] from = real ? qkv : padding;
        int start = (real ? rows[t] : paddingStart) + channel;
        panels.loadRow(from, start, f, q + t * ROW);
        panels.loadRow(from, start + channels, f, k + t * ROW);
        panels.loadRow(from, start + 2 * channels, f, v + t * ROW);
      }
    } else {
      panels.load(windowTokens, qkv, rows, 0, 2 * channels + channel, f, v);
      panels.load(windowTokens, qkv, rows, 0, channels + channel, f, k);
      panels.load(windowTokens, qkv, rows, 0, channel, f, q); // the last: it is transposed next
    }
    if (form.logitScale() != null) {
      for (int t = 0; t < windowTokens; t++) {
        f[qNorms + t] = panels.normalise(f, q + t * ROW);
        f[kNorms + t] = panels.normalise(f, k + t * ROW);
      }
    }
  }

  /**
   * One head of one window, which was located.
   *
   * @param window number of the window in the batch
   * @param padded what {@link #locate} returned
   * @param slot number of the head in the piece
   * @param statistics array of the statistics, or null
   */
  void forward(
      float[] f,
      int[] rows,
      int window,
      boolean padded,
      int head,
      int slot,
      float[] out,
      float[] statistics,
      int statisticsStart) {
    loadQkv(f, rows, head, padded);
    int statisticsRow = statisticsStart + (window * form.heads() + head) * windowTokens * 2;
    for (int first = 0; first < windowTokens; first += COLUMNS) {
      int count = Math.min(COLUMNS, windowTokens - first);
      logits(f, window, slot, first, count, factor(head));
      Arrays.fill(f, maximum, maximum + COLUMNS, Float.NEGATIVE_INFINITY);
      Arrays.fill(f, sum, sum + COLUMNS, 0f);
      loops.columnMaximum(windowTokens, count, f, logits, maximum);
      loops.exponentials(windowTokens, count, f, logits, maximum, sum);
      for (int i = 0; i < count; i++) {
        f[factors + i] = 1 / f[sum + i];
      }
      if (statistics != null) {
        for (int i = 0; i < count; i++) {
          statistics[statisticsRow + 2 * (first + i)] = f[maximum + i];
          statistics[statisticsRow + 2 * (first + i) + 1] = f[sum + i];
        }
      }
      panels.querySums(count, windowTokens, f, logits, v, zeros, factors, result + first * ROW);
    }
    if (padded) {
      for (int t = 0; t < windowTokens; t++) {
        if (rows[resultRows + t] >= 0) {
          panels.storeRow(f, result + t * ROW, out, rows[resultRows + t] + head * headDim, false);
        }
      }
    } else {
      panels.store(windowTokens, f, result, out, rows, resultRows, head * headDim);
    }
  }

  private void logits(float[] f, int window, int slot, int first, int count, float factor) {
    panels.transpose(count, f, q + first * ROW, factor, transposedQ);
    int start = bias + slot * biasSize + first;
    panels.scores(windowTokens, count, f, k, transposedQ, start, biasStride, logits);
    int mask = tables.maskOfWindow[window % geometry.windows()];
    if (mask >= 0) {
      loops.add(windowTokens, count, tables.masks[mask], first, biasStride, f, logits, COLUMNS);
    }
  }

  /**
   * Gradients of one head of one window, which was located; adds its bias gradient to the sum in the working
   * memory.
   *
   * @param padded what {@link #locate} returned
   * @param slot number of the head in the piece
   * @param wantsBias whether bias gradients are summed
   * @param dPadded where gradients of padded tokens' rows are added, like {@code paddedQkv}; null: not wanted
   * @return the window's part of the gradient of the logit scale; 0 for dot-product attention
   */
  float backward(
      float[] f,
      int[] rows,
      int window,
      boolean padded,
      int head,
      int slot,
      float[] statistics,
      int statisticsStart,
      float[] dOut,
      float[] dQkv,
      int dQkvStart,
      boolean wantsBias,
      float[] dPadded,
      int dPaddedStart) {
    loadQkv(f, rows, head, padded);
    int channel = head * headDim;
    if (padded) {
      for (int t = 0; t < windowTokens; t++) {
        int row = rows[resultRows + t];
        panels.loadRow(row < 0 ? null : dOut, row + channel, f, result + t * ROW);
      }
    } else {
      panels.load(windowTokens, dOut, rows, resultRows, channel, f, result);
    }
    int statisticsRow = statisticsStart + (window * form.heads() + head) * windowTokens * 2;
    float factor = factor(head);
    int tokens = windowTokens;
    for (int first = 0; first < tokens; first += COLUMNS) {
      int count = Math.min(COLUMNS, tokens - first);
      int sumsFrom = first == 0 ? zeros : -1;
      panels.transpose(count, f, result + first * ROW, 1, transposedG); // as long as it is in the cache
      logits(f, window, slot, first, count, factor);
      for (int i = 0; i < AttentionLoops.padded(count); i++) {
        int at = statisticsRow + 2 * (first + i);
        f[maximum + i] = i < count ? statistics[at] : 0;
        f[factors + i] = i < count ? 1 / statistics[at + 1] : 0;
      }
      loops.probabilities(tokens, count, f, logits, maximum, factors);
      panels.keySums(tokens, count, f, logits, result + first * ROW, sumsFrom, 1, dV);
      panels.scores(tokens, count, f, v, transposedG, zeros, 0, dLogits);
      loops.correlation(tokens, count, f, logits, dLogits, delta);
      loops.softmaxGradient(tokens, count, f, logits, dLogits, delta);
      if (wantsBias) {
        loops.add(tokens, count, f, dLogits, COLUMNS, f, dBias + slot * biasSize + first, biasStride);
      }
      boolean last = first + count == tokens;
      panels.keySums(tokens, count, f, dLogits, q + first * ROW, sumsFrom, last ? factor : 1, dK);
      // The gradient of the logit scale needs the sum before the factor.
      Arrays.fill(f, factors, factors + COLUMNS, form.logitScale() == null ? factor : 1);
      panels.querySums(count, tokens, f, dLogits, k, zeros, factors, dQ + first * ROW);
    }
    float dLogitScale = form.logitScale() == null ? 0 : undoNormalisation(f, factor);
    int to = channel + dQkvStart - qkvStart; // dQkv's rows lie as qkv's
    if (padded) {
      storePadded(f, rows, dQkv, to, dPadded, dPaddedStart + channel);
    } else {
      panels.store(tokens, f, dQ, dQkv, rows, 0, to);
      panels.store(tokens, f, dK, dQkv, rows, 0, to + channels);
      panels.store(tokens, f, dV, dQkv, rows, 0, to + 2 * channels);
    }
    return dLogitScale;
  }

  /** Gradients of Q and K before they were normalised; returns that of the logit scale. */
  private float undoNormalisation(float[] f, float factor) {
    float dLogitScale = 0;
    for (int t = 0; t < windowTokens; t++) {
      int row = t * ROW;
      dLogitScale += panels.dot(f, q + row, dQ + row);
      panels.multiply(f, dQ + row, factor);
      panels.normaliseBackward(f, q + row, dQ + row, f[qNorms + t]);
      panels.normaliseBackward(f, k + row, dK + row, f[kNorms + t]);
    }
    return dLogitScale;
  }

  private void storePadded(float[] f, int[] rows, float[] dQkv, int base, float[] dPadded, int dPaddedStart) {
    for (int t = 0; t < windowTokens; t++) {
      boolean real = rows[t] >= 0;
      float[] y = real ? dQkv : dPadded;
      if (y != null) {
        int to = real ? rows[t] + base : dPaddedStart;
        panels.storeRow(f, dQ + t * ROW, y, to, !real);
        panels.storeRow(f, dK + t * ROW, y, to + channels, !real);
        panels.storeRow(f, dV + t * ROW, y, to + 2 * channels, !real);
      }
    }
  }
}
