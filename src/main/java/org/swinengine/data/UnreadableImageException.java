package org.swinengine.data;

import java.io.IOException;

/** An image cannot be decoded. The message is a clause that follows the file's name: "is cut off". */
final class UnreadableImageException extends IOException {
  UnreadableImageException(String clause) {
    super(clause);
  }

  UnreadableImageException(String clause, Throwable cause) {
    super(clause, cause);
  }
}
