package org.swinengine.data.list;

import java.io.IOException;

/** A list cannot be used as it is. The message is a sentence for the user: which line, what to do. */
public final class ListException extends IOException {
  ListException(String message) {
    super(message);
  }

  ListException(String message, Throwable cause) {
    super(message, cause);
  }
}
