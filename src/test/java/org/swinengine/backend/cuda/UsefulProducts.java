package org.swinengine.backend.cuda;

import org.swinengine.backend.cuda.ptx.PtxLaunch;

/**
 * How many products of 16 × 8 × 16 a kernel's work comes to, were none of their rows, columns or terms
 * padding.
 */
final class UsefulProducts {
  private static final double OF_ONE = 16 * 8 * 16;

  private UsefulProducts() {}

  /**
   * Of a launch; 0 for a kernel without tensor cores.
   *
   * @param batch images
   */
  static double of(String kernel, PtxLaunch launch, int batch) {
    long[] sizes = new long[launch.arguments().length];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = (int) launch.arguments()[i];
    }
    if (kernel.startsWith("product")) {
      boolean isOne = kernel.endsWith("bf16f32") || kernel.contains("_pair_") || sizes[12] > 1;
      long matrices = isOne ? 1 : launch.grid()[2];
      return matrices * sizes[0] * sizes[1] * sizes[2] / OF_ONE;
    }
    double window = sizes[1] * sizes[4];
    double windows = window * window * sizes[7] * sizes[8] * sizes[9] / OF_ONE;
    double tokens = (double) sizes[0] * sizes[0] * sizes[1] * sizes[2] * batch / OF_ONE;
    // Forward q·kᵀ and p·v; backward q·kᵀ and dOut·vᵀ again, then dQ, dK, dV.
    return kernel.startsWith("windowForward") ? 2 * windows
        : kernel.matches("windowBackward(Whole)?\\d.*") ? 5 * windows
            : kernel.startsWith("globalForward") ? 2 * tokens
                : kernel.startsWith("globalQueryGradient") ? 3 * tokens
                    : kernel.startsWith("globalKeyGradient") ? 4 * tokens : 0;
  }
}
