package org.swinengine.nn;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.WindowGeometry;

/**
 * The softmax of attention, written out on the host in float64: the kernels that compute with it never have
 * it in memory. Of one image, the mean over the heads.
 */
final class AttentionWeights {
  /** PyTorch's {@code F.normalize} divides by no less. */
  private static final double SMALLEST_NORM = 1e-12;

  /** What a pair of tokens of two regions of a shifted window gets on its logit. */
  private static final double MASK = -100;

  private final float[] qkv;
  private final int heads;
  private final int dim;
  private final float @Nullable [] padding;
  private final double scale;
  private final float @Nullable [] cosineScale;

  /**
   * @param qkv {@code [tokens, 3, heads, dim/heads]}
   * @param dim channels of q
   * @param scale factor on q·k
   * @param cosineScale factors of the heads on the cosine of q and k instead; null: none
   * @param padding q, k and v of a padded token: the projection's bias; null: zeros
   */
  AttentionWeights(
      float[] qkv, int heads, int dim, double scale, float @Nullable [] cosineScale,
      float @Nullable [] padding) {
    this.qkv = qkv;
    this.heads = heads;
    this.dim = dim;
    this.scale = scale;
    this.cosineScale = cosineScale;
    this.padding = padding;
  }

  /** Among all tokens. */
  TokenMixing global() {
    int tokens = qkv.length / (3 * dim);
    int[] all = new int[tokens];
    Arrays.setAll(all, i -> i);
    float[] weights = new float[tokens * tokens];
    for (int head = 0; head < heads; head++) {
      double[][] q = part(all, 0, head);
      double[][] k = part(all, 1, head);
      for (int i = 0; i < tokens; i++) {
        double[] logits = new double[tokens];
        for (int j = 0; j < tokens; j++) {
          logits[j] = factor(head) * dot(q[i], k[j]);
        }
        addSoftmax(logits, weights, i * tokens);
      }
    }
    return new TokenMixing(tokens, tokens, null, weights, true);
  }

  /**
   * Within windows.
   *
   * @param geometry of one image
   * @param bias table of relative positions, {@code [rows, heads]}
   */
  TokenMixing windows(WindowGeometry geometry, float[] bias) {
    int n = geometry.windowTokens();
    int image = geometry.height() * geometry.width();
    int[] keys = new int[image * n];
    float[] weights = new float[image * n];
    for (int window = 0; window < geometry.windows(); window++) {
      int[] tokens = new int[n];
      int[] regions = new int[n];
      for (int t = 0; t < n; t++) {
        int row =
            window / geometry.windowColumns() * geometry.windowHeight() + t / geometry.windowWidth();
        int column = window % geometry.windowColumns() * geometry.windowWidth() + t % geometry.windowWidth();
        tokens[t] = geometry.sourceToken(row, column);
        regions[t] = geometry.region(row, column);
      }
      for (int i = 0; i < n; i++) {
        if (tokens[i] >= 0) {
          System.arraycopy(tokens, 0, keys, tokens[i] * n, n);
        }
      }
      for (int head = 0; head < heads; head++) {
        double[][] q = part(tokens, 0, head);
        double[][] k = part(tokens, 1, head);
        for (int i = 0; i < n; i++) {
          if (tokens[i] < 0) {
            continue;
          }
          double[] logits = new double[n];
          for (int j = 0; j < n; j++) {
            logits[j] =
                factor(head) * dot(q[i], k[j]) + bias[geometry.relativePositionIndex(i, j) * heads + head]
                    + (regions[i] == regions[j] ? 0 : MASK);
          }
          addSoftmax(logits, weights, tokens[i] * n);
        }
      }
    }
    return new TokenMixing(image, n, keys, weights, true);
  }

  private double factor(int head) {
    return cosineScale == null ? scale : cosineScale[head];
  }

  /** The queries (0) or keys (1) of tokens, of one head. */
  private double[][] part(int[] tokens, int which, int head) {
    int size = dim / heads;
    double[][] rows = new double[tokens.length][size];
    for (int t = 0; t < tokens.length; t++) {
      int from = which * dim + head * size;
      for (int d = 0; d < size; d++) {
        rows[t][d] =
            tokens[t] >= 0 ? qkv[tokens[t] * 3 * dim + from + d] : padding == null ? 0 : padding[from + d];
      }
      if (cosineScale != null) {
        double norm = Math.max(Math.sqrt(dot(rows[t], rows[t])), SMALLEST_NORM);
        for (int d = 0; d < size; d++) {
          rows[t][d] /= norm;
        }
      }
    }
    return rows;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int d = 0; d < a.length; d++) {
      sum += a[d] * b[d];
    }
    return sum;
  }

  private void addSoftmax(double[] logits, float[] weights, int at) {
    double maximum = Arrays.stream(logits).max().orElse(0);
    double sum = 0;
    for (int j = 0; j < logits.length; j++) {
      logits[j] = StrictMath.exp(logits[j] - maximum);
      sum += logits[j];
    }
    for (int j = 0; j < logits.length; j++) {
      weights[at + j] += (float) (logits[j] / sum / heads);
    }
  }
}
