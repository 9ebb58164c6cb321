package org.swinengine.backend.cuda;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.Span;

/**
 * The second half of sums that are split into parts: adds float32 partial sums in a fixed order. Parts are
 * the blocks of a kernel, and their number is a function of the sizes alone, never of the GPU: it decides the
 * order of additions. Many sums are one launch ({@link DeferredSums}).
 */
final class PartialSums {
  /** {@code MOST_PIECES} of launchTable.cuh. */
  static final int MOST_OF_A_LAUNCH = 100;

  /**
   * Up to so many parts are added by one thread for each four columns; more are shared by the warps of a
   * block. As reduce.cu has it.
   */
  private static final int FEW = 32;

  private static final int THREADS = 16 * 32;
  private static final int COLUMNS_OF_FEW = 4 * THREADS;
  private static final int COLUMNS_OF_MANY = 32;

  /** Of a sum's description: three addresses and four numbers of 32 bits. */
  private static final int WORDS = 5;

  private final CudaDevice device;

  PartialSums(CudaDevice device) {
    this.device = device;
  }

  /** What {@link #addTwo} is asked for. */
  record Sum(CudaDevice device, int parts, Span partials, int firstColumns, Span first, int columns,
      @Nullable Span second,
      boolean accumulate) {
    void hold() {
      partials.buffer().retain();
      DeferredSums.await(device, first);
      DeferredSums.await(device, second);
    }

    void release() {
      partials.buffer().release();
      first.buffer().release();
      if (second != null) {
        second.buffer().release();
      }
    }

    long bytes() {
      return (long) Float.BYTES * parts * columns;
    }

    boolean writes(Buffer buffer, long from, long end) {
      return DeferredSums.meets(first, firstColumns, buffer, from, end)
          || DeferredSums.meets(second, columns - firstColumns, buffer, from, end);
    }

    private long blocks() {
      return Grids.blocks(columns, parts <= FEW ? COLUMNS_OF_FEW : COLUMNS_OF_MANY);
    }
  }

  /**
   * {@code out[j] = Σ_p partials[p, j]}, or added to {@code out}.
   *
   * @param partials float32 {@code [parts, columns]}, which may be given back at once
   */
  void add(int parts, long columns, Span partials, Span out, boolean accumulate) {
    addTwo(parts, partials, columns, out, 0, null, accumulate);
  }

  /**
   * Two results at once: {@code first[j] = Σ_p partials[p, j]} and {@code second[j] = Σ_p partials[p,
   * firstColumns + j]}, or added to them.
   *
   * @param partials float32 {@code [parts, firstColumns + secondColumns]}, which may be given back at once
   * @param secondOrNull null where there are no second columns
   */
  void addTwo(
      int parts, Span partials, long firstColumns, Span first, long secondColumns,
      @Nullable Span secondOrNull,
      boolean accumulate) {
    int columns = Math.toIntExact(firstColumns + secondColumns);
    // Also launches what waits for the same memory: two sums for it are two launches, in the order asked for.
    CudaBuffer.address(partials, (long) parts * columns);
    CudaBuffer.address(first, firstColumns);
    if (secondOrNull != null) {
      CudaBuffer.address(secondOrNull, secondColumns);
    }
    device.sums().add(
        new Sum(device, parts, partials, (int) firstColumns, first, columns, secondOrNull, accumulate));
  }

  /** Adds the parts of all these sums, of which there are at most {@link #MOST_OF_A_LAUNCH}. */
  static void launch(Launch launch, CudaDevice device, List<Sum> sums) {
    long[] table = new long[WORDS * sums.size()];
    Buffer[] buffers = new Buffer[3 * sums.size()];
    long blocks = 0;
    for (int i = 0; i < sums.size(); i++) {
      Sum sum = sums.get(i);
      int at = WORDS * i;
      table[at] = CudaBuffer.place(sum.partials);
      table[at + 1] = CudaBuffer.place(sum.first);
      table[at + 2] = sum.second == null ? 0 : CudaBuffer.place(sum.second);
      table[at + 3] = Launch.pair(sum.firstColumns, sum.columns);
      table[at + 4] = Launch.pair(sum.accumulate ? -sum.parts : sum.parts, Math.toIntExact(blocks));
      buffers[3 * i] = sum.partials.buffer();
      buffers[3 * i + 1] = sum.first.buffer();
      buffers[3 * i + 2] = sum.second == null ? null : sum.second.buffer();
      blocks += sum.blocks();
    }
    launch
        .of(device.kernel("reduce", "sumParts_f32"))
        .grid(blocks)
        .block(THREADS)
        .size("sums", sums.size())
        .table(table)
        .run(buffers);
  }
}
