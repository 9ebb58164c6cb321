package org.swinengine.inference;

/** A checkpoint cannot be used for what was asked; the message says why and what to do. */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CheckpointException(String message) {
    super(message);
  }
}
