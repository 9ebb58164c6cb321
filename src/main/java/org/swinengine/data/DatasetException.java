package org.swinengine.data;

import java.io.IOException;

/** A data set cannot be used as it is. The message is a sentence for the user: what, where, what to do. */
public final class DatasetException extends IOException {
  /** Creates it with a message for the user. */
  public DatasetException(String message) {
    super(message);
  }

  /** Creates it with a message for the user and the failure behind it. */
  public DatasetException(String message, Throwable cause) {
    super(message, cause);
  }
}
