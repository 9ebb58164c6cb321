package org.swinengine.weights;

import java.io.IOException;
import java.nio.file.Path;

/** A path leads to a named pipe, a device or a socket. */
public final class NotRegularFileException extends IOException {
  private static final String CLAUSE =
      "is not a regular file but a named pipe, a device or a socket, which is not opened; copy its contents"
          + " to a file";

  NotRegularFileException(Path path) {
    super(path + " " + CLAUSE);
  }

  /** The message without the path: "is not a regular file …". */
  public String clause() {
    return CLAUSE;
  }
}
