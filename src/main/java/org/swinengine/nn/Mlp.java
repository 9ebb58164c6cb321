package org.swinengine.nn;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.ops.MlpOp;
import org.swinengine.ops.Normalization;
import org.swinengine.ops.UnaryOp;
import org.swinengine.tensor.Tensor;

/**
 * A transformer's MLP: {@code fc2(GELU(fc1(x)))} with dropout after each, which is off by default. Another
 * activation than GELU costs a pass over the hidden rows.
 */
public final class Mlp extends Layer {
  private final UnaryFunction activation;
  private final Linear fc1;
  private final Linear fc2;
  private final Dropout drop1;
  private final Dropout drop2;

  /**
   * @param hidden channels between the layers, as a rule 4·dim
   * @param dropout probability
   */
  public Mlp(int dim, int hidden, double dropout) {
    this(dim, hidden, UnaryFunction.GELU, dropout);
  }

  /** The same with another activation. */
  public Mlp(int dim, int hidden, UnaryFunction activation, double dropout) {
    this.activation = activation;
    fc1 = add("fc1", new Linear(dim, hidden, true));
    fc2 = add("fc2", new Linear(hidden, dim, true));
    drop1 = add("drop1", new Dropout(dropout));
    drop2 = add("drop2", new Dropout(dropout));
  }

  /** {@code mlp(x)}, without norm and residual. */
  @Override
  public Variable forward(Variable x, ForwardMode mode) {
    return forward(x, null, null, null, mode);
  }

  /**
   * {@code residual + scale·mlp(norm(x))}; one operation unless the activation is another.
   *
   * @param norm normalisation before the branch; null: none
   * @param residual null: none
   * @param rowScale DropPath's factors {@code [batch]}; null: 1
   */
  public Variable forward(
      Variable x,
      @Nullable Normalization norm,
      @Nullable Variable residual,
      @Nullable Tensor rowScale,
      ForwardMode mode) {
    if (activation == UnaryFunction.GELU) {
      Parameter bias1 = Objects.requireNonNull(fc1.bias);
      Parameter bias2 = Objects.requireNonNull(fc2.bias);
      return MlpOp.apply(
          x, norm, fc1.weight, bias1, fc2.weight, bias2, residual, rowScale,
          drop1.mask(mode, fc1.resultOf(x)), drop2.mask(mode, x.shape()));
    }
    Variable hidden = drop1.forward(UnaryOp.apply(activation, fc1.forward(norm, x)), mode);
    return Residual.project(hidden, fc2, drop2, residual, rowScale, mode);
  }
}
