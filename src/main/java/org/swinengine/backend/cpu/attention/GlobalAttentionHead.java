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
 * so results depend on the number of tokens alone. The head's rows are brought into the working memory first,
 * as in {@link WindowAttentionHead}.
 */
final class GlobalAttentionHead {
  /** Queries whose logits are in work at a time. */
  static final int QUERIES = AttentionLoops.COLUMNS;

  private static final int ROW = AttentionLoops.ROW;

  /** Keys whose logits are in work at a time: with the queries 32 KiB, which is the first cache. */
  static final int KEYS = 128;

  private final AttentionLoops loops;
  private final HeadPanels panels;
  private final int tokens;
  private final int headDim;
  private final int channels;
  private final int heads;
  private final float factor;

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
  private final int g;
  private final int dQ;
  private final int dK;
  private final int dV;
  private final int forwardSize;
  private final int backwardSize;

  /** Table of starts of result rows, after that of qkv rows. */
  private final int resultRows;

  GlobalAttentionHead(AttentionLoops loops, int tokens, AttentionForm form, Span qkv) {
    this.loops = loops;
    this.tokens = tokens;
    this.qkv = CpuBuffer.floats(qkv);
    this.qkvStart = CpuBuffer.start(qkv);
    headDim = form.headDim();
    channels = form.channels();
    heads = form.heads();
    factor = (float) form.scale();
    panels = new HeadPanels(loops, headDim, tokens);
    zeros = Scratch.ALIGNED_START;
    maximum = zeros + QUERIES;
    earlier = maximum + QUERIES;
    sum = earlier + QUERIES;
    factors = sum + QUERIES;
    transposedQ = factors + QUERIES;
    transposedG = transposedQ + panels.transposedSize();
    logits = transposedG + panels.transposedSize();
    dLogits = logits + KEYS * QUERIES;
    delta = dLogits + KEYS * QUERIES;
    q = delta + AttentionLoops.padded(tokens) + AttentionLoops.WIDTH;
    k = q + panels.size;
    v = k + panels.size;
    g = v + panels.size; // the result's place in the forward pass
    forwardSize = g + panels.size;
    dQ = forwardSize;
    dK = dQ + panels.size;
    dV = dK + panels.size;
    backwardSize = dV + panels.size;
    resultRows = tokens;
  }

  private float[] floats(int size) {
    float[] f = Scratch.get().floats(size - Scratch.ALIGNED_START);
    Arrays.fill(f, zeros, maximum, 0f);
    // Columns beyond the last query are computed: let them begin with numbers that cost nothing.
    Arrays.fill(f, transposedQ, logits, 0f);
    return f;
  }

  private int[] rows(int image, int resultStart) {
    int[] rows = Scratch.get().ints(2 * tokens);
    for (int t = 0; t < tokens; t++) {
      rows[t] = qkvStart + (image * tokens + t) * 3 * channels;
      rows[resultRows + t] = resultStart + (image * tokens + t) * channels;
    }
    return rows;
  }

  private void load(float[] f, int[] rows, int third, int to, int channel) {
    panels.load(tokens, qkv, rows, 0, third * channels + channel, f, to);
  }

  /**
   * Queries {@code from} to {@code to} (exclusive) of one head; {@code from} is a multiple of {@link
   * #QUERIES}.
   */
  void forward(
      int image, int head, int from, int to, float[] out, int outStart, float[] statistics,
      int statisticsStart) {
    float[] f = floats(forwardSize);
    int[] rows = rows(image, outStart);
    int channel = head * headDim;
    load(f, rows, 1, k, channel);
    load(f, rows, 2, v, channel);
    for (int first = from; first < to; first += QUERIES) {
      int count = Math.min(QUERIES, to - first);
      panels.load(count, qkv, rows, first, channel, f, q + first * ROW);
      Arrays.fill(f, maximum, maximum + QUERIES, Float.NEGATIVE_INFINITY);
      Arrays.fill(f, sum, sum + QUERIES, 0f);
      panels.transpose(count, f, q + first * ROW, factor, transposedQ);
      for (int key = 0; key < tokens; key += KEYS) {
        int keys = Math.min(KEYS, tokens - key);
        panels.scores(keys, count, f, k + key * ROW, transposedQ, zeros, 0, logits);
        System.arraycopy(f, maximum, f, earlier, QUERIES);
        loops.columnMaximum(keys, count, f, logits, maximum);
        if (key > 0) {
          correct(f, count, g);
        }
        loops.exponentials(keys, count, f, logits, maximum, sum);
        boolean last = key + keys == tokens;
        for (int i = 0; i < count; i++) {
          f[factors + i] = last ? 1 / f[sum + i] : 1;
        }
        panels.querySums(count, keys, f, logits, v + key * ROW, key == 0 ? zeros : -1, factors, g);
      }
      if (statistics != null) {
        int row = statisticsStart + ((image * heads + head) * tokens + first) * 2;
        for (int i = 0; i < count; i++) {
          statistics[row + 2 * i] = f[maximum + i];
          statistics[row + 2 * i + 1] = f[sum + i];
        }
      }
      panels.store(count, f, g, out, rows, resultRows + first, channel);
    }
  }

  /** Brings sums and results from the earlier maximum to the new one. */
  private void correct(float[] f, int count, int y) {
    for (int i = 0; i < count; i++) {
      float correction = ScalarExp.exp(f[earlier + i] - f[maximum + i]);
      f[sum + i] *= correction;
      panels.multiply(f, y + i * ROW, correction);
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
    float[] f = floats(backwardSize);
    int[] rows = rows(image, dOutStart);
    int channel = head * headDim;
    int shift = dQkvStart - qkvStart; // dQkv's rows lie as qkv's
    rowDots(f, rows, channel, out, outStart - dOutStart, dOut);
    load(f, rows, 0, q, channel);
    load(f, rows, 1, k, channel);
    load(f, rows, 2, v, channel);
    panels.load(tokens, dOut, rows, resultRows, channel, f, g);
    int statisticsRow = statisticsStart + (image * heads + head) * tokens * 2;
    for (int first = 0; first < tokens; first += QUERIES) {
      int count = Math.min(QUERIES, tokens - first);
      boolean lastQueries = first + count == tokens;
      int keySumsFrom = first == 0 ? zeros : -1;
      panels.transpose(count, f, q + first * ROW, factor, transposedQ);
      panels.transpose(count, f, g + first * ROW, 1, transposedG);
      for (int i = 0; i < AttentionLoops.padded(count); i++) {
        int at = statisticsRow + 2 * (first + i);
        f[maximum + i] = i < count ? statistics[at] : 0;
        f[sum + i] = i < count ? 1 / statistics[at + 1] : 0;
      }
      for (int key = 0; key < tokens; key += KEYS) {
        int keys = Math.min(KEYS, tokens - key);
        boolean lastKeys = key + keys == tokens;
        int row = key * ROW;
        panels.scores(keys, count, f, k + row, transposedQ, zeros, 0, logits);
        loops.probabilities(keys, count, f, logits, maximum, sum);
        panels.keySums(keys, count, f, logits, g + first * ROW, keySumsFrom, 1, dV + row);
        panels.scores(keys, count, f, v + row, transposedG, zeros, 0, dLogits);
        loops.softmaxGradient(keys, count, f, logits, dLogits, delta + first);
        panels.keySums(
            keys, count, f, dLogits, q + first * ROW, keySumsFrom, lastQueries ? factor : 1, dK + row);
        Arrays.fill(f, factors, factors + QUERIES, lastKeys ? factor : 1);
        panels.querySums(
            count, keys, f, dLogits, k + row, key == 0 ? zeros : -1, factors, dQ + first * ROW);
      }
    }
    panels.store(tokens, f, dQ, dQkv, rows, 0, channel + shift);
    panels.store(tokens, f, dK, dQkv, rows, 0, channels + channel + shift);
    panels.store(tokens, f, dV, dQkv, rows, 0, 2 * channels + channel + shift);
  }

  /**
   * {@code delta[t] = out[t]·dOut[t]}, which is the mean of softmax's incoming gradients under its
   * probabilities.
   */
  private void rowDots(float[] f, int[] rows, int channel, float[] out, int outShift, float[] dOut) {
    int padded = AttentionLoops.padded(tokens);
    for (int t = 0; t < tokens; t++) {
      int row = rows[resultRows + t] + channel;
      float dot = 0;
      for (int c = row; c < row + headDim; c++) {
        dot = Math.fma(out[c + outShift], dOut[c], dot);
      }
      f[delta + t] = dot;
    }
    Arrays.fill(f, delta + tokens, delta + padded, 0f);
  }
}
