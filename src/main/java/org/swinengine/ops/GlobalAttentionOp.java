package org.swinengine.ops;

import java.util.Objects;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * Multi-head self-attention among all tokens of a sequence, {@code softmax(scale·Q·Kᵀ)·V} for each head
 * (Vaswani et al. 2017; ViT, appendix A; PyTorch's {@code F.scaled_dot_product_attention}), streamed over
 * blocks of keys.
 */
public final class GlobalAttentionOp {
  private static final String NAME = "globalAttention";

  private GlobalAttentionOp() {}

  /**
   * Saves {@code qkv}, the result, and the maximum and the sum of every query's softmax, from which backward
   * makes the probabilities again: nothing of size tokens² is kept.
   *
   * @param qkv {@code [batch, tokens, 3·channels]}, each row {@code [Q | K | V]}, each third head-major
   * @param heads number of heads; divides the channels
   * @param scale factor on dot products, 1/√headDim as a rule
   * @return {@code [batch, tokens, channels]}
   */
  public static Variable apply(Variable qkv, int heads, double scale) {
    Operands.checkRank(NAME, "qkv", qkv, 3, "[batch, tokens, 3·channels]");
    int headDim = headDim(NAME, qkv, heads);
    int batch = qkv.dim(0);
    int tokens = qkv.dim(1);
    AttentionForm form = new AttentionForm(heads, headDim, scale, null, null, null, null);
    boolean records = Tape.records(qkv);
    try (Scope scope = Scope.open()) {
      Tensor statistics =
          records ? Tensor.emptyMaster(qkv.backend(), Shape.of(batch, heads, tokens, 2)) : null;
      Tensor y = scope.keep(Tensor.emptyLike(qkv.value(), qkv.shape().withLast(heads * headDim)));
      qkv.backend().attention().globalForward(batch, tokens, form, qkv.value(), y, statistics);
      if (!records) {
        return Variable.constant(y);
      }
      return Tape.record(
          NAME,
          Operands.where(qkv),
          y,
          new Tensor[] {Operands.saved(qkv), y, statistics},
          flow -> flow.compute(
              qkv,
              dQkv -> qkv.backend()
                  .attention()
                  .globalBackward(
                      batch, tokens, form, qkv.value(), y, Objects.requireNonNull(statistics),
                      flow.output(), dQkv)));
    }
  }

  /** Channels of a head, from the last axis of {@code qkv}. */
  static int headDim(String operation, Variable qkv, int heads) {
    int columns = qkv.dim(-1);
    ShapeException.check(
        heads > 0 && columns > 0 && columns % (3L * heads) == 0, operation,
        "qkv is %s but %d is not 3 × heads (%d) × head dim", qkv.shape(), columns, heads);
    return columns / (3 * heads);
  }
}
