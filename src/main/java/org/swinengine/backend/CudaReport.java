package org.swinengine.backend;

import java.util.List;

/**
 * What there is of CUDA on this machine.
 *
 * @param absence why no GPU can be used, a sentence without its end; null where one can
 * @param driverVersion newest CUDA version that the driver knows, e.g. 12.6; null without a driver
 * @param gpus the GPUs that the driver sees
 * @param libraries NVIDIA's libraries for which was looked
 */
public record CudaReport(String absence, String driverVersion, List<Gpu> gpus, List<Library> libraries) {
  /**
   * A GPU.
   *
   * @param ordinal the n of {@code --device cuda:n}
   * @param name e.g. NVIDIA H200
   * @param computeCapability e.g. 9.0
   * @param multiprocessors number of streaming multiprocessors
   * @param totalBytes its memory
   * @param freeBytes what no process uses
   * @param kernels where its kernels come from, in words
   * @param problem why it cannot be used, a sentence without its end; null where it can
   */
  public record Gpu(
      int ordinal,
      String name,
      String computeCapability,
      int multiprocessors,
      long totalBytes,
      long freeBytes,
      String kernels,
      String problem) {}

  /**
   * A library of NVIDIA's.
   *
   * @param name e.g. cuBLAS
   * @param file where it lies; null where it was not found
   */
  public record Library(String name, String file) {}
}
