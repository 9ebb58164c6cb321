package org.swinengine.data.segmentation;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import org.swinengine.weights.AtomicFile;

/** A file that is there as a whole or as it was before: written beside its place, forced, renamed. */
final class CompleteFile {
  interface Body {
    /** May close the stream; the file is forced to the disk all the same. */
    void writeTo(OutputStream out) throws IOException;
  }

  private CompleteFile() {}

  /** @throws IOException with a sentence for the user if it cannot be written */
  static void write(Path file, Body body) throws IOException {
    String suffix = Long.toHexString(ThreadLocalRandom.current().nextLong());
    Path temporary = file.resolveSibling("." + file.getFileName() + "." + suffix + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        body.writeTo(new Unclosed(Channels.newOutputStream(channel)));
        channel.force(true);
      }
      AtomicFile.replace(temporary, file);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw new IOException(
          "The file " + file + " cannot be written (" + e.getClass().getSimpleName() + ": " + e.getMessage()
              + "); check that the folder exists, may be written to and has free space.",
          e);
    }
  }

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
