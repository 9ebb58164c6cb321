package org.swinengine.weights;

import java.io.IOException;
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
  private final Path real;
  private final Path temporary;
  private final FileChannel channel;
  private boolean gone;

  private PendingFile(Path real, Path temporary, FileChannel channel) {
    this.real = real;
    this.temporary = temporary;
    this.channel = channel;
  }

  /**
   * Begins a file.
   *
   * @param target the name that it will have
   * @throws WeightFileException if that is a folder
   * @throws IOException when there is no folder to write to, or no permission
   */
  public static PendingFile open(Path target) throws IOException {
    // A link stays a link: what it points to is replaced.
    Path real = Files.exists(target) ? target.toRealPath() : target.toAbsolutePath();
    if (Files.isDirectory(real)) {
      throw WeightFileException.in(target, "this is a folder; name a file to write.");
    }
    // Not Files.createTempFile: its files are private to the owner, and the rename would keep that.
    String suffix = Long.toHexString(ThreadLocalRandom.current().nextLong());
    Path temporary = real.resolveSibling("." + real.getFileName() + "." + suffix + ".tmp");
    return new PendingFile(
        real, temporary,
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
  }

  /** Where to write. */
  public FileChannel channel() {
    return channel;
  }

  /**
   * Puts what was written in the target's place, on the disk when this returns.
   *
   * @throws IOException when that fails; the target is then as it was
   */
  public void commit() throws IOException {
    channel.force(true);
    channel.close();
    AtomicFile.replace(temporary, real);
    gone = true;
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
