package org.swinengine.backend.cuda;

import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowKernels;

/** Window family on the GPU. */
final class CudaWindow implements WindowKernels {
  private final CudaDevice device;
  private final CudaMemory memory;

  CudaWindow(CudaDevice device, CudaMemory memory) {
    this.device = device;
    this.memory = memory;
  }

  @Override
  public void cyclicShift(int batch, int height, int width, int channels, int shiftHeight, int shiftWidth, Span x, Span y) {
    throw new UnsupportedOperationException("cuda: cyclicShift is not there yet");
  }

  @Override
  public void partition(WindowGeometry geometry, int channels, Span image, Span windows) {
    throw new UnsupportedOperationException("cuda: partition is not there yet");
  }

  @Override
  public void reverse(WindowGeometry geometry, int channels, Span windows, Span image) {
    throw new UnsupportedOperationException("cuda: reverse is not there yet");
  }
}
