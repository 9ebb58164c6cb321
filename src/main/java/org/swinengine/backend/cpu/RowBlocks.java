package org.swinengine.backend.cpu;

/**
 * Rows cut into near-equal blocks of whole tiles, as many as a multiple of the number of threads, so that no thread
 * waits for another's last block.
 */
record RowBlocks(int rows, int tileRows, int tiles, int count) {
  static RowBlocks of(int rows, int tileRows, int blockRows, int threads) {
    int tiles = (rows + tileRows - 1) / tileRows;
    int count = (rows + blockRows - 1) / blockRows;
    if (count > 1 || tiles >= 4 * threads) {
      count = (count + threads - 1) / threads * threads;
    }
    return new RowBlocks(rows, tileRows, tiles, Math.max(1, Math.min(count, tiles)));
  }

  int first(int block) {
    return (int) ((long) tiles * block / count) * tileRows;
  }

  int end(int block) {
    return Math.min(rows, first(block + 1));
  }
}
