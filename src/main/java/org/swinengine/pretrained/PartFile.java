package org.swinengine.pretrained;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.AtomicFile;

/**
 * The beginning of a file that is being downloaded, hidden beside the file's place: {@code .name.part}, and
 * in {@code .name.part.origin} where it came from and the server's mark of that version (ETag or
 * Last-Modified), without which nothing may be added to it later.
 */
final class PartFile implements Closeable {
  private final Path target;
  private final Path part;
  private final Path origin;
  private final FileChannel channel;
  private @Nullable String version;

  private PartFile(Path target, Path part, Path origin, FileChannel channel) {
    this.target = target;
    this.part = part;
    this.origin = origin;
    this.channel = channel;
  }

  /** Opens what an earlier attempt from the same address left, or an empty one. */
  static PartFile open(Path target, URI uri) throws IOException {
    Path part = target.resolveSibling("." + target.getFileName() + ".part");
    Path origin = target.resolveSibling("." + target.getFileName() + ".part.origin");
    List<String> lines = isPlain(part) && isPlain(origin) ? Files.readAllLines(origin) : List.of();
    if (lines.size() == 2 && lines.get(0).equals(uri.toString())) {
      FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
      PartFile file = new PartFile(target, part, origin, channel);
      file.version = lines.get(1);
      channel.position(channel.size());
      return file;
    }
    Files.deleteIfExists(origin);
    Files.deleteIfExists(part);
    return new PartFile(
        target, part, origin,
        FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
  }

  /** Whether it is a file, and no link that leads to another one, which would be written to. */
  private static boolean isPlain(Path file) {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
  }

  /** Bytes that are there. */
  long length() throws IOException {
    return channel.position();
  }

  /** The mark of the version that the bytes belong to; null if they cannot be added to. */
  @Nullable
  String version() {
    return version;
  }

  /**
   * Begins anew.
   *
   * @param mark of the version that comes; null if the server gives none
   */
  void restart(URI uri, @Nullable String mark) throws IOException {
    Files.deleteIfExists(origin);
    channel.truncate(0);
    version = mark;
    if (mark != null) {
      Files.write(origin, List.of(uri.toString(), mark), StandardOpenOption.CREATE_NEW,
          StandardOpenOption.WRITE);
    }
  }

  void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Forces the bytes to the disk, so that they may be read and, if they are right, completed. */
  Path force() throws IOException {
    channel.force(true);
    return part;
  }

  /** Makes the part the file. */
  void complete() throws IOException {
    channel.close();
    AtomicFile.replace(part, target);
    Files.deleteIfExists(origin);
  }

  /** Throws the bytes away. */
  void discard() throws IOException {
    channel.close();
    Files.deleteIfExists(origin);
    Files.deleteIfExists(part);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
