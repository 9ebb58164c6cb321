package org.swinengine.backend;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Counts what a pool would hold that keeps every buffer for the next of its size class. */
final class DryMemory implements MemoryKernels {
  private final MemoryKernels original;
  private final Blocks pool = new Blocks();

  /** What the steps that repeat have for themselves. */
  private Blocks ofSteps = new Blocks();
  private boolean isInStep;
  private long live;
  private long peak;
  private long held;
  private long forPixels;
  private long made;
  private long reused;

  DryMemory(MemoryKernels original) {
    this.original = original;
  }

  /** Blocks that wait for buffers, by type unless types share them, and by length. */
  private final class Blocks {
    private final Map<DType, TreeMap<Long, Integer>> waiting = new HashMap<>();

    private TreeMap<Long, Integer> of(DType dtype) {
      DType kind = original.sharesRoom() ? DType.FLOAT32 : dtype;
      return waiting.computeIfAbsent(kind, type -> new TreeMap<>());
    }

    /** The length of one that serves a buffer; null: there is none. */
    @Nullable
    Long take(DType dtype, long room) {
      TreeMap<Long, Integer> free = of(dtype);
      Long found = free.ceilingKey(room);
      if (found == null || found > original.longestReuse(dtype, room)) {
        return null;
      }
      free.computeIfPresent(found, (key, count) -> count == 1 ? null : count - 1);
      return found;
    }

    void put(DType dtype, long length) {
      of(dtype).merge(length, 1, Integer::sum);
    }

    void moveTo(Blocks other) {
      waiting.forEach(
          (dtype, lengths) -> lengths.forEach((length, count) -> {
            for (int i = 0; i < count; i++) {
              other.put(dtype, length);
            }
          }));
      waiting.clear();
    }
  }

  /** Steps of another kind repeat from now on, which keep so many bytes beside their blocks. */
  synchronized void keepForSteps(long bytes) {
    ofSteps.moveTo(pool);
    ofSteps = new Blocks();
    held += bytes;
  }

  /** Whether buffers are those of a step that repeats. */
  synchronized void ofStep(boolean isOfStep) {
    isInStep = isOfStep;
  }

  @Override
  public synchronized Buffer allocate(DType dtype, long size) {
    long room = original.roomFor(dtype, size);
    Blocks from = isInStep ? ofSteps : pool;
    Long found = from.take(dtype, room);
    if (found == null && isInStep) {
      found = pool.take(dtype, room);
    }
    if (found != null) {
      reused++;
    } else {
      held += room;
      made++;
      found = room;
    }
    long taken = found;
    long bytes = size * dtype.bytes();
    live += bytes;
    peak = Math.max(peak, live);
    return new Buffer(dtype, size) {
      @Override
      protected void recycle() {
        synchronized (DryMemory.this) {
          live -= bytes;
          from.put(dtype, taken);
        }
      }
    };
  }

  @Override
  public long roomFor(DType dtype, long size) {
    return original.roomFor(dtype, size);
  }

  @Override
  public long longestReuse(DType dtype, long room) {
    return original.longestReuse(dtype, room);
  }

  /** Bytes that all buffers ever made have room for. */
  synchronized long heldBytes() {
    return held;
  }

  @Override
  public boolean sharesRoom() {
    return original.sharesRoom();
  }

  @Override
  public void fill(Span x, long n, double value) {}

  @Override
  public void copy(Span from, Span to, long n) {}

  @Override
  public void copyRows(int rows, int columns, Span from, long fromStride, Span to, long toStride) {}

  @Override
  public void upload(float[] from, int fromOffset, Span to, int n) {}

  @Override
  public synchronized void uploadPixels(PixelBatch batch, Span to) {
    long room = original.roomForPixels(batch.size());
    held += Math.max(0, room - forPixels);
    forPixels = Math.max(forPixels, room);
  }

  @Override
  public void upload(double[] from, int fromOffset, Span to, int n) {}

  @Override
  public void upload(int[] from, int fromOffset, Span to, int n) {}

  @Override
  public void download(Span from, float[] to, int toOffset, int n) {}

  @Override
  public void download(Span from, double[] to, int toOffset, int n) {}

  @Override
  public void download(Span from, int[] to, int toOffset, int n) {}

  @Override
  public synchronized MemoryStatistics statistics() {
    return new MemoryStatistics(live, peak, held - live, made, reused);
  }

  @Override
  public synchronized void resetPeak() {
    peak = live;
  }
}
