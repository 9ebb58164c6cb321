package org.swinengine.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * An array of unsigned bytes from a NumPy {@code .npz} file (a zip of {@code .npy} files).
 *
 * @param shape the sizes
 * @param data the elements, row-major
 */
record NpzBytes(int[] shape, byte[] data) {
  private static final Pattern HEADER =
      Pattern.compile(
          "\\{\\s*'descr':\\s*'([^']*)',\\s*"
              + "'fortran_order':\\s*(True|False),\\s*'shape':\\s*\\(([0-9, ]*)\\),?\\s*\\}\\s*");
  private static final int HEADER_LIMIT = 10_000;

  /** Reads all arrays of a file, by name. */
  static Map<String, NpzBytes> read(Path file) throws IOException {
    Map<String, NpzBytes> arrays = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      Enumeration<? extends ZipEntry> entries = zip.entries();
      while (entries.hasMoreElements()) {
        ZipEntry entry = entries.nextElement();
        if (entry.getName().endsWith(".npy")) {
          try (InputStream in = zip.getInputStream(entry)) {
            String name = entry.getName().substring(0, entry.getName().length() - ".npy".length());
            arrays.put(name, parse(in, file + ", array " + name));
          }
        }
      }
    } catch (ZipException e) {
      throw new DatasetException(file + " is no .npz file or a damaged one (" + e.getMessage() + ").", e);
    }
    return arrays;
  }

  private static NpzBytes parse(InputStream in, String where) throws IOException {
    byte[] start = in.readNBytes(8);
    if (start.length < 8 || start[0] != (byte) 0x93 || start[1] != 'N' || start[5] != 'Y') {
      throw new DatasetException(where + ": this is no NumPy array.");
    }
    int lengthBytes = start[6] == 1 ? 2 : 4;
    byte[] lengthField = Arrays.copyOf(in.readNBytes(lengthBytes), 4);
    int length = ByteBuffer.wrap(lengthField).order(ByteOrder.LITTLE_ENDIAN).getInt();
    if (length < 0 || length > HEADER_LIMIT) {
      throw new DatasetException(where + ": the header claims a length of " + length + " bytes.");
    }
    Matcher header = HEADER.matcher(new String(in.readNBytes(length), StandardCharsets.ISO_8859_1));
    if (!header.matches()) {
      throw new DatasetException(where + ": the header of the array is damaged.");
    }
    if (!header.group(1).equals("|u1") || header.group(2).equals("True")) {
      throw new DatasetException(
          where + ": elements are of type " + header.group(1) + (header.group(2).equals("True")
          ? ", columns first" : "")
              + "; MedMNIST files hold unsigned bytes (|u1), rows first.");
    }
    int[] shape =
        Arrays.stream(header.group(3).split(",")).map(String::strip).filter(s -> !s.isEmpty())
            .mapToInt(Integer::parseInt).toArray();
    long count = 1;
    for (int size : shape) {
      count *= size;
      if (count > Integer.MAX_VALUE - 8) {
        throw new DatasetException(
            where + ": shape " + Arrays.toString(shape) + " is more than the 2 GiB that one array may hold."
                + " Use a smaller version of the data.");
      }
    }
    byte[] data = in.readNBytes((int) count);
    if (data.length < count) {
      throw new DatasetException(where + ": the array is cut off. Get the file again.");
    }
    return new NpzBytes(shape, data);
  }
}
