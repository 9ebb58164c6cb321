package org.swinengine.backend.cpu;

import java.util.Arrays;

/**
 * The product of a block of rows with prepared panels, on one thread. An element is the sum, in ascending order, of
 * blocks of {@link #DEPTH_BLOCK}, the first of which starts from the bias.
 */
final class RowProduct {
  /** Inner dimension of one pass over a panel. Results depend on it: one value for every machine. */
  static final int DEPTH_BLOCK = 768;

  private RowProduct() {}

  /** Floats of working memory that {@link #run} needs. */
  static int workSize(MatrixTiles tiles, int rows) {
    return (rows + 2) * tiles.columns();
  }

  /**
   * @param row the first row's number in the result
   * @param a the block's rows, {@code aStride} apart
   * @param depth inner dimension
   * @param panels all panels of the right operand, from {@link Scratch#ALIGNED_START} on
   * @param fromPanel first panel to compute with
   * @param toPanel panel to stop before
   * @param columns columns of the result
   * @param bias null for none
   */
  static void run(
      MatrixTiles tiles,
      int row,
      int rows,
      float[] a,
      int aStart,
      int aStride,
      int depth,
      float[] panels,
      int fromPanel,
      int toPanel,
      int columns,
      float[] bias,
      int biasStart,
      TileEpilogue epilogue,
      float[] work,
      int workStart) {
    int width = tiles.columns();
    int zeros = workStart + rows * width;
    int lastBias = zeros + width;
    Arrays.fill(work, zeros, zeros + width, 0f);
    int tileCount = (rows + tiles.rows() - 1) / tiles.rows();
    boolean oneBlock = depth <= DEPTH_BLOCK;
    for (int panel = fromPanel; panel < toPanel; panel++) {
      int column = panel * width;
      int valid = Math.min(width, columns - column);
      float[] start = bias;
      int startStart = biasStart + column;
      if (bias == null) {
        start = work;
        startStart = zeros;
      } else if (valid < width) {
        Arrays.fill(work, lastBias, lastBias + width, 0f);
        System.arraycopy(bias, biasStart + column, work, lastBias, valid);
        start = work;
        startStart = lastBias;
      }
      boolean direct = valid == width && epilogue.isPlain();
      for (int k = 0; k == 0 || k < depth; k += DEPTH_BLOCK) {
        int kDepth = Math.min(DEPTH_BLOCK, depth - k);
        boolean last = k + kDepth == depth;
        int panelStart = Scratch.ALIGNED_START + column * depth + k * width;
        for (int tile = 0; tile < tileCount; tile++) {
          // Near-equal tiles: a tile of one or two rows computes at a fraction of the speed.
          int first = rows * tile / tileCount;
          int height = rows * (tile + 1) / tileCount - first;
          float[] c = direct ? epilogue.result() : work;
          int cStart = direct ? epilogue.resultAt(row + first, column) : workStart + (oneBlock ? 0 : first * width);
          int cStride = direct ? columns : width;
          tiles.multiply(
              height,
              kDepth,
              a,
              aStart + first * aStride + k,
              aStride,
              panels,
              panelStart,
              k == 0 ? start : null,
              startStart,
              c,
              cStart,
              cStride);
          if (last && !direct) {
            epilogue.finish(height, valid, work, cStart, width, row + first, column);
          }
        }
      }
    }
  }
}
