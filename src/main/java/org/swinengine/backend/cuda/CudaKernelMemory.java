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
  private final CudaMatrix matrix;

  CudaKernelMemory(NormKernels norm, CudaMatrix matrix) {
    this.norm = norm;
    this.matrix = matrix;
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
  public Parts weightGradient(
      DType type, int rows, int out, int in, boolean hasFactors, boolean wantsBias) {
    return matrix.weightGradient().parts(type, rows, out, in, hasFactors, wantsBias);
  }

  @Override
  public long scaledRows(DType type, int rows, int out, int in) {
    return matrix.weightGradient().scaledRows(type, rows, out, in);
  }

  /** In float32 sums whose order is the processor's are finished at once. */
  private static Parts parts(DType type, long elements) {
    return new Parts(Float.BYTES * elements, type == DType.BF16);
  }

  @Override
  public Parts normGradient(DType type, int rows, int columns) {
    return parts(type, CudaNorm.elementsOfParts(type, rows, columns));
  }

  @Override
  public Parts sumOfRows(DType type, int rows, long columns) {
    return parts(type, CudaReduce.elementsOfParts(type, rows, columns));
  }

  @Override
  public Parts windowGradient(
      WindowGeometry geometry, AttentionForm form, Span qkv, FormGradients gradients) {
    return parts(
        qkv.buffer().dtype(), CudaWindowAttention.elementsOfParts(geometry, form, qkv, gradients));
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
