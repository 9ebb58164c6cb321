package org.swinengine.backend.cuda;

import org.swinengine.backend.AttentionKernels;
import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;

/** Attention family on the GPU: {@code attention.cu}, its windowed and its global half. */
final class CudaAttention implements AttentionKernels {
  private final CudaWindowAttention window;
  private final CudaGlobalAttention global;

  CudaAttention(CudaDevice device, CudaMemory memory, CudaReduce reduce) {
    window = new CudaWindowAttention(device, memory, reduce);
    global = new CudaGlobalAttention(device, memory);
  }

  @Override
  public void windowForward(WindowGeometry geometry, AttentionForm form, Span qkv, Span out,
      Span statistics) {
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
    global.forward(batch, tokens, form, qkv, out, statistics);
  }

  @Override
  public void globalBackward(
      int batch, int tokens, AttentionForm form, Span qkv, Span out, Span statistics, Span dOut, Span dQkv) {
    global.backward(batch, tokens, form, qkv, out, statistics, dOut, dQkv);
  }
}
