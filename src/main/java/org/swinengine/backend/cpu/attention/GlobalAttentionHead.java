package org.swinengine.backend.cpu.attention;

import java.util.Arrays;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.Scratch;
import org.swinengine.backend.cpu.simd.ScalarExp;

/**
 * Attention of one head among all tokens of a sequence. The forward pass goes over the keys in blocks and
 * corrects what it has when a block brings a larger maximum (Milakov and Gimelshein, "Online normalizer
 * calculation for softmax"); the backward pass starts from the stored statistics. Block sizes are constants,
 * so results depend on the number of tokens alone.
 */
final class GlobalAttentionHead {
  /** Queries whose logits are in work at a time. */
  static final int QUERIES = 64;

  /** Keys whose logits are in work at a time: with the queries 32 KiB, which is the first cache. */
  static final int KEYS = 128;

  private final AttentionLoops loops;
  private final int tokens;
  private final int headDim;
  private final int channels;
  private final int heads;
  private final float factor;
  private final boolean copies;
  private final int width;

  private final float[] qkv;
  private final int qkvStart;

  /** Where each thing stands in the working memory. */
  private final int zeros;

  private final int maximum;
  private final int earlier;
  private final int sum;
  private final int factors;
  private final int delta;
  private final int transposedQ;
  private final int transposedG;
  private final int logits;
  private final int dLogits;
  private final int q;
  private final int k;
  private final int v;
  private final int result;
  private final int g;
  private final int dQ;
  private final int dK;
  private final int dV;
  private final int size;

  /** Tables of row starts: of qkv rows, of result rows, of copied rows. */
  private final int resultRows;

  private final int copiedRows;

  GlobalAttentionHead(AttentionLoops loops, int tokens, AttentionForm form, Span qkv) {
    this.loops = loops;
    this.tokens = tokens;
    this.qkv = CpuBuffer.floats(qkv);
    this.qkvStart = CpuBuffer.start(qkv);
    headDim = form.headDim();
    channels = form.channels();
    heads = form.heads();
    factor = (float) form.scale();
    copies = headDim % AttentionLoops.WIDTH != 0;
    width = AttentionLoops.padded(headDim);
    int copied = copies ? tokens * width : 0;
    zeros = Scratch.ALIGNED_START;
    maximum = zeros + QUERIES;
    earlier = maximum + QUERIES;
    sum = earlier + QUERIES;
    factors = sum + QUERIES;
    transposedQ = factors + QUERIES;
    transposedG = transposedQ + headDim * QUERIES;
    logits = transposedG + headDim * QUERIES;
    dLogits = logits + KEYS * QUERIES;
    delta = dLogits + KEYS * QUERIES;
    q = delta + AttentionLoops.padded(tokens) + AttentionLoops.WIDTH;
    k = q + copied;
    v = k + copied;
    result = v + copied;
    g = result + copied;
    dQ = g + copied;
    dK = dQ + copied;
    dV = dK + copied;
    size = dV + copied;
    resultRows = tokens;
    copiedRows = 2 * tokens;
  }

  private float[] floats() {
    float[] f = Scratch.get().floats(size - Scratch.ALIGNED_START);
    Arrays.fill(f, zeros, maximum, 0f);
    return f;
  }

  private int[] rows(int image, int resultStart) {
    int[] rows = Scratch.get().ints(3 * tokens);
    for (int t = 0; t < tokens; t++) {
      rows[t] = qkvStart + (image * tokens + t) * 3 * channels;
      rows[resultRows + t] = resultStart + (image * tokens + t) * channels;
      rows[copiedRows + t] = t * width;
    }
    return rows;
  }

  private void copyIn(float[] f, int[] rows, int channel) {
    for (int t = 0; t < tokens; t++) {
      AttentionRows.copy(qkv, rows[t] + channel, headDim, f, q + t * width, width);
      AttentionRows.copy(qkv, rows[t] + channels + channel, headDim, f, k + t * width, width);
      AttentionRows.copy(qkv, rows[t] + 2 * channels + channel, headDim, f, v + t * width, width);
    }
  }

  /**
   * Queries {@code from} to {@code to} (exclusive) of one head; {@code from} is a multiple of {@link
   * #QUERIES}.
   */
  void forward(
      int image, int head, int from, int to, float[] out, int outStart, float[] statistics,
      int statisticsStart) {
    float[] f = floats();
    int[] rows = rows(image, outStart);
    int channel = head * headDim;
    if (copies) {
      copyIn(f, rows, channel);
    }
    float[] x = copies ? f : qkv;
    int xRows = copies ? copiedRows : 0;
    int qBase = copies ? q : channel;
    int kBase = copies ? k : channels + channel;
    int vBase = copies ? v : 2 * channels + channel;
    float[] y = copies ? f : out;
    int yRows = copies ? copiedRows : resultRows;
    int yBase = copies ? result : channel;
    for (int first = from; first < to; first += QUERIES) {
      int count = Math.min(QUERIES, to - first);
      int columns = AttentionLoops.padded(count);
      loops.zero(count, width, y, rows, yRows + first, yBase);
      Arrays.fill(f, maximum, maximum + columns, Float.NEGATIVE_INFINITY);
      Arrays.fill(f, sum, sum + columns, 0f);
      loops.transpose(count, headDim, x, rows, xRows + first, qBase, factor, f, transposedQ, columns);
      for (int key = 0; key < tokens; key += KEYS) {
        int keys = Math.min(KEYS, tokens - key);
        loops.scores(
            keys, columns, headDim, x, rows, xRows + key, kBase, f, transposedQ, f, zeros, 0, f, logits);
        System.arraycopy(f, maximum, f, earlier, columns);
        loops.columnMaximum(keys, columns, f, logits, f, maximum);
        if (key > 0) {
          correct(f, count, columns, y, rows, yRows + first, yBase);
        }
        loops.exponentials(keys, columns, f, logits, f, maximum, f, sum);
        boolean last = key + keys == tokens;
        for (int i = 0; i < columns; i++) {
          f[factors + i] = last ? 1 / f[sum + i] : 1;
        }
        loops.querySums(
            count, width, keys, f, logits, columns, x, rows, xRows + key, vBase, f, factors, y, rows,
            yRows + first, yBase);
      }
      if (statistics != null) {
        int row = statisticsStart + ((image * heads + head) * tokens + first) * 2;
        for (int i = 0; i < count; i++) {
          statistics[row + 2 * i] = f[maximum + i];
          statistics[row + 2 * i + 1] = f[sum + i];
        }
      }
      for (int t = first; copies && t < first + count; t++) {
        System.arraycopy(f, result + t * width, out, rows[resultRows + t] + channel, headDim);
      }
    }
  }

  /** Brings sums and results from the earlier maximum to the new one. */
  private void correct(float[] f, int count, int columns, float[] y, int[] rows, int yFirst, int yBase) {
    for (int i = 0; i < columns; i++) {
      float correction = ScalarExp.exp(f[earlier + i] - f[maximum + i]);
      f[sum + i] *= correction;
      if (i < count) {
        int row = rows[yFirst + i] + yBase;
        for (int j = row; j < row + width; j++) {
          y[j] *= correction;
        }
      }
    }
  }

  /** Gradients of one head of one image. */
  void backward(
      int image,
      int head,
      float[] out,
      int outStart,
      float[] statistics,
      int statisticsStart,
      float[] dOut,
      int dOutStart,
      float[] dQkv,
      int dQkvStart) {
    float[] f = floats();
    int[] rows = rows(image, dOutStart);
    int channel = head * headDim;
    int shift = dQkvStart - qkvStart; // dQkv's rows lie as qkv's
    rowDots(f, rows, channel, out, outStart - dOutStart, dOut);
    if (copies) {
      copyIn(f, rows, channel);
      for (int t = 0; t < tokens; t++) {
        AttentionRows.copy(dOut, rows[resultRows + t] + channel, headDim, f, g + t * width, width);
      }
    }
    float[] x = copies ? f : qkv;
    int xRows = copies ? copiedRows : 0;
    int qBase = copies ? q : channel;
    int kBase = copies ? k : channels + channel;
    int vBase = copies ? v : 2 * channels + channel;
    float[] dy = copies ? f : dOut;
    int dyRows = copies ? copiedRows : resultRows;
    int dyBase = copies ? g : channel;
    float[] dx = copies ? f : dQkv;
    int dqBase = copies ? dQ : channel + shift;
    int dkBase = copies ? dK : channels + channel + shift;
    int dvBase = copies ? dV : 2 * channels + channel + shift;
    loops.zero(tokens, width, dx, rows, xRows, dqBase);
    loops.zero(tokens, width, dx, rows, xRows, dkBase);
    loops.zero(tokens, width, dx, rows, xRows, dvBase);
    int statisticsRow = statisticsStart + (image * heads + head) * tokens * 2;
    for (int first = 0; first < tokens; first += QUERIES) {
      int count = Math.min(QUERIES, tokens - first);
      int columns = AttentionLoops.padded(count);
      boolean lastQueries = first + count == tokens;
      loops.transpose(count, headDim, x, rows, xRows + first, qBase, factor, f, transposedQ, columns);
      loops.transpose(count, headDim, dy, rows, dyRows + first, dyBase, 1, f, transposedG, columns);
      for (int i = 0; i < columns; i++) {
        int at = statisticsRow + 2 * (first + i);
        f[maximum + i] = i < count ? statistics[at] : 0;
        f[sum + i] = i < count ? 1 / statistics[at + 1] : 0;
      }
      for (int key = 0; key < tokens; key += KEYS) {
        int keys = Math.min(KEYS, tokens - key);
        boolean lastKeys = key + keys == tokens;
        loops.scores(
            keys, columns, headDim, x, rows, xRows + key, kBase, f, transposedQ, f, zeros, 0, f, logits);
        loops.probabilities(keys, columns, f, logits, f, maximum, f, sum);
        loops.keySums(
            keys, width, count, f, logits, columns, dy, rows, dyRows + first, dyBase, 1, dx, rows,
            xRows + key,
            dvBase);
        loops.scores(
            keys, columns, headDim, x, rows, xRows + key, vBase, f, transposedG, f, zeros, 0, f, dLogits);
        loops.softmaxGradient(keys, columns, f, logits, f, dLogits, f, delta + first);
        loops.keySums(
            keys, width, count, f, dLogits, columns, x, rows, xRows + first, qBase, lastQueries ? factor : 1,
            dx,
            rows, xRows + key, dkBase);
        Arrays.fill(f, factors, factors + columns, lastKeys ? factor : 1);
        loops.querySums(
            count, width, keys, f, dLogits, columns, x, rows, xRows + key, kBase, f, factors, dx, rows,
            xRows + first, dqBase);
      }
    }
    for (int t = 0; copies && t < tokens; t++) {
      int to = rows[t] + shift + channel;
      System.arraycopy(f, dQ + t * width, dQkv, to, headDim);
      System.arraycopy(f, dK + t * width, dQkv, to + channels, headDim);
      System.arraycopy(f, dV + t * width, dQkv, to + 2 * channels, headDim);
    }
  }

  /**
   * {@code delta[t] = out[t]·dOut[t]}, which is the mean of softmax's incoming gradients under its
   * probabilities.
   */
  private void rowDots(float[] f, int[] rows, int channel, float[] out, int outShift, float[] dOut) {
    int padded = AttentionLoops.padded(tokens);
    for (int t = 0; t < tokens; t++) {
      int row = rows[resultRows + t] + channel;
      f[delta + t] = AttentionRows.dot(out, row + outShift, dOut, row, headDim);
    }
    Arrays.fill(f, delta + tokens, delta + padded, 0f);
  }
}
