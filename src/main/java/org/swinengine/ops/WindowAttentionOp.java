package org.swinengine.ops;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.GradientFlow;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.AttentionKernels.FormGradients;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * Shifted-window multi-head self-attention (Swin Transformer, section 3.2): within each window and head
 * {@code softmax(scale·Q·Kᵀ + B + mask)·V}. With logit scales it is the cosine attention of Swin Transformer
 * V2 (section 3.3), {@code softmax(τ·cos(Q, K) + B + mask)·V}. Cyclic shift, partition, mask and padding are
 * index arithmetic inside the kernel.
 */
public final class WindowAttentionOp {
  private static final String NAME = "windowAttention";

  private WindowAttentionOp() {}

  /**
   * Saves {@code qkv}, and for each window, head and query the maximum and the sum of its softmax, from which
   * backward makes the probabilities again: nothing of size tokens² is kept.
   *
   * @param qkv {@code [batch, height, width, 3·channels]}, each row {@code [Q | K | V]}, each third
   *     head-major
   * @param geometry windows, shift and padding of that image
   * @param heads number of heads; divides the channels
   * @param scale factor on dot products, 1/√headDim as a rule; not used by cosine attention
   * @param biasTableOrNull relative position bias table {@code [biasTableRows, heads]} (Swin)
   * @param biasMatrixOrNull bias {@code [heads, windowTokens, windowTokens]} (Swin V2)
   * @param logitScaleOrNull factors {@code [heads]} on cosine logits (Swin V2)
   * @param paddedQkvOrNull what a padded token's {@code qkv} row is, {@code [3·channels]}: the projection's
   *     bias; null: zeros. It gets its gradient from the padded tokens.
   * @return {@code [batch, height, width, channels]}
   */
  public static Variable apply(
      Variable qkv,
      WindowGeometry geometry,
      int heads,
      double scale,
      @Nullable Variable biasTableOrNull,
      @Nullable Variable biasMatrixOrNull,
      @Nullable Variable logitScaleOrNull,
      @Nullable Variable paddedQkvOrNull) {
    int headDim =
        check(qkv, geometry, heads, biasTableOrNull, biasMatrixOrNull, logitScaleOrNull, paddedQkvOrNull);
    Variable padded = geometry.isPadded() ? paddedQkvOrNull : null;
    AttentionForm form =
        new AttentionForm(
            heads,
            headDim,
            scale,
            Operands.valueOrNull(biasTableOrNull),
            Operands.valueOrNull(biasMatrixOrNull),
            Operands.valueOrNull(logitScaleOrNull),
            Operands.valueOrNull(padded));
    boolean records = Tape.records(qkv, biasTableOrNull, biasMatrixOrNull, logitScaleOrNull, padded);
    try (Scope scope = Scope.open()) {
      int windows = geometry.batch() * geometry.windows();
      Tensor statistics =
          records ? Tensor.emptyMaster(qkv.backend(), Shape.of(windows, heads, geometry.windowTokens(), 2))
              : null;
      Tensor y = scope.keep(Tensor.emptyLike(qkv.value(), qkv.shape().withLast(heads * headDim)));
      qkv.backend().attention().windowForward(geometry, form, qkv.value(), y, statistics);
      if (!records) {
        return Variable.constant(y);
      }
      return Tape.record(
          NAME,
          Operands.where(biasTableOrNull, logitScaleOrNull, paddedQkvOrNull),
          y,
          new Tensor[] {
            Operands.saved(qkv),
            statistics,
            Operands.saved(biasTableOrNull),
            Operands.saved(biasMatrixOrNull),
            Operands.saved(logitScaleOrNull),
            Operands.saved(padded)
          },
          flow -> {
            Tensor dTable = memoryFor(flow, biasTableOrNull);
            Tensor dMatrix = memoryFor(flow, biasMatrixOrNull);
            Tensor dLogitScale = memoryFor(flow, logitScaleOrNull);
            Tensor dPadded = memoryFor(flow, padded);
            FormGradients gradients = new FormGradients(dTable, dMatrix, dLogitScale, dPadded);
            // Whether or not qkv is to be differentiated, the kernel needs room for its gradient.
            Tensor dQkv = Tensor.emptyLike(qkv.value());
            Tensor sums = Objects.requireNonNull(statistics);
            qkv.backend()
                .attention()
                .windowBackward(geometry, form, qkv.value(), sums, flow.output(), dQkv, gradients);
            flow.add(qkv, dQkv);
            computed(flow, biasTableOrNull, dTable);
            computed(flow, biasMatrixOrNull, dMatrix);
            computed(flow, logitScaleOrNull, dLogitScale);
            computed(flow, padded, dPadded);
          });
    }
  }

  private static @Nullable Tensor memoryFor(GradientFlow flow, @Nullable Variable operandOrNull) {
    return operandOrNull != null && operandOrNull.requiresGradient() ? flow.memory(operandOrNull) : null;
  }

  private static void computed(
      GradientFlow flow, @Nullable Variable operandOrNull, @Nullable Tensor gradientOrNull) {
    if (operandOrNull != null && gradientOrNull != null) {
      flow.computed(operandOrNull, gradientOrNull);
    }
  }

  private static int check(
      Variable qkv,
      WindowGeometry geometry,
      int heads,
      @Nullable Variable biasTableOrNull,
      @Nullable Variable biasMatrixOrNull,
      @Nullable Variable logitScaleOrNull,
      @Nullable Variable paddedQkvOrNull) {
    Operands.checkRank(NAME, "qkv", qkv, 4, "[batch, height, width, 3·channels]");
    ShapeException.check(
        qkv.dim(0) == geometry.batch() && qkv.dim(1) == geometry.height() && qkv.dim(2) == geometry.width(),
        NAME, "qkv is %s, but the window geometry is made for [%d, %d, %d, …]", qkv.shape(), geometry.batch(),
        geometry.height(), geometry.width());
    int headDim = GlobalAttentionOp.headDim(NAME, qkv, heads);
    int tokens = geometry.windowTokens();
    Operands.checkShape(NAME, "the bias table", biasTableOrNull, Shape.of(geometry.biasTableRows(), heads));
    Operands.checkShape(NAME, "the bias matrix", biasMatrixOrNull, Shape.of(heads, tokens, tokens));
    Operands.checkShape(NAME, "the logit scale", logitScaleOrNull, Shape.of(heads));
    Operands.checkShape(NAME, "the padded tokens' qkv", paddedQkvOrNull, Shape.of(3 * heads * headDim));
    return headDim;
  }
}
