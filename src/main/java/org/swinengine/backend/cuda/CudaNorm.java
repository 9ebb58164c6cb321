package org.swinengine.backend.cuda;

import org.swinengine.backend.NormKernels;
import org.swinengine.backend.Span;

/** Norm family on the GPU. */
final class CudaNorm implements NormKernels {
  private final CudaDevice device;
  private final CudaMemory memory;

  CudaNorm(CudaDevice device, CudaMemory memory) {
    this.device = device;
    this.memory = memory;
  }

  @Override
  public void layerNorm(int rows, int columns, Span x, Span gamma, Span beta, double epsilon, Span y, Span mean, Span inverseDeviation) {
    throw new UnsupportedOperationException("cuda: layerNorm is not there yet");
  }

  @Override
  public void layerNormBackward(int rows, int columns, Span dy, Span x, Span mean, Span inverseDeviation, Span gamma, Span dx, boolean accumulateInput, Span dGamma, Span dBeta, boolean accumulateParameters) {
    throw new UnsupportedOperationException("cuda: layerNormBackward is not there yet");
  }
}
