package org.swinengine.backend.cpu.matrix;

import java.util.Arrays;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.Prefetch;
import org.swinengine.backend.cpu.runtime.Scratch;

/**
 * The product of rows with a prepared matrix, on the calling thread. An element is the sum, in ascending
 * order, of blocks of {@link MatrixTiles#DEPTH_BLOCK}, the first of which starts from the bias.
 *
 * <p>Of a deep product all columns of one block are computed before the next block begins: the rows' part of
 * a block and a panel's part stay in the second cache together, whatever the depth.
 */
final class RowProduct {
  private static final int DEPTH_BLOCK = MatrixTiles.DEPTH_BLOCK;

  /** Columns whose epilogue's operands are fetched at once: with 256 rows they fit the second cache. */
  private static final int COLUMNS_AHEAD = 384;

  private final MatrixTiles tiles;
  private final int width;
  private final int depth;
  private final float[] panels;
  private final int columns;
  private final float[] bias;
  private final int biasStart;

  /**
   * @param depth inner dimension
   * @param panels all panels of the right operand, from {@link Scratch#ALIGNED_START} on
   * @param columns columns of the result
   * @param bias null for none
   */
  RowProduct(MatrixTiles tiles, int depth, float[] panels, int columns, Span bias) {
    this.tiles = tiles;
    this.depth = depth;
    this.panels = panels;
    this.columns = columns;
    this.bias = bias == null ? null : CpuBuffer.floats(bias);
    biasStart = bias == null ? 0 : CpuBuffer.start(bias);
    width = tiles.columns();
  }

  /** Inner dimension. */
  int depth() {
    return depth;
  }

  /** Columns of the result. */
  int columns() {
    return columns;
  }

  /** Most rows of a tile. */
  int tileRows() {
    return tiles.rows();
  }

  int panelCount() {
    return (columns + width - 1) / width;
  }

  /** Floats of working memory that {@link #block} needs. */
  int workSize(int rows, int panelCount) {
    int sumRows = depth <= DEPTH_BLOCK ? tiles.rows() : rows * panelCount;
    return (sumRows + 1) * width;
  }

  /**
   * Computes one block of the inner dimension; blocks come in ascending order, with the same working memory.
   *
   * @param k where the block begins, a multiple of {@link MatrixTiles#DEPTH_BLOCK}
   * @param row the first row's number in the result
   * @param a the left operand's block, its rows {@link MatrixTiles#ROW_STRIDE} apart
   * @param fromPanel first panel to compute with
   * @param toPanel panel to stop before
   */
  void block(
      int k,
      int row,
      int rows,
      float[] a,
      int aStart,
      int fromPanel,
      int toPanel,
      TileEpilogue epilogue,
      float[] work,
      int workStart) {
    long begin = System.nanoTime();
    boolean oneBlock = depth <= DEPTH_BLOCK;
    int kDepth = Math.min(DEPTH_BLOCK, depth - k);
    boolean last = k + kDepth == depth;
    int sums = workStart + width;
    // Near-equal tiles: a tile of one or two rows computes at a fraction of the speed.
    int panelsAhead = Prefetch.helps(width) ? COLUMNS_AHEAD / width : 0;
    int tileCount = (rows + tiles.rows() - 1) / tiles.rows();
    int least = tileCount == 0 ? 0 : rows / tileCount;
    int taller = rows - least * tileCount;
    for (int panel = fromPanel; panel < toPanel; panel++) {
      int column = panel * width;
      int valid = Math.min(width, columns - column);
      if (last && panelsAhead > 0 && (panel - fromPanel) % panelsAhead == 0) {
        int some = Math.min(panelsAhead, toPanel - panel) * width;
        epilogue.prefetch(rows, Math.min(some, columns - column), row, column);
      }
      boolean hasStart = bias != null && valid == width;
      if (k == 0 && !hasStart) {
        edgeStart(column, valid, work, workStart);
      }
      float[] start = k > 0 ? null : hasStart ? bias : work;
      int startStart = hasStart ? biasStart + column : workStart;
      // Sums of several blocks wait apart: the result may lie over rows that a later block is made from.
      boolean direct = oneBlock && valid == width && epilogue.isPlain();
      float[] c = direct ? epilogue.result() : work;
      int cStride = direct ? epilogue.resultStride() : width;
      int panelStart = Scratch.ALIGNED_START + column * depth + k * width;
      int panelSums = oneBlock ? sums : sums + (panel - fromPanel) * rows * width;
      int first = 0;
      for (int tile = 0; tile < tileCount; tile++) {
        int height = tile < taller ? least + 1 : least;
        int aAt = aStart + first * MatrixTiles.ROW_STRIDE;
        int sumsAt = oneBlock ? sums : panelSums + first * width;
        int cAt = direct ? epilogue.resultAt(row + first, column) : sumsAt;
        tiles.multiply(height, kDepth, a, aAt, panels, panelStart, start, startStart, c, cAt, cStride);
        if (last && !direct) {
          epilogue.finish(height, valid, work, cAt, width, row + first, column);
        }
        first += height;
      }
    }
    tiles.took(2L * rows * kDepth * (toPanel - fromPanel) * width, System.nanoTime() - begin);
  }

  /** What the sums of a panel start from where the bias, if there is one, is shorter than the panel. */
  private void edgeStart(int column, int valid, float[] work, int to) {
    Arrays.fill(work, to, to + width, 0f);
    if (bias != null) {
      System.arraycopy(bias, biasStart + column, work, to, valid);
    }
  }
}
