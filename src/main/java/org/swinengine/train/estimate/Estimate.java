package org.swinengine.train.estimate;

import java.util.function.LongSupplier;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.console.Durations;

/**
 * What a run will take, from a few measured passes. A young JVM still gets faster, so the time is rather too
 * long than too short.
 *
 * @param seconds of the training that is left, without validation
 * @param imagesPerSecond training rate
 * @param modelBytes device memory of weights, gradients and optimizer state
 * @param activationBytes device memory that a pass keeps for its backward half
 * @param peakBytes highest device memory in use during a pass, all of these included
 */
public record Estimate(
    double seconds, double imagesPerSecond, long modelBytes, long activationBytes, long peakBytes) {
  private static final long BUDGET_NANOS = 3_000_000_000L;
  private static final int MOST_PASSES = 12;

  /**
   * Runs passes without updates: nothing of the run changes.
   *
   * @param images of a pass
   * @param pass computes gradients, forgets them, and says how many bytes its tape kept
   * @param imagesLeft images that training still has before it
   */
  public static Estimate measure(
      Backend backend, ParameterArena arena, int images, LongSupplier pass, long imagesLeft) {
    backend.memory().resetPeak();
    long start = System.nanoTime();
    long fastest = Long.MAX_VALUE;
    long kept = 0;
    for (int i = 0; i < MOST_PASSES && (i < 2 || System.nanoTime() - start < BUDGET_NANOS); i++) {
      long before = System.nanoTime();
      kept = pass.getAsLong();
      backend.synchronize();
      fastest = Math.min(fastest, System.nanoTime() - before);
    }
    double rate = images / (fastest / 1e9);
    long bytes = (arena.values().elements() + 3 * arena.trainableSize()) * backend.masterType().bytes();
    return new Estimate(imagesLeft / rate, rate, bytes, kept, backend.memory().statistics().peakBytes());
  }

  /** Like {@code about 3 min 40 s, 180 MB}. */
  @Override
  public String toString() {
    return "about " + Durations.text(seconds) + " of training, " + Math.max(1, peakBytes / 1_000_000)
        + " MB of tensors";
  }
}
