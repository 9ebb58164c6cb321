package org.swinengine.weights;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** NumPy's {@code .npz} files: a zip archive, compressed or not, of {@code .npy} arrays. */
public final class Npz {
  private static final String SUFFIX = ".npy";
  /** Deflate can promise a thousandfold; a large array that does so is a bomb. */
  private static final long HARMLESS_BYTES = 256L << 20;
  private static final int MAX_RATIO = 200;
  private static final int HIGHEST_RATIO = 1040;

  private Npz() {}

  /**
   * The arrays by name (without {@code .npy}), in the order of the archive; data is read when it is asked
   * for.
   */
  public static Map<String, ArrayData> read(Path path) {
    WeightFile file = WeightFile.of(path);
    FileKind.of(file).require(FileKind.ZIP, file, "NumPy .npz file");
    return read(file, ZipDirectory.read(file));
  }

  /**
   * Writes arrays as numpy.savez_compressed would. The target is replaced only when the new file is complete
   * and on the disk; equal arrays give equal bytes.
   *
   * @param arrays by name, without {@code .npy}; they are written in the order of their names
   * @throws WeightFileException when NumPy has no such element type or the file cannot be written
   */
  public static void write(Path target, Map<String, ArrayData> arrays) {
    AtomicFile.write(target, out -> {
      ZipOutputStream zip = new ZipOutputStream(out);
      for (Map.Entry<String, ArrayData> array : new TreeMap<>(arrays).entrySet()) {
        ZipEntry entry = new ZipEntry(array.getKey() + SUFFIX);
        entry.setTimeLocal(LocalDateTime.of(1980, 1, 2, 0, 0));
        zip.putNextEntry(entry);
        zip.write(NpyHeader.write(array.getValue().type(), array.getValue().shape()));
        array.getValue().writeLittleEndian(zip);
        zip.closeEntry();
      }
      zip.finish();
    });
  }

  static Map<String, ArrayData> read(WeightFile file, ZipDirectory directory) {
    Map<String, ArrayData> arrays = new LinkedHashMap<>();
    for (ZipDirectory.Entry entry : directory.entries().values()) {
      if (!entry.name().endsWith(SUFFIX)) {
        throw WeightFileException.in(file.path(), "this is no NumPy .npz file: the entry "
            + Text.quote(entry.name())
            + " is not a .npy array. Check that this is the file you mean.");
      }
      String name = entry.name().substring(0, entry.name().length() - SUFFIX.length());
      arrays.put(name, Npy.read(source(file, entry), file.path() + ", array " + Text.quote(name)));
    }
    return Collections.unmodifiableMap(arrays);
  }

  private static ByteSource source(WeightFile file, ZipDirectory.Entry entry) {
    ByteSource stored = file.region(entry.dataOffset(), entry.compressedSize());
    if (entry.method() == ZipDirectory.STORED) {
      return stored;
    }
    long ratio = entry.size() / Math.max(1, entry.compressedSize());
    if (ratio > HIGHEST_RATIO || entry.size() > HARMLESS_BYTES && ratio > MAX_RATIO) {
      throw WeightFileException.in(file.path(), "the entry " + Text.quote(entry.name()) + " would grow from "
          + entry.compressedSize() + " to " + entry.size() + " bytes; this looks like an attack. If it is "
          + "not, save the array without compression (numpy.savez).");
    }
    return new InflatedRegion(stored, entry.size());
  }
}
