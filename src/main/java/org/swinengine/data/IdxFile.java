package org.swinengine.data;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.swinengine.weights.RegularFile;

/**
 * An array of unsigned bytes from a file in MNIST's IDX format: two zero bytes, the element type (8: unsigned
 * byte), the number of dimensions, the sizes as big-endian integers, the elements.
 *
 * @param shape the sizes
 * @param data the elements, row-major
 */
record IdxFile(int[] shape, byte[] data) {
  private static final int UNSIGNED_BYTE = 8;

  /** Reads a file, compressed with gzip or not. */
  static IdxFile read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(RegularFile.require(file))) {
      return read(in, file.toString());
    }
  }

  /**
   * Reads a stream, compressed with gzip or not.
   *
   * @param name how error messages call it
   */
  static IdxFile read(InputStream raw, String name) throws IOException {
    try {
      BufferedInputStream buffered = new BufferedInputStream(raw, 1 << 16);
      buffered.mark(2);
      boolean gzip = buffered.read() == 0x1f && buffered.read() == 0x8b;
      buffered.reset();
      return parse(new DataInputStream(gzip ? new GZIPInputStream(buffered, 1 << 16) : buffered), name);
    } catch (EOFException e) {
      throw new DatasetException(name + " ends too early: the IDX file is cut off. Get the file again.", e);
    } catch (ZipException e) {
      throw new DatasetException(name + " is a damaged gzip file (" + e.getMessage()
          + "). Get the file again.", e);
    }
  }

  private static IdxFile parse(DataInputStream in, String name) throws IOException {
    int magic = in.readInt();
    int type = magic >>> 8 & 255;
    int rank = magic & 255;
    if (magic >>> 16 != 0 || rank < 1 || rank > 4) {
      throw new DatasetException(
          name + " is no IDX file: it starts with " + String.format("%08x", magic) + ", not with 000008.. .");
    }
    if (type != UNSIGNED_BYTE) {
      throw new DatasetException(
          name + " holds elements of IDX type " + type + "; only unsigned bytes (8) are images or labels.");
    }
    int[] shape = new int[rank];
    long count = 1;
    for (int i = 0; i < rank; i++) {
      shape[i] = in.readInt();
      if (shape[i] < 1) {
        throw new DatasetException(name + " states a size of " + (shape[i] & 0xFFFFFFFFL) + " for dimension "
            + i + ".");
      }
      count *= shape[i];
      if (count > Integer.MAX_VALUE - 8) {
        throw new DatasetException(
            name + " states sizes of " + Arrays.toString(shape)
                + ": more than the 2 GiB that one file may hold.");
      }
    }
    // Grows with what is really there, so a false size in the header cannot exhaust memory.
    byte[] data = in.readNBytes((int) count);
    if (data.length < count) {
      throw new DatasetException(
          name + " is cut off: its header promises " + count + " bytes, it has " + data.length
              + ". Get the file again.");
    }
    if (in.read() != -1) {
      throw new DatasetException(
          name + " is longer than the sizes " + Arrays.toString(shape)
              + " of its header. Get the file again.");
    }
    return new IdxFile(shape, data);
  }
}
