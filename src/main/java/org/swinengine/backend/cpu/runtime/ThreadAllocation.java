package org.swinengine.backend.cpu.runtime;

import java.lang.management.ManagementFactory;
import java.util.function.LongSupplier;

/**
 * What the calling thread has allocated. A vector that the compiler could not keep in a register is an
 * object, and shows here; compiled well, the inner loops make none.
 */
public final class ThreadAllocation {
  /** That nothing is known. */
  public static final long UNKNOWN = -1;

  /** Found when it is first asked for: the classes of the JDK's management cost some milliseconds. */
  private static final class Holder {
    static final LongSupplier COUNTER = counter();
  }

  private ThreadAllocation() {}

  /**
   * Bytes of all objects that the calling thread has made so far; {@link #UNKNOWN} where the virtual machine
   * does not count them. Asking makes none.
   */
  public static long bytes() {
    return Holder.COUNTER.getAsLong();
  }

  private static LongSupplier counter() {
    try {
      return Hotspot.counter();
    } catch (LinkageError | UnsupportedOperationException e) {
      // Another virtual machine, or a run-time image without the module jdk.management.
      return () -> UNKNOWN;
    }
  }

  /** Apart, because it names a class that need not be there. */
  private static final class Hotspot {
    static LongSupplier counter() {
      if (ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean threads) {
        threads.getCurrentThreadAllocatedBytes();
        return threads::getCurrentThreadAllocatedBytes;
      }
      return () -> UNKNOWN;
    }
  }
}
