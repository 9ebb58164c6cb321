package org.swinengine.backend.cuda;

import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.Span;

/** Matrix family on the GPU. */
final class CudaMatrix implements MatrixKernels {
  private final CudaDevice device;
  private final CudaMemory memory;

  CudaMatrix(CudaDevice device, CudaMemory memory) {
    this.device = device;
    this.memory = memory;
  }

  @Override
  public PreparedWeight prepare(Span weight, int outFeatures, int inFeatures) {
    throw new UnsupportedOperationException("cuda: prepare is not there yet");
  }

  @Override
  public void linear(int rows, Span x, PreparedWeight weight, Prologue prologue, Epilogue epilogue, Span y) {
    throw new UnsupportedOperationException("cuda: linear is not there yet");
  }

  @Override
  public void linearBackwardInput(int rows, Span dy, PreparedWeight weight, Epilogue epilogue, Span dx) {
    throw new UnsupportedOperationException("cuda: linearBackwardInput is not there yet");
  }

  @Override
  public void linearBackwardWeight(int rows, Span x, Prologue prologue, Span dy, int outFeatures, int inFeatures, Span dWeight, Span dBias, boolean accumulate) {
    throw new UnsupportedOperationException("cuda: linearBackwardWeight is not there yet");
  }

  @Override
  public void mlp(int rows, Span x, Prologue prologue, PreparedWeight weight1, Span bias1, Span hidden, PreparedWeight weight2, Epilogue epilogue, Span y) {
    throw new UnsupportedOperationException("cuda: mlp is not there yet");
  }

  @Override
  public void gemm(Gemm sizes, Span a, Span b, Span c) {
    throw new UnsupportedOperationException("cuda: gemm is not there yet");
  }
}
