package org.swinengine.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Keeps from opening what is no file: a named pipe waits for its other end for ever, a device may never end
 * or do something when it is read.
 */
public final class RegularFile {
  private RegularFile() {}

  /**
   * Passes regular files and links to them, folders and what does not exist: opening those fails by itself.
   *
   * @return the same path
   * @throws NotRegularFileException if it is something else
   * @throws IOException if that cannot be found out, for instance because there is no such file
   */
  public static Path require(Path path) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    if (attributes.isOther()) {
      throw new NotRegularFileException(path);
    }
    return path;
  }
}
