package org.swinengine.nn;

import org.jspecify.annotations.Nullable;

/**
 * How much of each earlier token is in each later one, for one image: a matrix whose rows sum to 1, of which
 * each row names the few tokens that are not 0. Attention is one, the mean over its heads, and so is what a
 * layer does that gathers tokens.
 */
public final class TokenMixing {
  /** A token that is none: padding of a window. */
  static final int NONE = -1;

  private final int earlier;
  private final int perRow;
  private final int @Nullable [] tokens;
  private final float[] weights;
  private final boolean besideResidual;

  /**
   * Divides each row by its sum; what goes to padding is nobody's.
   *
   * @param earlier number of tokens that are mixed
   * @param perRow how many of them a row names
   * @param tokens their numbers, {@code [later tokens, perRow]}, {@link #NONE} for padding; null: each row
   *     names all, in order
   * @param weights of the same layout, at least 0
   * @param besideResidual whether what is mixed is added to the tokens as they were
   */
  TokenMixing(
      int earlier, int perRow, int @Nullable [] tokens, float[] weights, boolean besideResidual) {
    this.earlier = earlier;
    this.perRow = perRow;
    this.tokens = tokens;
    this.weights = weights;
    this.besideResidual = besideResidual;
    for (int row = 0; row < weights.length; row += perRow) {
      double sum = 0;
      for (int i = row; i < row + perRow; i++) {
        weights[i] = tokens != null && tokens[i] == NONE ? 0 : weights[i];
        sum += weights[i];
      }
      for (int i = row; i < row + perRow; i++) {
        weights[i] = (float) (weights[i] / sum);
      }
    }
  }

  /**
   * Patch merging, which puts the 2×2 tokens of a cell side by side: each counts the same. A cell at an odd
   * edge has fewer.
   *
   * @param height rows of tokens before the merging
   * @param width columns
   */
  public static TokenMixing merging(int height, int width) {
    int columns = (width + 1) / 2;
    int cells = (height + 1) / 2 * columns;
    int[] tokens = new int[4 * cells];
    float[] weights = new float[4 * cells];
    for (int cell = 0; cell < cells; cell++) {
      for (int part = 0; part < 4; part++) {
        int y = 2 * (cell / columns) + part / 2;
        int x = 2 * (cell % columns) + part % 2;
        tokens[4 * cell + part] = y < height && x < width ? y * width + x : NONE;
        weights[4 * cell + part] = 1;
      }
    }
    return new TokenMixing(height * width, 4, tokens, weights, false);
  }

  /** Whether what is mixed is added to the tokens as they were, as attention's result is. */
  public boolean isBesideResidual() {
    return besideResidual;
  }

  /** Number of tokens that are mixed. */
  public int earlierTokens() {
    return earlier;
  }

  /** Number of tokens that come of it. */
  public int laterTokens() {
    return weights.length / perRow;
  }

  /**
   * Hands shares of later tokens on to the earlier ones that they are made of: the row vector times this
   * matrix.
   *
   * @param shares of {@link #laterTokens}
   * @return of {@link #earlierTokens}; the sum stays
   */
  public double[] earlierShares(double[] shares) {
    double[] result = new double[earlier];
    for (int row = 0; row < shares.length; row++) {
      for (int i = 0; i < perRow; i++) {
        int at = row * perRow + i;
        int token = tokens == null ? i : tokens[at];
        if (token != NONE) {
          result[token] += shares[row] * weights[at];
        }
      }
    }
    return result;
  }
}
