package org.swinengine.weights;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * A file as it was when its directory was read. Arrays are read later than that; when the file has been
 * replaced in between, offsets no longer mean anything, so every opening checks that size and time of change
 * are still the same.
 */
record WeightFile(Path path, long size, FileTime modified) {
  static WeightFile of(Path path) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      if (attributes.isDirectory()) {
        throw WeightFileException.in(path, "this is a folder; name the weight file itself.");
      }
      if (!attributes.isRegularFile()) {
        throw WeightFileException.in(path, "this is not a regular file; copy its contents to one first.");
      }
      return new WeightFile(path, attributes.size(), attributes.lastModifiedTime());
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  static WeightFileException unreadable(Path path, IOException e) {
    if (e instanceof NoSuchFileException) {
      return WeightFileException.in(path, "there is no such file; check the path.", e);
    }
    if (e instanceof AccessDeniedException) {
      return WeightFileException.in(path, "the file may not be read; check its permissions.", e);
    }
    if (e instanceof EOFException) {
      return WeightFileException.in(path,
          "the file ends too early; it may be an incomplete download or copy, get it again.", e);
    }
    return WeightFileException.in(path, "the file cannot be read (" + e.getMessage() + ").", e);
  }

  FileChannel open() throws IOException {
    BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
    if (now.size() != size || !now.lastModifiedTime().equals(modified)) {
      throw WeightFileException.in(path, "the file has changed since it was opened; read it again.");
    }
    return FileChannel.open(path, StandardOpenOption.READ);
  }

  /** Exactly {@code length} bytes from {@code position} on. */
  byte[] read(long position, int length) throws IOException {
    try (FileChannel channel = open()) {
      return read(channel, position, length);
    }
  }

  /**
   * As {@link #read(long, int)}; a length beyond the end of the file never leads to an allocation of that
   * size.
   */
  byte[] read(FileChannel channel, long position, int length) throws IOException {
    if (position < 0 || length < 0 || position > size - length) {
      throw new EOFException();
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 0) {
        throw new EOFException();
      }
    }
    return bytes.array();
  }

  /** The part of the file that begins at {@code start}. */
  ByteSource region(long start, long length) {
    return new Region(this, start, length);
  }

  private record Region(WeightFile file, long start, long size) implements ByteSource {
    @Override
    public InputStream openAt(long position) throws IOException {
      FileChannel channel = file.open();
      try {
        return Channels.newInputStream(channel.position(start + position));
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    }
  }
}
