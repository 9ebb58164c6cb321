package org.swinengine.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file that is being written beside its target and takes the target's place as a whole: fsync, rename,
 * fsync of the folder. Until {@link #commit} the target is as it was, and what was written goes when this is
 * closed without it.
 */
public final class PendingFile implements AutoCloseable {
  private final Path target;
  private final Path real;
  private final Path temporary;
  private final FileChannel channel;
  private boolean gone;

  private PendingFile(Path target, Path real, Path temporary, FileChannel channel) {
    this.target = target;
    this.real = real;
    this.temporary = temporary;
    this.channel = channel;
  }

  /**
   * Begins a file.
   *
   * @param target the name that it will have
   * @throws WeightFileException if that is a folder, or cannot be written
   */
  public static PendingFile open(Path target) {
    try {
      // A link stays a link: what it points to is replaced.
      Path real = Files.exists(target) ? target.toRealPath() : target.toAbsolutePath();
      if (Files.isDirectory(real)) {
        throw WeightFileException.in(target, "this is a folder; name a file to write.");
      }
      // Not Files.createTempFile: its files are private to the owner, and the rename would keep that.
      String suffix = Long.toHexString(ThreadLocalRandom.current().nextLong());
      Path temporary = real.resolveSibling("." + real.getFileName() + "." + suffix + ".tmp");
      return new PendingFile(
          target, real, temporary,
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw unwritable(target, e);
    }
  }

  /** Where to write, in any order. */
  FileChannel channel() {
    return channel;
  }

  /**
   * Writes all of a buffer.
   *
   * @throws WeightFileException when that fails
   */
  public void write(ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw unwritable(target, e);
    }
  }

  /** The same at another place of the file; goes on from where it was afterwards. */
  void writeAt(long position, ByteBuffer bytes) {
    try {
      long before = channel.position();
      channel.position(position);
      write(bytes);
      channel.position(Math.max(before, channel.position()));
    } catch (IOException e) {
      throw unwritable(target, e);
    }
  }

  /**
   * Puts what was written in the target's place, on the disk when this returns.
   *
   * @throws WeightFileException when that fails; the target is then as it was
   */
  public void commit() {
    try {
      channel.force(true);
      channel.close();
      AtomicFile.replace(temporary, real);
      gone = true;
    } catch (IOException e) {
      throw unwritable(target, e);
    }
  }

  /** Gives up what was not committed. */
  @Override
  public void close() {
    if (gone) {
      return;
    }
    gone = true;
    try {
      channel.close();
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      // The failure that brought us here is the one to report.
    }
  }

  /** A failure to write, as a sentence. */
  static WeightFileException unwritable(Path target, IOException e) {
    return WeightFileException.in(target, "the file cannot be written (" + e.getClass().getSimpleName()
        + ": "
        + e.getMessage() + "); check that the folder exists, may be written to and has free space.", e);
  }
}
