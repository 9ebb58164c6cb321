package org.swinengine.ops;

import org.swinengine.autograd.GradientFlow;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * All tokens but the first few: PyTorch's {@code x[:, count:]}. Nothing is saved; the backward half writes zeros for
 * the tokens that were left out.
 */
public final class SkipTokensOp {
  private SkipTokensOp() {}

  /** {@code [B, N, C]} to {@code [B, N − count, C]}. */
  public static Variable apply(Variable x, int count) {
    ShapeException.check(
        x.shape().rank() == 3 && count >= 0 && count < x.dim(1),
        "skipTokens",
        "cannot leave %d tokens out of %s; expected [batch, tokens, channels] with more tokens",
        count,
        x.shape());
    int batch = x.dim(0);
    int channels = x.dim(2);
    int whole = x.dim(1) * channels;
    int part = whole - count * channels;
    Tensor y = Tensor.empty(x.backend(), Shape.of(batch, x.dim(1) - count, channels));
    x.backend()
        .memory()
        .copyRows(batch, part, x.value().slice((long) count * channels, Shape.of(0)), whole, y, part);
    if (!Tape.records(x)) {
      return Variable.constant(y);
    }
    return Tape.record("skipTokens", "", y, new Tensor[0], flow -> backward(flow, x, count));
  }

  private static void backward(GradientFlow flow, Variable x, int count) {
    int channels = x.dim(2);
    int whole = x.dim(1) * channels;
    int part = whole - count * channels;
    Tensor dx = Tensor.zeros(x.backend(), x.shape());
    x.backend()
        .memory()
        .copyRows(x.dim(0), part, flow.output(), part, dx.slice((long) count * channels, Shape.of(0)), whole);
    flow.add(x, dx);
  }
}
