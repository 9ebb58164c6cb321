package org.swinengine.fit;

import java.io.IOException;

/**
 * Batches of any kind. They are asked for in the order of their numbers, epoch after epoch; where training
 * is resumed or a step is run again to find an error, an epoch is entered in the middle. So a batch must be
 * a function of the epoch and its number, or results are not the same again.
 *
 * @param <B> a batch
 */
public interface Batches<B> {
  /** Batches of an epoch; at least 1. */
  int perEpoch();

  /**
   * A batch.
   *
   * @param epoch from 0
   * @param number in the epoch, from 0 to {@link #perEpoch} less one
   * @throws IOException if it cannot be read
   */
  B get(int epoch, int number) throws IOException;

  /** Whether the last batch of an epoch has, or may have, fewer samples than the others. */
  default boolean lastIsSmaller() {
    return true;
  }

  /** Samples of a batch: its weight in the mean of an epoch's losses. */
  default int samples(B batch) {
    return 1;
  }

  /** Says that a batch has been used. */
  default void done(B batch) {}
}
