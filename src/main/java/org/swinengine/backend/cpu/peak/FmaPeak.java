package org.swinengine.backend.cpu.peak;

import java.util.concurrent.atomic.AtomicLong;
import org.swinengine.backend.cpu.runtime.WorkerPool;

/**
 * What the processor can do at most: fused multiply-adds on registers alone, in the vector width in use.
 * Matrix products are compared with it.
 */
public final class FmaPeak {
  /**
   * Rounds of one call of the loop: microseconds. Long loops would be compiled from their middle, with the
   * sums as objects on the heap.
   */
  public static final int ROUNDS = 2000;

  /** Calls of the loop, of {@link #SHORT_ROUNDS} each, after which it is compiled. */
  private static final int WARM_UP_CALLS = 10_000;

  private static final int SHORT_ROUNDS = 16;
  private static final int RUNS = 10;
  private static final long RUN_NANOS = 50_000_000;

  private FmaPeak() {}

  /**
   * The rate of all threads of a pool together: the best of ten runs of a twentieth of a second, for other
   * processes can only slow it down.
   *
   * @return GFLOP/s, a multiply-add counted as two
   */
  public static double gflops(WorkerPool pool, FmaChains chains) {
    float kept = 0;
    for (int i = 0; i < WARM_UP_CALLS; i++) {
      kept += chains.run(SHORT_ROUNDS);
    }
    double best = 0;
    for (int i = 0; i < RUNS; i++) {
      best = Math.max(best, roundsPerNano(pool, chains));
    }
    // Never true; the compiler cannot know and computes the sums.
    return Float.isNaN(kept) ? 0 : best * FmaChains.CHAINS * chains.lanes() * 2;
  }

  private static double roundsPerNano(WorkerPool pool, FmaChains chains) {
    AtomicLong rounds = new AtomicLong();
    long start = System.nanoTime();
    pool.run(
        pool.threads(),
        piece -> {
          long own = 0;
          float kept = 0;
          do {
            kept += chains.run(ROUNDS);
            own += ROUNDS;
          } while (System.nanoTime() - start < RUN_NANOS);
          rounds.addAndGet(Float.isNaN(kept) ? 0 : own);
        });
    return rounds.get() / (double) (System.nanoTime() - start);
  }
}
