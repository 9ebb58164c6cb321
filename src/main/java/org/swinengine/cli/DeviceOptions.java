package org.swinengine.cli;

import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import picocli.CommandLine.Option;

/** Options of every command that computes. */
final class DeviceOptions {
  @Option(
      names = "--device",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = "auto, cpu, reference (float64, slow and plainly right) or cuda[:n]."
          + " Default: ${DEFAULT-VALUE}.")
  private String device;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "0",
      description = "Threads of the cpu device; 0: one for each processor. No result depends on it.")
  private int threads;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Seed of everything random. Default: ${DEFAULT-VALUE}.")
  private long seed;

  /** Opens the device. */
  Backend open() {
    return Backends.open(device, threads());
  }

  /** Opens another device than the option's default, unless the option was given. */
  Backend openOr(String preferred) {
    return Backends.open(device.equals("auto") ? preferred : device, threads());
  }

  /** Number of threads that a cpu device gets. */
  int threads() {
    if (threads < 0) {
      throw new IllegalArgumentException("--threads is " + threads + ", but must be at least 0");
    }
    return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
  }

  long seed() {
    return seed;
  }
}
