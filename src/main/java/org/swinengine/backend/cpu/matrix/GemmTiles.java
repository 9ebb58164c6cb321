package org.swinengine.backend.cpu.matrix;

/**
 * Register tiles of one width: {@code C = start + A·B} for some rows and {@link #vectors} vectors of C, each
 * element one chain of fma over ascending k, {@code start} being one row for all. B is a panel: row k is as
 * wide as the tile and follows row k − 1. Which tile is fast depends on the processor's registers and the
 * compiler's mood, the result on neither; see {@link TileChoice}.
 */
interface GemmTiles {
  /** Vectors of a row of the tile. */
  int vectors();

  /** Most rows that there is a tile for. */
  int mostRows();

  /** Row i of A starts at {@code ao + i·}{@link MatrixTiles#ROW_STRIDE}. */
  void multiply(
      int rows, int depth, float[] a, int ao, float[] b, int bo, float[] start, int so, float[] c, int co,
      int ldc);

  /** Element k of row i of A is at {@code ao + k·}{@link #packedTiles}{@code ·rows + i}; at least 3 rows. */
  void multiplyPacked(
      int rows, int depth, float[] a, int ao, float[] b, int bo, float[] start, int so, float[] c, int co,
      int ldc);

  /** {@code C += A·B}, each chain beginning with zero and being added when it is complete; A as packed. */
  void multiplyPackedAdd(
      int rows, int depth, float[] a, int ao, float[] b, int bo, float[] c, int co, int ldc);

  /**
   * Tiles of so many rows that are packed side by side: the fewest, but two, whose rows are whole vectors.
   */
  static int packedTiles(int rows, int lanes) {
    int count = 2;
    while (count * rows % lanes != 0) {
      count++;
    }
    return count;
  }
}
