package org.swinengine.backend.cuda;

/** A graph cannot hold what is asked for; its message is a clause about the pass, without an end. */
final class CaptureRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  CaptureRefusedException(String reason) {
    super(reason);
  }
}
