package org.swinengine.backend.cpu.matrix;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Watches a tile's rate while it works. The compiler has bad days on which a tile's accumulators become
 * objects or are spilled at every turn; the self-test, of another process as a rule, does not know of them.
 *
 * <p>A neighbour on the machine slows down some parts of products, a bad compilation all of them. So a tile
 * is bad when for some seconds of work not a single part has reached a fraction of the self-test's rate.
 */
final class TileGuard {
  /** Share of the self-test's rate that every tile reaches now and then, with a neighbour on its core too. */
  static final double SHARE = 0.3;

  /** Work, in thread time, that may go by without it: longer than the compiler takes at a start. */
  static final long PATIENCE_NANOS = 4_000_000_000L;

  /**
   * What a part counts for at most: the process may have been stopped meanwhile, with a part on each thread.
   */
  static final long LONGEST_NANOS = PATIENCE_NANOS / 32;

  /** Smaller parts say more about their calls than about the tile. */
  static final long LEAST_OPERATIONS = 2_000_000;

  private final double expected;
  private final AtomicLong badNanos = new AtomicLong();
  private volatile double lastRate;

  /**
   * @param expected GFLOP/s of a thread in the self-test; 0: unknown, nothing is bad
   */
  TileGuard(double expected) {
    this.expected = expected;
  }

  /** Notes a part of a product and says whether the tile should be replaced. */
  boolean isBad(long operations, long nanos) {
    if (operations < LEAST_OPERATIONS || expected == 0) {
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

  /** A guard for the tile that replaces this one's, with the same expectation. */
  TileGuard renewed() {
    return new TileGuard(expected);
  }

  /** What to tell the user. */
  String sentence(String bad, String next) {
    return String.format(
        Locale.ROOT,
        "The Java virtual machine compiled the register tile %s badly (%.1f GFLOP/s on a thread, where the"
            + " self-test reached %.1f); going on with %s, which gives the same results. -Dswin.tile=%s has"
            + " it from the start.",
        bad, lastRate, expected, next, next);
  }
}
