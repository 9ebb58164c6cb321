package org.swinengine.backend.cpu.memory;

import java.lang.ref.Cleaner;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.backend.PixelBatch;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.runtime.Chunks;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.Scratch;
import org.swinengine.backend.cpu.runtime.WorkerPool;

/**
 * Memory family on the CPU: buffers are Java arrays that a pool hands out again after their release. A buffer
 * that is never released is garbage like any other object; its array does not return to the pool.
 *
 * <p>{@code -Dswin.poison=true} fills every array with NaN ({@link Integer#MIN_VALUE} in integers) when it is
 * handed out, so that a kernel that reads what nobody wrote shows in its results.
 */
public final class CpuMemory implements MemoryKernels, CpuBuffer.Home {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final long LARGEST = Integer.MAX_VALUE - Scratch.ALIGNED_START - 8L;

  private final WorkerPool pool;
  private final boolean poison;
  private final BufferPool<float[]> floats = new BufferPool<>(float[]::new);
  private final BufferPool<int[]> ints = new BufferPool<>(int[]::new);
  private final Account account = new Account();

  /**
   * Bytes in use. Apart from the memory, so that a buffer's cleaning action does not hold what it watches.
   */
  private static final class Account {
    final AtomicLong live = new AtomicLong();
    final AtomicLong peak = new AtomicLong();

    void add(long bytes) {
      peak.accumulateAndGet(live.addAndGet(bytes), Math::max);
    }

    Runnable subtraction(long bytes) {
      return () -> live.addAndGet(-bytes);
    }
  }

  public CpuMemory(WorkerPool pool) {
    this(pool, Boolean.getBoolean("swin.poison"));
  }

  CpuMemory(WorkerPool pool, boolean poison) {
    this.pool = pool;
    this.poison = poison;
  }

  @Override
  public Buffer allocate(DType dtype, long size) {
    if (size < 0 || dtype == DType.FLOAT64) {
      throw new IllegalArgumentException(
          "the cpu backend makes no buffer of " + size + " " + dtype + " elements");
    }
    CpuBuffer buffer = newBuffer(dtype, size);
    long bytes = size * dtype.bytes();
    account.add(bytes);
    buffer.setAccount(CLEANER.register(buffer, account.subtraction(bytes)));
    return buffer;
  }

  private CpuBuffer newBuffer(DType dtype, long size) {
    if (size > LARGEST) {
      throw noRoom(dtype, size, "one buffer holds at most " + LARGEST + " elements");
    }
    try {
      return take(dtype, (int) size);
    } catch (OutOfMemoryError first) {
      dropPool();
      try {
        return take(dtype, (int) size);
      } catch (OutOfMemoryError second) {
        String heap = gibibytes(Runtime.getRuntime().maxMemory());
        throw noRoom(
            dtype,
            size,
            "the heap may grow to " + heap + "; give Java more (java -Xmx…g -jar …) or use a smaller batch");
      }
    }
  }

  private CpuBuffer take(DType dtype, int size) {
    if (dtype == DType.INT32) {
      int[] array = ints.take(size);
      if (poison) {
        Arrays.fill(array, Integer.MIN_VALUE);
      }
      return new CpuBuffer(this, array, Scratch.ALIGNED_START, size);
    }
    float[] array = floats.take(size);
    if (poison) {
      Arrays.fill(array, Float.NaN);
    }
    return new CpuBuffer(this, array, Scratch.ALIGNED_START, size);
  }

  private OutOfMemoryError noRoom(DType dtype, long size, String why) {
    return new OutOfMemoryError(
        "no room for a buffer of " + size + " " + dtype + " elements ("
            + gibibytes((double) size * dtype.bytes()) + "; buffers in use hold "
            + gibibytes(account.live.get()) + "): " + why);
  }

  private static String gibibytes(double bytes) {
    return String.format(Locale.ROOT, "%.2f GiB", bytes / (1 << 30));
  }

  @Override
  public long roomFor(DType dtype, long size) {
    return size > LARGEST ? size * dtype.bytes() : (long) BufferPool.capacity((int) size) * dtype.bytes();
  }

  @Override
  public long longestReuse(DType dtype, long room) {
    return BufferPool.longest(room / dtype.bytes()) * dtype.bytes();
  }

  /** Called by a buffer whose last reference was released. */
  @Override
  public void takeBack(CpuBuffer buffer) {
    if (buffer.ints != null) {
      ints.giveBack(buffer.ints);
    } else {
      floats.giveBack(buffer.floats);
    }
  }

  /** Leaves all pooled arrays to the garbage collector. */
  public void dropPool() {
    floats.drop();
    ints.drop();
  }

  @Override
  public void fill(Span x, long n, double value) {
    int start = CpuBuffer.start(x, n);
    if (x.buffer().dtype() == DType.INT32) {
      int[] array = CpuBuffer.ints(x);
      Chunks.elements(pool, (int) n, (from, to) -> Arrays.fill(array, start + from, start + to, (int) value));
    } else {
      float[] array = CpuBuffer.floats(x);
      float filling = (float) value;
      Chunks.elements(pool, (int) n, (from, to) -> Arrays.fill(array, start + from, start + to, filling));
    }
  }

  @Override
  public void copy(Span from, Span to, long n) {
    Object source = array(from);
    Object target = array(to);
    int sourceStart = CpuBuffer.start(from, n);
    int targetStart = CpuBuffer.start(to, n);
    Chunks.elements(
        pool,
        (int) n,
        (first, last) -> System.arraycopy(source, sourceStart + first, target, targetStart + first,
            last - first));
  }

  @Override
  public void copyRows(int rows, int columns, Span from, long fromStride, Span to, long toStride) {
    if (rows == 0) {
      return;
    }
    Object source = array(from);
    Object target = array(to);
    int sourceStart = CpuBuffer.start(from, (rows - 1) * fromStride + columns);
    int targetStart = CpuBuffer.start(to, (rows - 1) * toStride + columns);
    Chunks.rows(
        pool,
        rows,
        columns,
        (first, last) -> {
          for (int r = first; r < last; r++) {
            System.arraycopy(
                source,
                sourceStart + (int) (r * fromStride),
                target,
                targetStart + (int) (r * toStride),
                columns);
          }
        });
  }

  private static Object array(Span span) {
    return span.buffer().dtype() == DType.INT32 ? CpuBuffer.ints(span) : CpuBuffer.floats(span);
  }

  @Override
  public void upload(float[] from, int fromOffset, Span to, int n) {
    System.arraycopy(from, fromOffset, CpuBuffer.floats(to), CpuBuffer.start(to, n), n);
  }

  @Override
  public void uploadPixels(PixelBatch batch, Span to) {
    batch.toFloats(CpuBuffer.floats(to), CpuBuffer.start(to, batch.size()));
  }

  @Override
  public void upload(double[] from, int fromOffset, Span to, int n) {
    float[] array = CpuBuffer.floats(to);
    int start = CpuBuffer.start(to, n);
    for (int i = 0; i < n; i++) {
      array[start + i] = (float) from[fromOffset + i];
    }
  }

  @Override
  public void upload(int[] from, int fromOffset, Span to, int n) {
    System.arraycopy(from, fromOffset, CpuBuffer.ints(to), CpuBuffer.start(to, n), n);
  }

  @Override
  public void download(Span from, float[] to, int toOffset, int n) {
    System.arraycopy(CpuBuffer.floats(from), CpuBuffer.start(from, n), to, toOffset, n);
  }

  @Override
  public void download(Span from, double[] to, int toOffset, int n) {
    float[] array = CpuBuffer.floats(from);
    int start = CpuBuffer.start(from, n);
    for (int i = 0; i < n; i++) {
      to[toOffset + i] = array[start + i];
    }
  }

  @Override
  public void download(Span from, int[] to, int toOffset, int n) {
    System.arraycopy(CpuBuffer.ints(from), CpuBuffer.start(from, n), to, toOffset, n);
  }

  /**
   * {@inheritDoc} Live bytes are those of the sizes asked for, pooled bytes those of the arrays. A buffer
   * that became unreachable without a release counts as live until the garbage collector has found it.
   */
  @Override
  public MemoryStatistics statistics() {
    return new MemoryStatistics(
        account.live.get(),
        account.peak.get(),
        floats.pooledElements() * Float.BYTES + ints.pooledElements() * Integer.BYTES,
        floats.made() + ints.made(),
        floats.reused() + ints.reused());
  }

  @Override
  public void resetPeak() {
    account.peak.set(account.live.get());
  }
}
