package org.swinengine.report;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files of results, texts for the most part, on the disk when a method returns. */
public final class TextFile {
  private TextFile() {}

  /**
   * Replaces a file as a whole: by a temporary file, on the disk before the old one goes.
   *
   * @throws IOException with a sentence for the user if it cannot be written
   */
  public static void replace(Path file, String text) throws IOException {
    replace(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /** The same with a file that is no text. */
  static void replace(Path file, byte[] content) throws IOException {
    write(file, channel -> writeFully(channel, content));
  }

  /** Writes a text piece by piece. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes all of it.
     *
     * @throws IOException if it cannot be written
     */
    void writeTo(Writer out) throws IOException;
  }

  /**
   * Replaces a file as a whole with a text that need not be in memory at once.
   *
   * @throws IOException with a sentence for the user if it cannot be written
   */
  public static void replace(Path file, Content content) throws IOException {
    write(file, channel -> {
      Writer out = new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
      content.writeTo(out);
      out.flush();
    });
  }

  /** Writes to a file that is open. */
  @FunctionalInterface
  private interface Writing {
    void to(FileChannel channel) throws IOException;
  }

  private static void write(Path file, Writing writing) throws IOException {
    Path temporary = file.resolveSibling("." + file.getFileName() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        writing.to(channel);
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw unwritable(file, e);
    }
  }

  /**
   * Adds a line; one that does not fit on the disk is taken back whole.
   *
   * @throws IOException with a sentence for the user if it cannot be written
   */
  public static void append(Path file, String line) throws IOException {
    append(file, (line + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** The same with bytes. */
  static void append(Path file, byte[] content) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      long end = channel.size();
      channel.position(end);
      try {
        writeFully(channel, content);
        channel.force(true);
      } catch (IOException e) {
        channel.truncate(end);
        throw e;
      }
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  private static void writeFully(FileChannel channel, byte[] content) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(content);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static IOException unwritable(Path file, IOException e) {
    String reason = e.getClass().getSimpleName() + ": " + e.getMessage();
    return new IOException(
        "cannot write " + file + " (" + reason + "); is the disk full? What was written before is kept", e);
  }
}
