package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * The bias {@code [3·channels]} of a qkv projection whose keys have none, as in Swin Transformer V2: cosine
 * attention normalises keys, so that the original gives a bias to queries and values alone.
 */
public final class QkvBiasOp {
  private static final String NAME = "qkvBias";

  private QkvBiasOp() {}

  /**
   * {@code [query | 0 | value]}; the original's {@code torch.cat((q_bias, zeros, v_bias))}. Saves nothing.
   *
   * @param query {@code [channels]}
   * @param value {@code [channels]}
   */
  public static Variable of(Variable query, Variable value) {
    Operands.checkRank(NAME, "the query bias", query, 1, "[channels]");
    Operands.checkShape(NAME, "the value bias", value, query.shape());
    int channels = query.dim(0);
    Shape third = query.shape();
    MemoryKernels memory = query.backend().memory();
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(query.value(), Shape.of(3 * channels)));
      memory.copy(query.value(), y, channels);
      y.slice(channels, third).fill(0);
      memory.copy(value.value(), y.slice(2L * channels, third), channels);
      if (!Tape.records(query, value)) {
        return Variable.constant(y);
      }
      return Tape.record(
          NAME,
          Operands.where(query, value),
          y,
          new Tensor[0],
          flow -> {
            flow.add(query, flow.output().slice(0, third).copy());
            flow.add(value, flow.output().slice(2L * channels, third).copy());
          });
    }
  }
}
