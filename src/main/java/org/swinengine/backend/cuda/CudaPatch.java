package org.swinengine.backend.cuda;

import org.swinengine.backend.PatchKernels;
import org.swinengine.backend.Span;

/** Patch family on the GPU. */
final class CudaPatch implements PatchKernels {
  private final CudaDevice device;
  private final CudaMemory memory;

  CudaPatch(CudaDevice device, CudaMemory memory) {
    this.device = device;
    this.memory = memory;
  }

  @Override
  public void embedGather(int batch, int channels, int height, int width, int patch, Span image, Span rows) {
    throw new UnsupportedOperationException("cuda: embedGather is not there yet");
  }

  @Override
  public void embedScatter(int batch, int channels, int height, int width, int patch, Span rows, Span image) {
    throw new UnsupportedOperationException("cuda: embedScatter is not there yet");
  }

  @Override
  public void mergeGather(int batch, int height, int width, int channels, Span x, Span merged) {
    throw new UnsupportedOperationException("cuda: mergeGather is not there yet");
  }

  @Override
  public void mergeScatter(int batch, int height, int width, int channels, Span merged, Span x) {
    throw new UnsupportedOperationException("cuda: mergeScatter is not there yet");
  }
}
