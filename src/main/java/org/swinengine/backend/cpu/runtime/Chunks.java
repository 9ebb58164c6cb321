package org.swinengine.backend.cpu.runtime;

/**
 * Shares loops out among a pool's threads. Where a chunk ends depends on the sizes alone; what fits in one
 * chunk runs on the caller's thread.
 */
public final class Chunks {
  /** Elements of a chunk: work of some microseconds, several times what handing it to a thread costs. */
  public static final int ELEMENTS = 1 << 15;

  /** A loop from {@code from} to before {@code to}. */
  @FunctionalInterface
  public interface Range {
    void run(int from, int to);
  }

  /** A loop over a rectangle of a matrix; the ends are excluded. */
  @FunctionalInterface
  public interface Rectangle {
    void run(int fromRow, int toRow, int fromColumn, int toColumn);
  }

  private Chunks() {}

  /** How many chunks of {@code size} make {@code n}. */
  public static int count(int n, int size) {
    return (int) ((n + (size - 1L)) / size);
  }

  /** A loop over {@code n} elements; chunks start at multiples of {@link #ELEMENTS}. */
  public static void elements(WorkerPool pool, int n, Range range) {
    ranges(pool, n, ELEMENTS, range);
  }

  /** A loop over {@code rows} whole rows, of which one costs as much as {@code columns} elements. */
  public static void rows(WorkerPool pool, int rows, long columns, Range range) {
    ranges(pool, rows, (int) Math.max(1, ELEMENTS / Math.max(1, columns)), range);
  }

  /** A loop over {@code n} items in chunks of {@code size}. */
  public static void ranges(WorkerPool pool, int n, int size, Range range) {
    pool.run(
        count(n, size),
        piece -> {
          int from = piece * size;
          range.run(from, Math.min(n - from, size) + from);
        });
  }

  /**
   * A loop over a matrix in groups of short rows, or in parts of long ones.
   *
   * @param cost what one element costs, in elements of a plain loop
   */
  public static void rectangles(WorkerPool pool, int rows, int columns, int cost, Rectangle rectangle) {
    if (columns <= ELEMENTS) {
      rows(pool, rows, (long) columns * cost, (from, to) -> rectangle.run(from, to, 0, columns));
      return;
    }
    int parts = count(columns, ELEMENTS);
    pool.run(
        Math.multiplyExact(rows, parts),
        piece -> {
          int row = piece / parts;
          int from = piece % parts * ELEMENTS;
          rectangle.run(row, row + 1, from, Math.min(columns - from, ELEMENTS) + from);
        });
  }
}
