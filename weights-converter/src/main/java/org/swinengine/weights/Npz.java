package org.swinengine.weights;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

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
