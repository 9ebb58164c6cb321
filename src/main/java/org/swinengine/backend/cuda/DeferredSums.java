package org.swinengine.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.Span;

/**
 * Sums of parts and tables of matrices that a thread has asked for, and that are launched together: a
 * backward pass has a hundred of them, most far too small for a GPU. Outside of {@link #open} each is
 * launched at once.
 *
 * <p><b>Nobody sees the difference.</b> Whoever wants to read or write memory asks
 * {@link CudaBuffer#address} where it is, and that launches what waits for this memory first. So do the end
 * of the scope, and memory that runs short. What is computed is the same to the last bit, since the order of
 * a sum's additions does not depend on what else a launch does. Parts and results are held until then;
 * whoever asked may give them back at once.
 *
 * <p>One for each thread and device. Another thread that reads what this one has not finished finds what it
 * would find of any kernel that has not been asked for yet.
 */
final class DeferredSums {
  /**
   * Bytes of parts that may wait. More would save few launches: a weight's parts are some twenty million
   * bytes, and while they are few they are still in the GPU's cache when they are added.
   */
  static final long MOST_WAITING_BYTES = 64L << 20;

  private final CudaDevice device;

  /** Of its own: what is launched here may come between the arguments of a launch under way. */
  private final Launch launch;

  private final List<PartialSums.Sum> sums = new ArrayList<>();
  private final List<TableGradients.Table> tables = new ArrayList<>();
  private long mostBytes = MOST_WAITING_BYTES;
  private long bytes;
  private int depth;

  DeferredSums(CudaDevice device) {
    this.device = device;
    this.launch = new Launch(device);
  }

  /** From now on sums wait; a scope within another one counts as a part of it. */
  void open() {
    depth++;
  }

  /** Ends what {@link #open} began; with the outermost everything that waits is launched. */
  void close() {
    depth--;
    if (depth == 0) {
      finish();
    }
  }

  /** Lets fewer or more bytes wait, for tests. */
  void limit(long mostWaitingBytes) {
    mostBytes = mostWaitingBytes;
  }

  /** How many sums and tables wait. */
  int waiting() {
    return sums.size() + tables.size();
  }

  void add(PartialSums.Sum sum) {
    if (sums.size() == PartialSums.MOST_OF_A_LAUNCH) {
      launchSums();
    }
    sum.hold();
    sums.add(sum);
    bytes += sum.bytes();
    if (depth == 0 || bytes >= mostBytes) {
      launchSums();
    }
  }

  /** A table's matrix may be a sum that waits. */
  void add(TableGradients.Table table) {
    if (tables.size() == TableGradients.MOST_OF_A_LAUNCH) {
      finish();
    }
    table.hold();
    tables.add(table);
    if (depth == 0) {
      finish();
    }
  }

  /** Launches everything, if anything waits for elements {@code [first, end)} of a buffer. */
  void finishFor(CudaBuffer buffer, long first, long end) {
    boolean waits = false;
    for (PartialSums.Sum sum : sums) {
      waits |= sum.writes(buffer, first, end);
    }
    for (TableGradients.Table table : tables) {
      waits |= table.touches(buffer, first, end);
    }
    if (waits) {
      finish();
    }
  }

  /**
   * Launches everything that waits.
   *
   * @return whether that has given memory back to the pool
   */
  boolean finish() {
    boolean any = waiting() > 0;
    try {
      launchSums();
      if (!tables.isEmpty()) {
        TableGradients.launch(prepared(), device, tables);
      }
    } finally {
      tables.forEach(TableGradients.Table::release);
      tables.clear();
    }
    return any;
  }

  private void launchSums() {
    try {
      if (!sums.isEmpty()) {
        PartialSums.launch(prepared(), device, sums);
      }
    } finally {
      sums.forEach(PartialSums.Sum::release);
      sums.clear();
      bytes = 0;
    }
  }

  private Launch prepared() {
    device.enter();
    launch.setCapture(device.capture());
    launch.setCalls(device.calls());
    return launch;
  }

  /** Holds a span's buffer, which from now on says when somebody wants to know where it is. */
  static void await(CudaDevice device, @Nullable Span spanOrNull) {
    if (spanOrNull != null) {
      ((CudaBuffer) spanOrNull.buffer()).awaits(device);
      spanOrNull.buffer().retain();
    }
  }

  /** Whether {@code n} elements of a span lie among {@code [first, end)} of a buffer. */
  static boolean meets(@Nullable Span spanOrNull, long n, Buffer buffer, long first, long end) {
    return spanOrNull != null && spanOrNull.buffer() == buffer && spanOrNull.offset() < end
        && first < spanOrNull.offset() + n;
  }
}
