package org.swinengine.backend;

import java.util.Locale;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.backend.reference.ReferenceBackend;

/** Opens backends by the names that {@code --device} takes. */
public final class Backends {
  private Backends() {}

  /**
   * Opens a device.
   *
   * @param device {@code auto} (the fastest there is), {@code cpu} or {@code reference}
   * @param threads threads of the {@code cpu} backend; 0 or less: one for each processor. Results do not
   *     depend on it
   * @throws IllegalArgumentException with a sentence for the user if there is no such device
   */
  public static Backend open(String device, int threads) {
    String name = device.toLowerCase(Locale.ROOT);
    switch (name) {
      case "auto":
      case "cpu":
        return new CpuBackend(threads > 0 ? threads : Runtime.getRuntime().availableProcessors());
      case "reference":
        return new ReferenceBackend();
      default:
        if (name.matches("cuda(:\\d+)?")) {
          throw new IllegalArgumentException(
              "device " + device + ": this build has no CUDA backend yet; the devices are auto, cpu and"
                  + " reference");
        }
        throw new IllegalArgumentException(
            "there is no device \"" + device + "\"; the devices are auto, cpu and reference");
    }
  }

  /** Bits of the vectors that the {@code cpu} device computes with in this process; 0: scalar kernels. */
  public static int vectorBits() {
    return CpuBackend.vectorBits();
  }
}
