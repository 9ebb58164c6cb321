package org.swinengine.backend.cpu.runtime;

/**
 * Brings pieces of a matrix into the caches before they are used. Java has no instruction for it, so one
 * element of every cache line is read: many lines are then under way at once, where a loop that computes
 * much with each of them waits for one after the other.
 */
public final class Prefetch {
  /** Floats of a cache line. */
  private static final int LINE = 16;

  private Prefetch() {}

  /**
   * Whether this helps loops that go down a matrix in pieces so wide: where a piece of a row is one line, the
   * processor fetches the next piece by itself, and reading ahead only takes time.
   */
  public static boolean helps(int width) {
    return width > LINE;
  }

  /** Reads from every line of some columns of rows. */
  public static void rows(int rows, int columns, float[] x, int start, int stride) {
    float sum = 0;
    for (int r = 0; r < rows; r++) {
      int from = start + r * stride;
      for (int j = 0; j < columns; j += LINE) {
        sum += x[from + j];
      }
    }
    Scratch.get().unread = sum;
  }

  /** The same for rows found through a table: row i begins at {@code rows[first + i] + base}. */
  public static void rows(int count, int columns, float[] x, int[] rows, int first, int base) {
    float sum = 0;
    if (columns == 2 * LINE) { // a head of Swin: without a loop in the loop, more reads are under way
      for (int i = first; i < first + count; i++) {
        int row = rows[i] + base;
        sum += x[row] + x[row + LINE];
      }
    } else {
      for (int i = first; i < first + count; i++) {
        int row = rows[i] + base;
        for (int j = 0; j < columns; j += LINE) {
          sum += x[row + j];
        }
      }
    }
    Scratch.get().unread = sum;
  }
}
