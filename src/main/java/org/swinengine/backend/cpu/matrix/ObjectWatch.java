package org.swinengine.backend.cpu.matrix;

import java.util.function.LongSupplier;

/**
 * Looks now and then whether one form of a tile's calls makes objects. Where the compiler leaves accumulators
 * on the heap a call makes some kilobytes, else none.
 */
final class ObjectWatch {
  /** Time, of threads, between two looks at least: they are too few to be measured. */
  static final long INTERVAL_NANOS = 10_000_000;

  private static final long NOT_NOW = -1;

  private final LongSupplier allocated;

  /** Whether the next call is looked at. Set and read without order: a thread sees it soon enough. */
  private boolean due;

  private long weight;
  private long badNanos;
  private volatile long bytes;

  /**
   * @param allocated bytes that the calling thread has allocated so far; negative if unknown
   */
  ObjectWatch(LongSupplier allocated) {
    this.allocated = allocated;
  }

  /**
   * Asks for a look at the next call.
   *
   * @param nanos that it stands for
   */
  synchronized void ask(long nanos) {
    if (!due) {
      weight = nanos;
      due = true;
    }
  }

  /** Before every call; what it returns belongs to {@link #isBad}. */
  long before() {
    return due ? begin() : NOT_NOW;
  }

  private long begin() {
    due = false;
    return allocated.getAsLong();
  }

  /** After every call: whether all calls that were looked at for some seconds have made objects. */
  boolean isBad(long before) {
    return before >= 0 && judge(allocated.getAsLong() - before);
  }

  private synchronized boolean judge(long made) {
    if (made <= 0) {
      badNanos = 0;
      return false;
    }
    bytes = made;
    badNanos += weight;
    weight = 0; // for one thread, should several have looked
    return badNanos > TileGuard.PATIENCE_NANOS;
  }

  /** What was found, for a sentence. */
  String finding() {
    return "a call makes " + bytes + " bytes of objects, where it should make none";
  }
}
