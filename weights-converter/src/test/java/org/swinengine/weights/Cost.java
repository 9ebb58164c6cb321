package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;

/** What reading a file may cost, whatever is in it. */
final class Cost {
  /** Parsing allocates in proportion to the file: every byte of a pickle may make an object or two. */
  private static final long BYTES_FOR_EACH = 600;
  private static final long BYTES_FOR_ANY = 4 << 20;
  /** Beyond this an array is not read: a caller asks for it, knowing its size. */
  private static final long LARGEST_READ = 8 << 20;
  private static final int LONGEST_MESSAGE = 2000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Cost() {}

  /**
   * Reads and lists a file, then its arrays, as {@code inspect} would.
   *
   * @return whether it was read; otherwise it was refused with a sentence
   * @throws AssertionError when more memory is allocated than files of this size need
   */
  static boolean readsOrRefuses(Path file, long length) {
    long before = allocated();
    try {
      StateDict dict = WeightFiles.read(file);
      list(dict);
      long spent = allocated() - before;
      assertTrue(spent < allowance(length), () -> "reading " + length + " bytes allocated " + spent);
      for (ArrayData array : dict.arrays().values()) {
        readWithin(array);
      }
      return true;
    } catch (WeightFileException e) {
      long spent = allocated() - before;
      assertTrue(spent < allowance(length) + 8 * LARGEST_READ,
          () -> "refusing " + length + " bytes allocated " + spent);
      assertTrue(e.getMessage().length() < LONGEST_MESSAGE, e.getMessage());
      assertTrue(e.getMessage().contains(file.getFileName().toString()), e.getMessage());
      return false;
    }
  }

  static long allowance(long length) {
    return BYTES_FOR_ANY + BYTES_FOR_EACH * length;
  }

  static long allocated() {
    return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  private static void list(StateDict dict) {
    List.copyOf(dict.names())
        .forEach(name -> assertTrue(dict.get(name).toString().length() < LONGEST_MESSAGE));
    dict.metadata().toString();
    dict.extras().toString();
    dict.extras().hashCode();
    dict.extras().equals(dict.extras());
  }

  private static void readWithin(ArrayData array) {
    if (array.byteCount() <= LARGEST_READ) {
      byte[] raw = array.rawLittleEndian();
      assertTrue(raw.length == array.byteCount(), "as many bytes as announced");
      if (!array.type().isComplex()) {
        array.toFloats();
      }
    }
  }
}
