package org.swinengine.backend.cpu;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What the processor can do at most: fused multiply-adds on registers alone, in the vector width in use.
 * Matrix products are compared with it.
 */
public final class FmaPeak {
  /**
   * Independent sums. A processor begins two multiply-adds a cycle and has each result four cycles later
   * (Haswell: five), so eight to ten keep it busy.
   */
  public static final int CHAINS = 12;

  /**
   * Rounds of one call of the loop: microseconds. Long loops would be compiled from their middle, with the
   * sums as objects on the heap.
   */
  public static final int ROUNDS = 2000;

  /** Powers of two, so that the sums are exact. */
  static final float A = 0x1p-1f;

  static final float B = 0x1p-9f;

  /** Calls of the loop, of {@link #SHORT_ROUNDS} each, after which it is compiled. */
  private static final int WARM_UP_CALLS = 10_000;

  private static final int SHORT_ROUNDS = 16;
  private static final int RUNS = 10;
  private static final long RUN_NANOS = 50_000_000;

  private FmaPeak() {}

  /**
   * Runs the chains on the calling thread.
   *
   * @param vector whether in vectors of {@link CpuBackend#vectorBits}, which must be above 0 then, or scalars
   * @param rounds multiply-adds of each chain
   * @return a number that depends on all of them
   */
  public static float chains(boolean vector, int rounds) {
    return vector ? VectorFmaChains.run(rounds) : scalar(rounds);
  }

  /**
   * The rate of all threads of a pool together: the best of ten runs of a twentieth of a second, for other
   * processes can only slow it down.
   *
   * @return GFLOP/s, a multiply-add counted as two
   */
  static double gflops(WorkerPool pool, boolean vector) {
    float kept = 0;
    for (int i = 0; i < WARM_UP_CALLS; i++) {
      kept += chains(vector, SHORT_ROUNDS);
    }
    double best = 0;
    for (int i = 0; i < RUNS; i++) {
      best = Math.max(best, roundsPerNano(pool, vector));
    }
    int lanes = vector ? Lanes.COUNT : 1;
    // Never true; the compiler cannot know and computes the sums.
    return Float.isNaN(kept) ? 0 : best * CHAINS * lanes * 2;
  }

  private static double roundsPerNano(WorkerPool pool, boolean vector) {
    AtomicLong rounds = new AtomicLong();
    long start = System.nanoTime();
    pool.run(
        pool.threads(),
        piece -> {
          long own = 0;
          float kept = 0;
          do {
            kept += chains(vector, ROUNDS);
            own += ROUNDS;
          } while (System.nanoTime() - start < RUN_NANOS);
          rounds.addAndGet(Float.isNaN(kept) ? 0 : own);
        });
    return rounds.get() / (double) (System.nanoTime() - start);
  }

  private static float scalar(int rounds) {
    float c0 = 0;
    float c1 = 1;
    float c2 = 2;
    float c3 = 3;
    float c4 = 4;
    float c5 = 5;
    float c6 = 6;
    float c7 = 7;
    float c8 = 8;
    float c9 = 9;
    float c10 = 10;
    float c11 = 11;
    for (int i = 0; i < rounds; i++) {
      c0 = Math.fma(A, B, c0);
      c1 = Math.fma(A, B, c1);
      c2 = Math.fma(A, B, c2);
      c3 = Math.fma(A, B, c3);
      c4 = Math.fma(A, B, c4);
      c5 = Math.fma(A, B, c5);
      c6 = Math.fma(A, B, c6);
      c7 = Math.fma(A, B, c7);
      c8 = Math.fma(A, B, c8);
      c9 = Math.fma(A, B, c9);
      c10 = Math.fma(A, B, c10);
      c11 = Math.fma(A, B, c11);
    }
    return c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11;
  }
}
