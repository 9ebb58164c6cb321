package org.swinengine.weights;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Writes a file so that at every moment, a power cut included, either the old contents or the complete new
 * ones are there: a temporary file beside the target, fsync, rename, fsync of the folder.
 */
public final class AtomicFile {
  interface Body {
    void writeTo(OutputStream out) throws IOException;
  }

  private AtomicFile() {}

  /** Writes to an open file, in any order. */
  interface ChannelBody {
    void writeTo(FileChannel out) throws IOException;
  }

  /** @throws WeightFileException when the file cannot be written; the old file is then as it was */
  static void write(Path target, Body body) {
    writeChannel(target, channel -> body.writeTo(Channels.newOutputStream(channel)));
  }

  /** The same for what has to go back. */
  static void writeChannel(Path target, ChannelBody body) {
    Path temporary = null;
    try {
      // A link stays a link: what it points to is replaced.
      Path real = Files.exists(target) ? target.toRealPath() : target.toAbsolutePath();
      if (Files.isDirectory(real)) {
        throw WeightFileException.in(target, "this is a folder; name a file to write.");
      }
      // Not Files.createTempFile: its files are private to the owner, and the rename would keep that.
      String suffix = Long.toHexString(ThreadLocalRandom.current().nextLong());
      temporary = real.resolveSibling("." + real.getFileName() + "." + suffix + ".tmp");
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        body.writeTo(channel);
        channel.force(true);
      }
      replace(temporary, real);
      temporary = null;
    } catch (IOException e) {
      throw WeightFileException.in(target, "the file cannot be written (" + e.getClass().getSimpleName()
          + ": "
          + e.getMessage() + "); check that the folder exists, may be written to and has free space.", e);
    } finally {
      if (temporary != null) {
        deleteQuietly(temporary);
      }
    }
  }

  /**
   * Puts a complete file, whose contents have been forced to the disk, in the place of another: fsync of the
   * folder included.
   *
   * @throws IOException when it cannot be renamed; the old file is then as it was
   */
  public static void replace(Path complete, Path target) throws IOException {
    rename(complete, target);
    forceFolder(target.toAbsolutePath().getParent());
  }

  private static void rename(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void forceFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Windows cannot open a folder; there the rename is written through by the file system itself.
    }
  }

  private static void deleteQuietly(Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      // The failure that brought us here is the one to report.
    }
  }
}
