package org.swinengine.fit;

/**
 * Training met a number that is infinite or not a number; the message says when, in which layer, and what to
 * do.
 */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int epoch;
  private final long step;

  public TrainingDivergedException(String message, int epoch, long step) {
    super(message);
    this.epoch = epoch;
    this.step = step;
  }

  /** The epoch, from 1. */
  public int epoch() {
    return epoch;
  }

  /** The optimizer step of the run, from 1. */
  public long step() {
    return step;
  }
}
