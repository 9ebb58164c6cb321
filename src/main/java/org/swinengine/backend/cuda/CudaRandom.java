package org.swinengine.backend.cuda;

import org.swinengine.backend.RandomKernels;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.Span;

/** Random family on the GPU. */
final class CudaRandom implements RandomKernels {
  private final CudaDevice device;
  private final CudaMemory memory;

  CudaRandom(CudaDevice device, CudaMemory memory) {
    this.device = device;
    this.memory = memory;
  }

  @Override
  public void dropPathScale(RandomKey key, long firstSample, int samples, double keepProbability, Span out) {
    throw new UnsupportedOperationException("cuda: dropPathScale is not there yet");
  }

  @Override
  public void dropout(RandomKey key, long firstSample, int samples, long elements, double keepProbability, Span x, Span y) {
    throw new UnsupportedOperationException("cuda: dropout is not there yet");
  }
}
