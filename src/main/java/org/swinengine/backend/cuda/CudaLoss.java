package org.swinengine.backend.cuda;

import org.swinengine.backend.LossKernels;
import org.swinengine.backend.Span;

/** Loss family on the GPU. */
final class CudaLoss implements LossKernels {
  private final CudaDevice device;
  private final CudaMemory memory;

  CudaLoss(CudaDevice device, CudaMemory memory) {
    this.device = device;
    this.memory = memory;
  }

  @Override
  public void crossEntropy(int rows, int classes, Span logits, Span labels, double smoothing, Span losses, Span logSumExp) {
    throw new UnsupportedOperationException("cuda: crossEntropy is not there yet");
  }

  @Override
  public void crossEntropyBackward(int rows, int classes, Span logits, Span labels, double smoothing, Span logSumExp, Span dLoss, double factor, Span dLogits) {
    throw new UnsupportedOperationException("cuda: crossEntropyBackward is not there yet");
  }

  @Override
  public void softmax(int rows, int classes, Span x, Span y) {
    throw new UnsupportedOperationException("cuda: softmax is not there yet");
  }
}
