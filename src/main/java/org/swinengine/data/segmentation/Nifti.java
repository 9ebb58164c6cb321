package org.swinengine.data.segmentation;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.swinengine.data.DatasetException;
import org.swinengine.weights.NotRegularFileException;
import org.swinengine.weights.RegularFile;
import org.swinengine.weights.AtomicFile;

/**
 * Reads and writes NIfTI-1 and NIfTI-2 files, {@code .nii} and {@code .nii.gz}: integers of 8 to 64 bits,
 * float32 and float64, both byte orders, values scaled by slope and intercept. Numbers are those of nibabel's
 * {@code get_fdata}, rounded to float32.
 */
public final class Nifti {
  private static final int CHUNK = 1 << 16;

  /** Rows that grow with what really comes. */
  private static final int FIRST = 1 << 20;

  private Nifti() {}

  /** The size of a volume, {@code [x, y, z, times]}, of which the header alone is read. */
  static int[] size(Path file) throws IOException {
    return header(file).size();
  }

  /** A volume's place in space, by its header alone. */
  static Affine affine(Path file) throws IOException {
    NiftiHeader header = header(file);
    return header.affine(header.size());
  }

  private static NiftiHeader header(Path file) throws IOException {
    String name = "The volume " + file;
    try {
      FileBounds.requireNoFolder(name, RegularFile.require(file));
      try (InputStream in = new BufferedInputStream(Files.newInputStream(file), CHUNK)) {
        in.mark(2);
        boolean gzip = in.read() == 0x1F && in.read() == 0x8B;
        in.reset();
        InputStream plain = gzip ? new GZIPInputStream(in, CHUNK) : in;
        return NiftiHeader.parse(plain.readNBytes(NiftiHeader.BYTES_2), name);
      }
    } catch (NotRegularFileException e) {
      throw new DatasetException(name + " " + e.clause() + ".", e);
    } catch (NoSuchFileException e) {
      throw new DatasetException(name + " does not exist. Check the path.", e);
    } catch (EOFException | ZipException e) {
      throw new DatasetException(name + " is cut off or damaged; get the file again.", e);
    }
  }

  /**
   * Reads a volume or a series of volumes.
   *
   * @throws DatasetException with a sentence that names the file, if it cannot be read
   */
  public static Volume read(Path file) throws IOException {
    String name = "The volume " + file;
    try {
      FileBounds.requireNoFolder(name, RegularFile.require(file));
      long stored = Files.size(file);
      try (InputStream in = new BufferedInputStream(Files.newInputStream(file), CHUNK)) {
        in.mark(2);
        boolean gzip = in.read() == 0x1F && in.read() == 0x8B;
        in.reset();
        return gzip ? read(new GZIPInputStream(in, CHUNK), name, stored, true)
            : read(in, name, stored, false);
      }
    } catch (NotRegularFileException e) {
      throw new DatasetException(name + " " + e.clause() + ".", e);
    } catch (NoSuchFileException e) {
      throw new DatasetException(name + " does not exist. Check the path.", e);
    } catch (EOFException | ZipException e) {
      throw new DatasetException(name + " is cut off or damaged; get the file again.", e);
    }
  }

  private static Volume read(InputStream in, String name, long stored, boolean gzip) throws IOException {
    byte[] start = in.readNBytes(NiftiHeader.BYTES_2);
    NiftiHeader header = NiftiHeader.parse(start, name);
    int[] size = header.size();
    NiftiType type = header.type();
    long offset = header.offset();
    double[] scaling = header.scaling();
    Affine affine = header.affine(size);
    if (!gzip && offset > stored) {
      throw new DatasetException(
          name + " says that its values begin at byte " + offset + ", but has " + stored + " bytes.");
    }
    long announced = FileBounds.product(size[0], size[1], size[2], size[3]);
    int count = FileBounds.check(name, announced, type.bytes, gzip ? stored : stored - offset, gzip);
    InputStream values = from(offset, start, in);
    return new Volume(size, values(values, count, type, header, scaling), affine, header);
  }

  /** What begins at the offset, some of which may have been read with the header. */
  private static InputStream from(long offset, byte[] start, InputStream in) throws IOException {
    if (offset >= start.length) {
      in.skipNBytes(offset - start.length);
      return in;
    }
    byte[] read = Arrays.copyOfRange(start, (int) offset, start.length);
    return new SequenceInputStream(new ByteArrayInputStream(read), in);
  }

  private static float[] values(
      InputStream in, int count, NiftiType type, NiftiHeader header, double[] scaling) throws IOException {
    float[] values = new float[Math.min(count, FIRST)];
    byte[] chunk = new byte[CHUNK];
    ByteBuffer bytes = ByteBuffer.wrap(chunk).order(header.order());
    boolean scaled = scaling[0] != 1 || scaling[1] != 0;
    for (int at = 0; at < count;) {
      int n = Math.min(CHUNK / type.bytes, count - at);
      if (in.readNBytes(chunk, 0, n * type.bytes) != n * type.bytes) {
        throw new EOFException();
      }
      if (at + n > values.length) {
        values = Arrays.copyOf(values, (int) Math.min(count, 2L * values.length));
      }
      for (int i = 0; i < n; i++) {
        double value = type.read(bytes, i * type.bytes);
        values[at + i] = (float) (scaled ? value * scaling[0] + scaling[1] : value);
      }
      at += n;
    }
    return values;
  }

  /**
   * Writes a map of classes with a volume's geometry: its sform, qform, units and description, byte for
   * byte. Elements are bytes where all classes fit into one, else 16 or 32 bits wide; a name that ends in
   * {@code .gz} is compressed.
   *
   * @param labels class numbers of at least 0 in the order of {@link Volume#values}, for one time
   * @param like the volume as it was read; a canonical one has the canonical affine
   */
  public static void writeLabels(Path file, int[] labels, Volume like) throws IOException {
    int[] size = {like.width(), like.height(), like.depth(), 1};
    requireLength(labels.length, size);
    int largest = 0;
    for (int label : labels) {
      if (label < 0) {
        throw new IllegalArgumentException("the class " + label + " is negative");
      }
      largest = Math.max(largest, label);
    }
    NiftiType type = largest < 256 ? NiftiType.U8 : largest < 32768 ? NiftiType.I16 : NiftiType.I32;
    write(
        file, size, type, like,
        (bytes, at, element) -> {
          switch (type) {
            case U8 -> bytes.put(at, (byte) labels[element]);
            case I16 -> bytes.putShort(at, (short) labels[element]);
            default -> bytes.putInt(at, labels[element]);
          }
        });
  }

  /** Writes float32 values with a volume's geometry, in the order of {@link Volume#values}. */
  public static void writeFloats(Path file, float[] values, Volume like) throws IOException {
    int[] size = {like.width(), like.height(), like.depth(), like.times()};
    requireLength(values.length, size);
    write(file, size, NiftiType.F32, like, (bytes, at, element) -> bytes.putFloat(at, values[element]));
  }

  private static void requireLength(int length, int[] size) {
    if (length != size[0] * size[1] * size[2] * size[3]) {
      throw new IllegalArgumentException(
          "there are " + length + " values, but the volume is " + Arrays.toString(size));
    }
  }

  private interface Element {
    void put(ByteBuffer bytes, int at, int element);
  }

  private static void write(Path file, int[] size, NiftiType type, Volume like, Element element)
      throws IOException {
    NiftiHeader header = like.header();
    boolean moved = !header.affine(headerSize(like)).equals(like.affine());
    NiftiHeader own = moved ? NiftiHeader.of(size, like.affine()) : header;
    boolean gzip = file.toString().toLowerCase(Locale.ROOT).endsWith(".gz");
    AtomicFile.write(
        file,
        out -> {
          try (
              OutputStream target = gzip ? new GZIPOutputStream(out, CHUNK) : new BufferedOutputStream(out)) {
            target.write(own.forValues(size, type));
            ByteBuffer bytes = ByteBuffer.allocate(CHUNK).order(own.order());
            int count = size[0] * size[1] * size[2] * size[3];
            for (int at = 0; at < count;) {
              int n = Math.min(CHUNK / type.bytes, count - at);
              for (int i = 0; i < n; i++) {
                element.put(bytes, i * type.bytes, at + i);
              }
              target.write(bytes.array(), 0, n * type.bytes);
              at += n;
            }
          }
        });
  }

  private static int[] headerSize(Volume like) {
    return new int[] {like.width(), like.height(), like.depth(), like.times()};
  }
}
