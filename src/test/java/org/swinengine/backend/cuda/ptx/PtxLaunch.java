package org.swinengine.backend.cuda.ptx;

/**
 * How a kernel is launched.
 *
 * @param grid blocks on each axis
 * @param threads of a block, all on the first axis
 * @param sharedBytes of dynamic shared memory
 * @param arguments one number for each parameter: an address, an integer, or a float's bits; a table's words
 */
public record PtxLaunch(int[] grid, int threads, int sharedBytes, long[] arguments) {
  public long blocks() {
    return (long) grid[0] * grid[1] * grid[2];
  }
}
