package org.swinengine.pretrained;

import org.jspecify.annotations.Nullable;

/** Weights cannot be had. The message is meant for the user: what, from where, and what to do. */
public final class PretrainedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean absent;

  PretrainedException(String message) {
    this(message, null, false);
  }

  PretrainedException(String message, @Nullable Throwable cause) {
    this(message, cause, false);
  }

  private PretrainedException(String message, @Nullable Throwable cause, boolean absent) {
    super(message, cause);
    this.absent = absent;
  }

  /** The server is there, and has no such file. */
  static PretrainedException absent(String message) {
    return new PretrainedException(message, null, true);
  }

  /** Whether the server said that there is no such file. */
  boolean isAbsent() {
    return absent;
  }
}
