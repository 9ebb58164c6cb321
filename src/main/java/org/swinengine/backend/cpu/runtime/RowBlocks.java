package org.swinengine.backend.cpu.runtime;

/** Rows cut into near-equal blocks of whole tiles. */
public record RowBlocks(int rows, int tileRows, int tiles, int count) {
  /**
   * As few blocks as {@code blockRows} allows, their number a multiple of that of the threads if there are
   * several, so that no thread waits for another's last block.
   */
  public static RowBlocks of(int rows, int tileRows, int blockRows, int threads) {
    int tiles = (rows + tileRows - 1) / tileRows;
    int count = (rows + blockRows - 1) / blockRows;
    if (count > 1) {
      count = (count + threads - 1) / threads * threads;
    }
    return new RowBlocks(rows, tileRows, tiles, Math.max(1, Math.min(count, tiles)));
  }

  public int first(int block) {
    return (int) ((long) tiles * block / count) * tileRows;
  }

  public int end(int block) {
    return Math.min(rows, first(block + 1));
  }
}
