package org.swinengine.train.estimate;

import org.swinengine.console.Durations;

/**
 * What a run still takes, as its steps so far let expect.
 *
 * @param seconds until the last epoch's validation is done; patience may end a run earlier
 * @param epochSeconds until this epoch's validation is done
 * @param peakBytes highest memory of tensors in use so far
 */
public record Estimate(double seconds, double epochSeconds, long peakBytes) {
  /** Like {@code about 3 min 40 s, 180 MB of tensors}. */
  @Override
  public String toString() {
    return "about " + Durations.text(seconds) + ", " + Math.max(1, peakBytes / 1_000_000) + " MB of tensors";
  }
}
