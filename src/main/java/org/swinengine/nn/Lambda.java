package org.swinengine.nn;

import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.swinengine.autograd.Variable;
import org.swinengine.ops.MeanTokensOp;
import org.swinengine.ops.ReshapeOp;
import org.swinengine.tensor.Shape;

/**
 * A layer without parameters, from a function of differentiable operations:
 * {@code Lambda.of(MeanTokensOp::apply)}.
 *
 * <p>The function must keep nothing of what it is given: its argument's memory goes back when the
 * {@link Sequential} around it has read the result.
 */
public final class Lambda extends Layer {
  private final BiFunction<Variable, ForwardMode, Variable> function;

  private Lambda(BiFunction<Variable, ForwardMode, Variable> function) {
    this.function = function;
  }

  /** A layer that computes the same in training and evaluation. */
  public static Lambda of(UnaryOperator<Variable> function) {
    return new Lambda((x, mode) -> function.apply(x));
  }

  /** A layer whose result depends on the mode. */
  public static Lambda withMode(BiFunction<Variable, ForwardMode, Variable> function) {
    return new Lambda(function);
  }

  /** {@code [batch, …]} to {@code [batch, n]}: PyTorch's {@code nn.Flatten()}. */
  public static Lambda flatten() {
    return of(
        x -> {
          int batch = x.dim(0);
          long rest = batch == 0 ? 0 : x.shape().elements() / batch;
          return ReshapeOp.apply(x, Shape.of(batch, Math.toIntExact(rest)));
        });
  }

  /** The mean over all tokens, {@code [batch, …, channels]} to {@code [batch, channels]}. */
  public static Lambda meanOfTokens() {
    return of(MeanTokensOp::apply);
  }

  @Override
  public Variable forward(Variable x, ForwardMode mode) {
    return function.apply(x, mode);
  }
}
