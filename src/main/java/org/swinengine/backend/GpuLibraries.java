package org.swinengine.backend;

/**
 * What of NVIDIA's libraries a GPU may use beside the engine's own kernels.
 *
 * @param cublas matrix products
 * @param cudnn the convolution of the patch embedding, and softmax
 */
public record GpuLibraries(LibraryUse cublas, LibraryUse cudnn) {
  /** Own kernels alone: what is computed then does not depend on what else is installed. */
  public static final GpuLibraries NONE = new GpuLibraries(LibraryUse.OFF, LibraryUse.OFF);

  /** Whether one of them must be there, so that a GPU must be. */
  boolean areWanted() {
    return cublas == LibraryUse.ON || cudnn == LibraryUse.ON;
  }

  /** The option that wants a library, for sentences. */
  String wanted() {
    return cublas == LibraryUse.ON ? "`cublas` on" : "`cudnn` on";
  }
}
