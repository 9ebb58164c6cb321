package org.swinengine.console;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** The most memory that this process has had. */
public final class PeakMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String HIGH_WATER = "VmHWM:";

  private PeakMemory() {}

  /** The peak of the resident set in MB (10⁶ bytes); where the system does not tell, the heap in use now. */
  public static long megabytes() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(HIGH_WATER)) {
          long kibibytes = Long.parseLong(line.substring(HIGH_WATER.length()).replace("kB", "").strip());
          return kibibytes * 1024 / 1_000_000;
        }
      }
    } catch (IOException e) {
      // Not Linux: the heap, then.
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1_000_000;
  }
}
