package org.swinengine.backend.cpu.matrix;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.swinengine.backend.cpu.runtime.ThreadAllocation;

/**
 * Watches a tile while it works. The compiler has bad days on which a tile's accumulators become objects or
 * are spilled at every turn; the self-test, of another process as a rule, does not know of them.
 *
 * <p>A neighbour on the machine slows down some parts of products, a bad compilation all of them. So a tile
 * is bad when for some seconds of work not a single part has reached a fraction of the self-test's rate; or
 * when for as long every call that was looked at has made objects ({@link ObjectWatch}), however fast it was.
 */
final class TileGuard {
  /** Share of the self-test's rate that every tile reaches now and then, with a neighbour on its core too. */
  static final double SHARE = 0.3;

  /** Work, in thread time, that may go by without it: longer than the compiler takes at a start. */
  static final long PATIENCE_NANOS = 4_000_000_000L;

  /** Work before the first look at objects: a short command need not load what counts them. */
  static final long BEFORE_OBJECTS_NANOS = 1_000_000_000L;

  /**
   * What a part counts for at most: the process may have been stopped meanwhile, with a part on each thread.
   */
  static final long LONGEST_NANOS = PATIENCE_NANOS / 32;

  /** Smaller parts say more about their calls than about the tile. */
  static final long LEAST_OPERATIONS = 2_000_000;

  private final double expected;
  private final LongSupplier allocated;
  private final AtomicLong badNanos = new AtomicLong();
  private volatile double lastRate;

  /** Calls that read A where it lies. */
  private final ObjectWatch strided;

  /** Calls that read A packed. */
  private final ObjectWatch packed;

  /** Calls that read A packed and add to C. */
  private final ObjectWatch packedAdd;

  /** Time until the next look at objects. Threads may overwrite each other's: it is no more than a pace. */
  private long untilLook = BEFORE_OBJECTS_NANOS;

  /**
   * @param expected GFLOP/s of a thread in the self-test; 0: unknown, no rate is bad
   */
  TileGuard(double expected) {
    this(expected, ThreadAllocation::bytes);
  }

  /**
   * @param allocated bytes that the calling thread has allocated so far; negative if unknown
   */
  TileGuard(double expected, LongSupplier allocated) {
    this.expected = expected;
    this.allocated = allocated;
    strided = new ObjectWatch(allocated);
    packed = new ObjectWatch(allocated);
    packedAdd = new ObjectWatch(allocated);
  }

  /** For a tile that the user has chosen, which stays. */
  static TileGuard none() {
    return new TileGuard(0, () -> ThreadAllocation.UNKNOWN);
  }

  ObjectWatch strided() {
    return strided;
  }

  ObjectWatch packed() {
    return packed;
  }

  ObjectWatch packedAdd() {
    return packedAdd;
  }

  /** Notes a part of a product and says whether its rate is a reason to replace the tile. */
  boolean isBad(long operations, long nanos) {
    if (operations < LEAST_OPERATIONS) {
      return false;
    }
    lookAtObjects(Math.min(nanos, LONGEST_NANOS));
    if (expected == 0) {
      return false;
    }
    if (operations >= SHARE * expected * nanos) {
      if (badNanos.get() != 0) {
        badNanos.set(0);
      }
      return false;
    }
    lastRate = (double) operations / nanos;
    return badNanos.addAndGet(Math.min(nanos, LONGEST_NANOS)) > PATIENCE_NANOS;
  }

  private void lookAtObjects(long nanos) {
    long left = untilLook - nanos;
    if (left > 0) {
      untilLook = left;
      return;
    }
    untilLook = ObjectWatch.INTERVAL_NANOS;
    // As much as has gone by since the last look, if parts are longer than the pace.
    long weight = Math.max(nanos, ObjectWatch.INTERVAL_NANOS);
    strided.ask(weight);
    packed.ask(weight);
    packedAdd.ask(weight);
  }

  /** A guard for the tile that replaces this one's, with the same expectation. */
  TileGuard renewed() {
    return new TileGuard(expected, allocated);
  }

  /** What {@link #isBad} has found, for a sentence. */
  String finding() {
    return String.format(
        Locale.ROOT, "%.1f GFLOP/s on a thread, where the self-test reached %.1f", lastRate, expected);
  }
}
