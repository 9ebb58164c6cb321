package org.swinengine.backend.cuda;

import org.swinengine.backend.OptimizerKernels;
import org.swinengine.backend.Span;

/** Optimizer family on the GPU. */
final class CudaOptimizer implements OptimizerKernels {
  private final CudaDevice device;
  private final CudaMemory memory;

  CudaOptimizer(CudaDevice device, CudaMemory memory) {
    this.device = device;
    this.memory = memory;
  }

  @Override
  public void clipControl(Span sumOfSquares, double maximumNorm, Span control) {
    throw new UnsupportedOperationException("cuda: clipControl is not there yet");
  }

  @Override
  public void adamW(long n, AdamW step, Span control, Span parameters, Span gradients, Span firstMoment, Span secondMoment) {
    throw new UnsupportedOperationException("cuda: adamW is not there yet");
  }

  @Override
  public void movingAverage(long n, double decay, Span parameters, Span average) {
    throw new UnsupportedOperationException("cuda: movingAverage is not there yet");
  }
}
