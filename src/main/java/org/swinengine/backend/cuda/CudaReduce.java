package org.swinengine.backend.cuda;

import org.swinengine.backend.ReduceKernels;
import org.swinengine.backend.Span;

/** Reduce family on the GPU. */
final class CudaReduce implements ReduceKernels {
  private final CudaDevice device;
  private final CudaMemory memory;

  CudaReduce(CudaDevice device, CudaMemory memory) {
    this.device = device;
    this.memory = memory;
  }

  @Override
  public void sum(long n, Span x, Span out) {
    throw new UnsupportedOperationException("cuda: sum is not there yet");
  }

  @Override
  public void sumRows(int rows, long columns, Span x, Span out, boolean accumulate) {
    throw new UnsupportedOperationException("cuda: sumRows is not there yet");
  }

  @Override
  public void meanTokens(int batch, int tokens, int channels, Span x, Span y) {
    throw new UnsupportedOperationException("cuda: meanTokens is not there yet");
  }

  @Override
  public void meanTokensBackward(int batch, int tokens, int channels, Span dy, Span dx) {
    throw new UnsupportedOperationException("cuda: meanTokensBackward is not there yet");
  }

  @Override
  public void sumOfSquares(long n, Span x, Span out) {
    throw new UnsupportedOperationException("cuda: sumOfSquares is not there yet");
  }
}
