package org.swinengine.backend.cuda;

/** The square tiles of a result that blocks of a product compute, and what a launch can hold of them. */
final class ProductTiles {
  static final int LARGE = 128;
  static final int SMALL = 64;

  /** Results of a launch at most: a grid's third size. */
  static final int MOST_RESULTS = 65535;

  /** Large tiles keep a large GPU busy from so many blocks on. */
  private static final int BUSY = 132;

  private ProductTiles() {}

  /** Blocks that tiles of one result {@code [m, n]} take. */
  static long blocks(int m, int n, int tile) {
    return Grids.blocks(m, tile) * Grids.blocks(n, tile);
  }

  /** Whether large tiles of so many results keep a large GPU busy. */
  static boolean areLarge(int m, int n, long results) {
    return blocks(m, n, LARGE) * results >= BUSY;
  }
}
