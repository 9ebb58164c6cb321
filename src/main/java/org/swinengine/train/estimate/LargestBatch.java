package org.swinengine.train.estimate;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.function.IntPredicate;
import org.swinengine.backend.Backend;
import org.swinengine.data.DataSplits;
import org.swinengine.models.ModelSpec;
import org.swinengine.train.TrainConfig;

/** The largest batch with which training fits into the memory that is free. */
public final class LargestBatch {
  /** Larger ones are no faster, and need other rates. */
  public static final int MOST = 256;

  private static final Path MEMORY = Path.of("/proc/meminfo");

  private LargestBatch() {}

  /**
   * The largest batch for a run's model and data.
   */
  public static int of(TrainConfig config, DataSplits data, Backend backend) {
    ModelSpec spec = config.model().withClasses(data.classNames().size());
    return of(Workload.of(config, spec), data.train().size() / config.accumulationSteps(), backend);
  }

  /**
   * Counts steps of batches, each half of the one before, until one fits.
   *
   * @param load what learns, and from whom
   * @param most a batch that must not be exceeded, at least 1, such as the number of training images
   * @param backend that it will run on, whose own memory counts if it has some
   * @return a power of two
   */
  public static int of(Workload load, int most, Backend backend) {
    OptionalLong own = backend.freeBytes();
    long free = availableBytes();
    long heap = Runtime.getRuntime().maxMemory();
    if (own.isPresent()) {
      long host = Math.min(free, heap); // where images wait for the GPU
      return largest(
          most,
          batch -> {
            MemoryEstimate estimate = MemoryEstimate.of(load, batch, true, backend);
            return estimate.deviceBytes() <= own.getAsLong() && estimate.javaBytes() <= host;
          });
    }
    return largest(
        most,
        batch -> MemoryEstimate.of(load, batch, true, backend)
            .advice(load.checkpointing(), heap, free) == null);
  }

  /** The largest power of two up to a bound that fits; 1 if none does. */
  static int largest(int most, IntPredicate fits) {
    int batch = Integer.highestOneBit(Math.max(1, Math.min(MOST, most)));
    while (batch > 1 && !fits.test(batch)) {
      batch /= 2;
    }
    return batch;
  }

  /** What new programs may use: on Linux also what the system keeps of files; Java knows what is unused. */
  private static long availableBytes() {
    try {
      for (String line : Files.readAllLines(MEMORY)) {
        if (line.startsWith("MemAvailable:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
      }
    } catch (IOException | NumberFormatException e) {
      // Another system.
    }
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getFreeMemorySize()
        : Long.MAX_VALUE;
  }
}
