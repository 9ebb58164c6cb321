package org.swinengine.train.folder;

import java.io.IOException;

/** A run folder cannot be used or written; the message is a sentence for the user. */
public final class RunFolderException extends IOException {
  private static final long serialVersionUID = 1L;

  public RunFolderException(String message) {
    super(message);
  }

  public RunFolderException(String message, Throwable cause) {
    super(message, cause);
  }
}
