package org.swinengine.data;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a set of samples is, so that other ones are noticed: the labels and contents in their order. Names do
 * not count: what is learnt does not depend on them but through the order.
 *
 * <p>Contents are the first eight bytes of SHA-256: of all bytes of an image in memory, and of a file in a
 * part that {@link DatasetOptions#verifyUpTo} has read anyway (a hundredth of what decoding it takes). Of a
 * file in a larger part they are those of its size and of 4 KiB from its beginning, middle and end: three
 * reads a file, about a minute for a million files on a solid-state disk. A picture that was replaced is
 * found in either case; in those large parts a change in the middle of an uncompressed file may not be.
 */
public final class Fingerprint {
  private static final int PROBE = 4096;

  private final String digest;
  private final long[] contents;
  private final boolean whole;

  private Fingerprint(String digest, long[] contents, boolean whole) {
    this.digest = digest;
    this.contents = contents;
    this.whole = whole;
  }

  /**
   * Of samples.
   *
   * @param contents of each sample; not copied
   * @param whole whether all bytes of each went into it
   */
  public static Fingerprint of(Labelled samples, long[] contents, boolean whole) {
    MessageDigest digest = sha256();
    ByteBuffer line = ByteBuffer.allocate(12);
    boolean several = samples instanceof Dataset dataset && dataset.isMultiLabel();
    for (int i = 0; i < contents.length; i++) {
      int first = several ? ofLabels(((Dataset) samples).labels(i), digest) : samples.label(i);
      digest.update(line.clear().putInt(first).putLong(contents[i]).array());
    }
    return new Fingerprint(HexFormat.of().formatHex(digest.digest(), 0, 16), contents, whole);
  }

  /** Takes a sample's labels in; returns their number. */
  private static int ofLabels(int[] labels, MessageDigest digest) {
    ByteBuffer all = ByteBuffer.allocate(4 * labels.length);
    all.asIntBuffer().put(labels);
    digest.update(all);
    return labels.length;
  }

  /** The content of some bytes as a number. */
  public static long content(byte[] bytes, int from, int length) {
    MessageDigest digest = sha256();
    digest.update(bytes, from, length);
    return ByteBuffer.wrap(digest.digest()).getLong();
  }

  /** A file's size and three samples of its content as a number; 0 for one that cannot be read. */
  public static long sampled(Path file) {
    try {
      if (Places.isInZip(file)) {
        byte[] all = ImageDecoder.read(file);
        return sampled(all.length, (start, buffer) -> buffer.put(all, (int) start,
            Math.min(buffer.remaining(), all.length - (int) start)));
      }
      try (SeekableByteChannel in = Files.newByteChannel(file)) {
        return sampled(in.size(), (start, buffer) -> {
          in.position(start);
          while (buffer.hasRemaining() && in.read(buffer) >= 0) {
            // Until it is full or the file ends.
          }
        });
      }
    } catch (IOException e) {
      return 0;
    }
  }

  /** Fills a buffer from a place on. */
  private interface Source {
    void read(long start, ByteBuffer buffer) throws IOException;
  }

  private static long sampled(long size, Source source) throws IOException {
    MessageDigest digest = sha256();
    ByteBuffer buffer = ByteBuffer.allocate(PROBE);
    digest.update(buffer.putLong(size).flip());
    for (long start : new long[] {0, Math.max(0, (size - PROBE) / 2), Math.max(0, size - PROBE)}) {
      buffer.clear();
      source.read(start, buffer);
      digest.update(buffer.flip());
    }
    return ByteBuffer.wrap(digest.digest()).getLong();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** All of it in 32 hexadecimal digits. */
  public String digest() {
    return digest;
  }

  /** The content of each sample; equal numbers are equal contents. */
  public long[] contents() {
    return contents.clone();
  }

  /**
   * Whether all bytes of each sample went into its number, so that numbers of several sets may be compared.
   */
  public boolean isWhole() {
    return whole;
  }
}
