package org.swinengine.backend.cuda;

import java.util.List;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.Span;

/**
 * Gradients of tables of relative positions from those of the matrices of logits' biases. Those of many
 * layers are one launch ({@link DeferredSums}).
 */
final class TableGradients {
  /** {@code MOST_PIECES} of launchTable.cuh. */
  static final int MOST_OF_A_LAUNCH = 100;

  private static final int WARPS = 8;

  /** Of a table's description: two addresses and four numbers of 32 bits. */
  private static final int WORDS = 4;

  private final CudaDevice device;

  TableGradients(CudaDevice device) {
    this.device = device;
  }

  /**
   * What {@link #gather} is asked for.
   *
   * @param matrixSize elements of the matrix
   * @param tableSize elements of the table
   */
  record Table(CudaDevice device, Span matrix, long matrixSize, Span table, long tableSize, int heads,
      int windowHeight, int windowWidth) {
    void hold() {
      DeferredSums.await(device, matrix);
      DeferredSums.await(device, table);
    }

    void release() {
      matrix.buffer().release();
      table.buffer().release();
    }

    boolean touches(Buffer buffer, long from, long end) {
      return DeferredSums.meets(table, tableSize, buffer, from, end)
          || DeferredSums.meets(matrix, matrixSize, buffer, from, end);
    }
  }

  /**
   * {@code table[r, head] = Σ matrix[head, query, key]} over the pairs of relative position r.
   *
   * @param matrix float32 {@code [heads, tokens, tokens]} of windows, which may be given back at once; sums
   *     that {@link PartialSums} has been asked for
   * @param table float32 {@code [(2·height − 1)·(2·width − 1), heads]}
   */
  void gather(int heads, int windowHeight, int windowWidth, Span matrix, Span table) {
    long tokens = (long) windowHeight * windowWidth;
    long tableSize = (2L * windowHeight - 1) * (2L * windowWidth - 1) * heads;
    CudaBuffer.address(table, tableSize); // also launches what waits for this memory
    device.sums().add(
        new Table(device, matrix, heads * tokens * tokens, table, tableSize, heads, windowHeight,
            windowWidth));
  }

  /** Gathers all these tables, of which there are at most {@link #MOST_OF_A_LAUNCH}. */
  static void launch(Launch launch, CudaDevice device, List<Table> tables) {
    long[] words = new long[WORDS * tables.size()];
    Buffer[] buffers = new Buffer[2 * tables.size()];
    long blocks = 0;
    for (int i = 0; i < tables.size(); i++) {
      Table table = tables.get(i);
      int at = WORDS * i;
      words[at] = CudaBuffer.place(table.matrix);
      words[at + 1] = CudaBuffer.place(table.table);
      words[at + 2] = Launch.pair(table.heads, table.windowHeight);
      words[at + 3] = Launch.pair(table.windowWidth, Math.toIntExact(blocks));
      buffers[2 * i] = table.matrix.buffer();
      buffers[2 * i + 1] = table.table.buffer();
      blocks += Grids.blocks(table.tableSize, WARPS);
    }
    launch
        .of(device.kernel("attention", "windowTableGradient"))
        .grid(blocks)
        .block(WARPS * 32)
        .size("tables", tables.size())
        .table(words)
        .run(buffers);
  }
}
