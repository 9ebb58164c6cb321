package org.swinengine.weights;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** NumPy's {@code .npy} files: one array of numbers. */
public final class Npy {
  private Npy() {}

  /** The array of a file; its data is read when it is asked for. */
  public static ArrayData read(Path path) {
    WeightFile file = WeightFile.of(path);
    FileKind.of(file).require(FileKind.NPY, file, "NumPy .npy file");
    return read(file.region(0, file.size()), path.toString());
  }

  /** Reads one array from where the stream stands; what follows the array is left in the stream. */
  public static ArrayData read(InputStream in) {
    String label = "NumPy array in a stream";
    try {
      NpyHeader header = NpyHeader.read(in, label);
      int length = checkedLength(header, label);
      // Grows with what really comes: a header may promise more than the stream has.
      byte[] data = in.readNBytes(length);
      if (data.length != length) {
        throw new EOFException();
      }
      return array(header, new ByteSource.Heap(data), 0, label);
    } catch (EOFException e) {
      throw new WeightFileException(label + ": the stream ends before the array does; get the file again.",
          e);
    } catch (IOException e) {
      throw new WeightFileException(label + ": the stream cannot be read (" + e.getMessage() + ").", e);
    }
  }

  /** The array that fills a source. */
  static ArrayData read(ByteSource source, String label) {
    NpyHeader header;
    try (InputStream in = source.openAt(0)) {
      header = NpyHeader.read(in, label);
    } catch (EOFException e) {
      throw new WeightFileException(label + ": the .npy header ends too early; get the file again.", e);
    } catch (IOException e) {
      throw new WeightFileException(label + ": the file cannot be read (" + e.getMessage() + ").", e);
    }
    long expected = byteCount(header, label);
    long stored = source.size() - header.bytes();
    if (stored != expected) {
      throw new WeightFileException(label + ": the .npy header announces " + expected
          + " bytes of data, but " + stored
          + (stored < expected ? " are there; it may be an incomplete download or copy, get it again."
              : " are there; a file may hold one array only."));
    }
    return array(header, source, header.bytes(), label);
  }

  private static ArrayData array(NpyHeader header, ByteSource source, long offset, String label) {
    return new ArrayData(label, header.type(), header.shape(), source,
        new ArrayData.Layout(offset, header.strides(), header.bigEndian(), false, false));
  }

  private static long byteCount(NpyHeader header, String label) {
    try {
      return Math.multiplyExact(ArrayData.count(label, header.shape()), header.type().byteSize());
    } catch (ArithmeticException e) {
      throw new WeightFileException(label + ": the shape is too large to count its bytes; the file is "
          + "damaged.", e);
    }
  }

  private static int checkedLength(NpyHeader header, String label) {
    long bytes = byteCount(header, label);
    if (bytes > Integer.MAX_VALUE - 8) {
      throw new WeightFileException(
          label + ": " + bytes + " bytes are too many to read from a stream; read the array from a file.");
    }
    return (int) bytes;
  }

  /**
   * Writes an array as numpy.save would (version 1, little-endian, C order). The target is replaced only when
   * the new file is complete and on the disk.
   *
   * @throws WeightFileException when NumPy has no such element type or the file cannot be written
   */
  public static void write(Path target, ArrayData array) {
    byte[] header = NpyHeader.write(array.type(), array.shape());
    AtomicFile.write(target, out -> {
      out.write(header);
      array.writeLittleEndian(out);
    });
  }
}
