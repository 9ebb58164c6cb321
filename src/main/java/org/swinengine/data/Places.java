package org.swinengine.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.ProviderNotFoundException;
import java.util.Map;
import org.swinengine.weights.RegularFile;

/**
 * Files in folders and in zip archives, which are folders here: an archive is opened as a file system of its
 * own and stays open as long as the program runs, because a data set reads from it at any time.
 */
final class Places {
  /** Deflate's limit: one byte stands for at most so many. */
  private static final long HIGHEST_RATIO = 1040;

  private Places() {}

  /**
   * The root of an archive.
   *
   * @throws DatasetException if it is none
   */
  static Path inZip(Path file) throws IOException {
    RegularFile.require(file);
    try {
      // Read only: the data are never written to.
      FileSystem system = FileSystems.newFileSystem(file, Map.of("accessMode", "readOnly"));
      return system.getPath("/");
    } catch (ProviderNotFoundException e) {
      throw new DatasetException(
          file + " is a zip archive, but this Java cannot look into one (the module jdk.zipfs is missing).",
          e);
    } catch (IOException | IllegalArgumentException e) {
      throw new DatasetException(
          file + " is no zip archive that can be read (" + e.getMessage() + "). Get the file again.", e);
    }
  }

  /** A path for a person: with the archive that it is in. */
  static String text(Path path) {
    if (!isInZip(path)) {
      return path.toString();
    }
    String inner = path.toAbsolutePath().normalize().toString();
    return path.getFileSystem() + (inner.equals("/") ? "" : inner);
  }

  static boolean isInZip(Path path) {
    return path.getFileSystem() != FileSystems.getDefault();
  }

  /**
   * The bytes of a file in an archive.
   *
   * @param most the largest number that is borne
   * @throws UnreadableImageException if it is larger, or states a size that its compressed bytes cannot have
   */
  static byte[] readInZip(Path path, long most) throws IOException {
    long size = Files.size(path);
    Object compressed = Files.getAttribute(path, "zip:compressedSize");
    if (compressed instanceof Long stored && size > HIGHEST_RATIO * (stored + 1)) {
      throw new UnreadableImageException(
          "states a size of " + size + " bytes in an archive that has " + stored
              + " compressed bytes of it");
    }
    if (size > most) {
      throw new UnreadableImageException("is a file of " + size + " bytes in an archive, which is too large");
    }
    try (InputStream in = Files.newInputStream(path)) {
      // Grows with what is there.
      byte[] bytes = in.readNBytes((int) size);
      if (bytes.length < size || in.read() >= 0) {
        throw new UnreadableImageException("has another size than its archive says");
      }
      return bytes;
    }
  }
}
