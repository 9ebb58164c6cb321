package org.swinengine.train;

import java.util.concurrent.CancellationException;

/** A run may be asked to stop from another thread, also before it has begun. */
final class StopRequest {
  private boolean requested;
  private boolean begun;

  /**
   * Asks the run to stop.
   *
   * @return whether it has begun, so that there is something to save; a run that has not will not begin any
   *     more
   */
  synchronized boolean request() {
    requested = true;
    return begun;
  }

  synchronized boolean isRequested() {
    return requested;
  }

  /**
   * The run begins to write.
   *
   * @throws CancellationException if it was asked to stop before
   */
  synchronized void begin() {
    if (requested) {
      throw new CancellationException("the run was stopped before it began; nothing was written");
    }
    begun = true;
  }
}
