package org.swinengine.backend.cuda;

import org.swinengine.backend.AttentionKernels;
import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;

/** Attention family on the GPU. */
final class CudaAttention implements AttentionKernels {
  private final CudaDevice device;
  private final CudaMemory memory;
  private final CudaWindowAttention window;

  CudaAttention(CudaDevice device, CudaMemory memory) {
    this.device = device;
    this.memory = memory;
    this.window = new CudaWindowAttention(device, memory);
  }

  @Override
  public void windowForward(WindowGeometry geometry, AttentionForm form, Span qkv, Span out, Span statistics) {
    window.forward(geometry, form, qkv, out, statistics);
  }

  @Override
  public void windowBackward(
      WindowGeometry geometry,
      AttentionForm form,
      Span qkv,
      Span statistics,
      Span dOut,
      Span dQkv,
      FormGradients gradients) {
    window.backward(geometry, form, qkv, statistics, dOut, dQkv, gradients);
  }

  @Override
  public void globalForward(int batch, int tokens, AttentionForm form, Span qkv, Span out, Span statistics) {
    throw new UnsupportedOperationException("cuda: globalForward is not there yet");
  }

  @Override
  public void globalBackward(int batch, int tokens, AttentionForm form, Span qkv, Span out, Span statistics, Span dOut, Span dQkv) {
    throw new UnsupportedOperationException("cuda: globalBackward is not there yet");
  }
}
