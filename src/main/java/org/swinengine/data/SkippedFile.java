package org.swinengine.data;

/**
 * An image that a data set leaves out.
 *
 * @param file the file, as its data set names it
 * @param reason why it cannot be read, a clause without a full stop
 */
public record SkippedFile(String file, String reason) {
  @Override
  public String toString() {
    return file + ": " + reason;
  }
}
