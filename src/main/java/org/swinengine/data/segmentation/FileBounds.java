package org.swinengine.data.segmentation;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.swinengine.data.DatasetException;

/** What a file of some size can hold. */
final class FileBounds {
  /** Deflate's highest ratio is 1032. */
  private static final int HIGHEST_RATIO = 1040;

  /** A large array that grows that much is a bomb; small ones, as empty masks are, do no harm. */
  private static final long HARMLESS_BYTES = 256L << 20;

  private static final int MAX_RATIO = 200;

  private FileBounds() {}

  /**
   * Checks what a file announces before anything is allocated.
   *
   * @param what for instance {@code case.nii.gz} or {@code case.h5, array "image"}
   * @param elements how many values it announces; negative: more than can be counted
   * @param bytes size of one in the file
   * @param stored bytes in the file at most
   * @param compressed whether values may be deflated
   */
  static int check(String what, long elements, int bytes, long stored, boolean compressed)
      throws DatasetException {
    if (elements < 0 || elements > Long.MAX_VALUE / 8) {
      throw new DatasetException(what + " announces more values than can be counted; the file is damaged.");
    }
    long total = elements * bytes;
    long most = compressed ? stored * HIGHEST_RATIO : stored;
    if (total > most) {
      throw new DatasetException(
          String.format(
              Locale.ROOT,
              "%s announces %,d bytes of values, but its %,d bytes can hold %,d at most; the file is cut off"
                  + " or damaged.",
              what, total, stored, most));
    }
    if (total > HARMLESS_BYTES && total > stored * MAX_RATIO) {
      throw new DatasetException(
          String.format(
              Locale.ROOT,
              "%s would grow from %,d to %,d bytes, which looks like an attack. If it is none, save it"
                  + " without compression.",
              what, stored, total));
    }
    long heap = Runtime.getRuntime().maxMemory() / 2;
    if (elements > Integer.MAX_VALUE - 8 || elements * Float.BYTES > heap) {
      throw new DatasetException(
          String.format(
              Locale.ROOT,
              "%s has %,d values, which need %,d MB of memory; that is more than half of the heap (-Xmx gives"
                  + " more).",
              what, elements, elements * Float.BYTES >> 20));
    }
    return (int) elements;
  }

  static void requireNoFolder(String name, Path file) throws DatasetException {
    if (Files.isDirectory(file)) {
      throw new DatasetException(name + " is a folder; name a file.");
    }
  }

  /** The product of lengths that are not negative; −1 if there is none below 2^63. */
  static long product(long... lengths) {
    long product = 1;
    for (long length : lengths) {
      if (length < 0) {
        return -1;
      }
      if (length != 0 && product > Long.MAX_VALUE / length) {
        return -1;
      }
      product *= length;
    }
    return product;
  }
}
