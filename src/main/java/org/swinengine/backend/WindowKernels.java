package org.swinengine.backend;

/**
 * Window family: cyclic shift, partition and reverse as kernels of their own (pure gathers, exact to the
 * bit). The fused attention needs none of them; they serve models and tools that work on windows themselves.
 */
public interface WindowKernels {
  /**
   * {@code y[b, (i + shiftHeight) mod height, (j + shiftWidth) mod width, :] = x[b, i, j, :]}; {@code
   * torch.roll} over the two image axes. Shifts may be negative. Its gradient is the opposite shift.
   */
  void cyclicShift(
      int batch, int height, int width, int channels, int shiftHeight, int shiftWidth, Span x, Span y);

  /**
   * Shift, padding and partition: image {@code [batch, height, width, channels]} to windows
   * {@code [batch·windows, windowTokens, channels]}; padding is zero.
   */
  void partition(WindowGeometry geometry, int channels, Span image, Span windows);

  /** The inverse of {@link #partition}, and its gradient: padding is dropped. */
  void reverse(WindowGeometry geometry, int channels, Span windows, Span image);
}
