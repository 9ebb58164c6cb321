package org.swinengine.backend.cuda;

import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.AttentionKernels.FormGradients;
import org.swinengine.backend.DType;
import org.swinengine.backend.KernelMemory;
import org.swinengine.backend.NormKernels;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;

/** What the families take, each by its own rule. */
final class CudaKernelMemory implements KernelMemory {
  private final NormKernels norm;

  CudaKernelMemory(NormKernels norm) {
    this.norm = norm;
  }

  /** Products read the float32 master itself. */
  @Override
  public long preparedWeight(DType type, int out, int in) {
    return type == DType.FLOAT32 ? 0 : (long) out * in * type.bytes();
  }

  /** Whether a product normalises the rows itself: of an inference in bf16. */
  private boolean folds(DType type, int in, int out, Prologue prologue) {
    return prologue.kind() == Prologue.Kind.LAYER_NORM && prologue.version() != Prologue.CHANGING
        && norm.rowStatisticsSize(type, in) > 0 && Product.consistsOfChunks(out);
  }

  @Override
  public long prologue(
      DType type, int rows, int in, int out, Prologue prologue, boolean again) {
    if (prologue.kind() == Prologue.Kind.NONE) {
      return 0;
    }
    if (!again && folds(type, in, out, prologue)) {
      boolean kept = prologue.rowStatistics() != null;
      return kept ? 0 : (long) Float.BYTES * rows * norm.rowStatisticsSize(type, in);
    }
    return (long) rows * in * type.bytes();
  }

  @Override
  public long foldedWeight(DType type, int in, int out, Prologue prologue) {
    return folds(type, in, out, prologue) ? (long) Short.BYTES * in * out + 2L * Float.BYTES * out : 0;
  }

  @Override
  public long hidden(DType type, int rows, int hidden) {
    return (long) rows * hidden * type.bytes();
  }

  @Override
  public long weightGradient(
      DType type, int rows, int out, int in, boolean hasFactors, boolean wantsBias) {
    return Float.BYTES * CudaWeightGradient.parts(type, rows, out, in, hasFactors, wantsBias);
  }

  @Override
  public long normGradient(DType type, int rows, int columns) {
    return Float.BYTES * CudaNorm.parts(type, rows, columns);
  }

  @Override
  public long sumOfRows(DType type, int rows, long columns) {
    return Float.BYTES * CudaReduce.parts(type, rows, columns);
  }

  @Override
  public long windowGradient(
      WindowGeometry geometry, AttentionForm form, Span qkv, FormGradients gradients) {
    return Float.BYTES * CudaWindowAttention.parts(geometry, form, qkv, gradients);
  }

  /** A number for each row of each head. */
  @Override
  public long globalGradient(int batch, int tokens, AttentionForm form) {
    return (long) Float.BYTES * batch * form.heads() * tokens;
  }

  @Override
  public long repeatedStep() {
    return StepCalls.ROOM;
  }
}
