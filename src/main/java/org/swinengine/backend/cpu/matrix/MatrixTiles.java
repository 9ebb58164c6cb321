package org.swinengine.backend.cpu.matrix;

/**
 * The inner loops of the matrix family, on one thread: products that fill a tile of C, and what an epilogue
 * does to a tile while it is in the nearest cache. Both implementations give the same bits: an element of a
 * product is one chain of fma over ascending k, whatever the tile's shape.
 *
 * <p>Matrices are (array, start, stride of a row), the rows of A {@link #ROW_STRIDE} apart; B is packed in
 * panels of {@link #columns} columns: row k of a panel follows row k − 1.
 */
public interface MatrixTiles {
  /** Inner dimension of one pass over a panel, at most. Results depend on it: one value for every machine. */
  int DEPTH_BLOCK = 768;

  /**
   * Distance of the rows of A. A constant, so that one address serves all rows of a tile; a line more than
   * their length, so that they do not meet in the same place of the nearest cache.
   */
  int ROW_STRIDE = DEPTH_BLOCK + 16;

  /** What to compute the next call with: these tiles, or others of the same width that have replaced them. */
  default MatrixTiles current() {
    return this;
  }

  /**
   * Says how long a part of a product took, epilogues included.
   *
   * @param operations floating-point operations, two for a product and its sum
   * @param nanos of one thread
   */
  default void took(long operations, long nanos) {}

  /** Most rows of a tile. */
  int rows();

  /** Columns of a tile and of a panel, a multiple of 4. */
  int columns();

  /**
   * {@code C = start + A·B}, each element one chain of fma that begins with its start; or {@code C += 0 +
   * A·B}, the chain being added when it is complete.
   *
   * @param rows 1 to {@link #rows()}
   * @param depth inner dimension, at most {@link #DEPTH_BLOCK}
   * @param start the row, a bias or zeros, that every row of the sum starts from; null: adds to C
   */
  void multiply(
      int rows,
      int depth,
      float[] a,
      int aStart,
      float[] b,
      int bStart,
      float[] start,
      int startStart,
      float[] c,
      int cStart,
      int cStride);

  /** Tiles whose rows {@link #packColumns} packs together. */
  int packedTiles();

  /**
   * {@link #multiply} with all {@link #rows()} rows, A being one tile's share of what {@link #packColumns}
   * makes.
   */
  void multiplyPacked(
      int depth,
      float[] a,
      int aStart,
      float[] b,
      int bStart,
      float[] start,
      int startStart,
      float[] c,
      int cStart,
      int cStride);

  /**
   * Packs {@link #packedTiles()}·{@link #rows()} columns of the stored matrix {@code x} for {@link
   * #multiplyPacked}: {@code packed[k, i] = x[k, i]}. Each tile's share starts {@link #rows()} elements after
   * that of the one before.
   *
   * @param sums where the columns' sums are added, row by row; null for none
   */
  void packColumns(
      int depth, float[] x, int xStart, int xStride, float[] packed, int packedStart, float[] sums,
      int sumsStart);

  /** {@code y = t + u}. */
  void add(
      int rows,
      int columns,
      float[] t,
      int tStart,
      int tStride,
      float[] u,
      int uStart,
      int uStride,
      float[] y,
      int yStart,
      int yStride);

  /** {@code y = GELU(t)}. */
  void gelu(
      int rows, int columns, float[] t, int tStart, int tStride, float[] y, int yStart, int yStride);

  /** {@code y = t·GELU′(u)}. */
  void timesGeluGradient(
      int rows,
      int columns,
      float[] t,
      int tStart,
      int tStride,
      float[] u,
      int uStart,
      int uStride,
      float[] y,
      int yStart,
      int yStride);
}
