package org.swinengine.backend;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What there is of CUDA on this machine.
 *
 * @param absence why no GPU can be used, a sentence without its end; null where one can
 * @param driverRelease the driver's own version, e.g. 550.54.15; null where it cannot be found out
 * @param driverVersion newest CUDA version that the driver knows, e.g. 12.6; null without a driver
 * @param gpus the GPUs that the driver sees
 * @param libraries NVIDIA's libraries for which was looked
 */
public record CudaReport(
    @Nullable String absence,
    @Nullable String driverRelease,
    @Nullable String driverVersion,
    List<Gpu> gpus,
    List<Library> libraries) {
  /**
   * A GPU.
   *
   * @param ordinal the n of {@code --device cuda:n}
   * @param name e.g. NVIDIA H200
   * @param computeCapability e.g. 9.0
   * @param multiprocessors number of streaming multiprocessors
   * @param totalBytes its memory
   * @param freeBytes what no process uses
   * @param kernels in what form the driver took each family's kernels for it
   * @param problem why it cannot be used, a sentence without its end; null where it can
   */
  public record Gpu(
      int ordinal,
      String name,
      String computeCapability,
      int multiprocessors,
      long totalBytes,
      long freeBytes,
      Map<String, KernelForm> kernels,
      @Nullable String problem) {}

  /** How kernels come to a GPU. */
  public enum KernelForm {
    /** As machine code for its compute capability. */
    MACHINE_CODE,
    /** As PTX, which the driver compiles at the first use; it keeps the result for the next time. */
    PTX,
    /** As PTX, because the driver does not take the machine code that there is. */
    PTX_INSTEAD,
    /** There are images, and the driver takes none of them. */
    REFUSED,
    /** Not at all: the build left them out. */
    MISSING
  }

  /**
   * A library of NVIDIA's.
   *
   * @param name e.g. cuBLAS
   * @param file where it lies; null where it was not found
   * @param version e.g. 12.6.4; null where it cannot be used
   * @param problem why it cannot be used, a sentence without its end; null where it can
   */
  public record Library(
      String name, @Nullable String file, @Nullable String version, @Nullable String problem) {}
}
