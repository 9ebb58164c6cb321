package org.swinengine.weights;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Writes a file so that at every moment, a power cut included, either the old contents or the complete new
 * ones are there: a temporary file beside the target, fsync, rename, fsync of the folder.
 */
public final class AtomicFile {
  /** What a file is to hold. */
  @FunctionalInterface
  public interface Body {
    /**
     * Writes all of it; may close the stream, the file is forced to the disk all the same.
     *
     * @throws IOException if it cannot be written
     */
    void writeTo(OutputStream out) throws IOException;
  }

  private AtomicFile() {}

  /** Writes to an open file, in any order. */
  interface ChannelBody {
    void writeTo(FileChannel out) throws IOException;
  }

  /**
   * Replaces a file as a whole.
   *
   * @throws WeightFileException when the file cannot be written; the old file is then as it was
   */
  public static void write(Path target, Body body) {
    writeChannel(target, channel -> body.writeTo(new Unclosed(Channels.newOutputStream(channel))));
  }

  /** The same for what has to go back. */
  static void writeChannel(Path target, ChannelBody body) {
    try (PendingFile file = PendingFile.open(target)) {
      body.writeTo(file.channel());
      file.commit();
    } catch (IOException e) {
      throw PendingFile.unwritable(target, e);
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

  /** A channel's stream would close the channel, which then could not be forced to the disk. */
  private static final class Unclosed extends FilterOutputStream {
    Unclosed(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
