package org.swinengine.weights;

import java.nio.file.Path;

/**
 * A weight file that cannot be read or written. The message is meant for the user: whole sentences that name
 * the file, the tensor where there is one, what is wrong, and what to do.
 */
public final class WeightFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public WeightFileException(String message) {
    super(message);
  }

  public WeightFileException(String message, Throwable cause) {
    super(message, cause);
  }

  /** {@code reason} is one or more sentences that go on from "file: ". */
  static WeightFileException in(Path file, String reason) {
    return new WeightFileException(file + ": " + reason);
  }

  static WeightFileException in(Path file, String reason, Throwable cause) {
    return new WeightFileException(file + ": " + reason, cause);
  }
}
