package org.swinengine.ops;

import java.util.List;
import org.swinengine.autograd.GradientFlow;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * Learned tokens before those of every sample: ViT's class token (ViT, equation 1), DeiT's distillation
 * token; PyTorch's {@code torch.cat((token.expand(B, -1, -1), x), dim=1)}.
 */
public final class ConcatTokensOp {
  private static final String NAME = "concatTokens";

  private ConcatTokensOp() {}

  /**
   * Saves nothing: a learned token's gradient is the sum over samples.
   *
   * @param prefix {@code [1, k, channels]} each, P tokens in all
   * @param x {@code [batch, tokens, channels]}
   * @return {@code [batch, P + tokens, channels]}
   */
  public static Variable apply(List<? extends Variable> prefix, Variable x) {
    Operands.checkRank(NAME, "x", x, 3, "[batch, tokens, channels]");
    int batch = x.dim(0);
    int channels = x.dim(2);
    ShapeException.check(batch > 0, NAME, "x is %s: it holds no sample", x.shape());
    int[] starts = new int[prefix.size()];
    int count = 0;
    for (int p = 0; p < starts.length; p++) {
      Variable tokens = prefix.get(p);
      int length = tokens.shape().rank() == 3 ? tokens.dim(1) : 1;
      Operands.checkShape(NAME, "the token", tokens, Shape.of(1, length, channels));
      starts[p] = count * channels;
      count += length;
    }
    int own = x.dim(1) * channels;
    Shape shape = Shape.of(batch, count + x.dim(1), channels);
    long stride = shape.elements() / batch;
    long ownStart = (long) count * channels;
    Backend backend = x.backend();
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value(), shape));
      for (int p = 0; p < prefix.size(); p++) {
        int length = prefix.get(p).dim(1) * channels;
        Tensor place = y.slice(starts[p], Shape.of(length));
        backend.memory().copyRows(batch, length, prefix.get(p).value(), 0, place, stride);
      }
      backend.memory().copyRows(batch, own, x.value(), own, y.slice(ownStart, Shape.of(own)), stride);
      Variable[] inputs = prefix.toArray(new Variable[prefix.size() + 1]);
      inputs[prefix.size()] = x;
      if (!Tape.records(inputs)) {
        return Variable.constant(y);
      }
      return Tape.record(
          NAME,
          Operands.where(inputs),
          y,
          new Tensor[0],
          flow -> {
            for (int p = 0; p < prefix.size(); p++) {
              tokenGradient(flow, inputs[p], starts[p], stride);
            }
            Tensor dOwn = flow.output().slice(ownStart, Shape.of(own));
            flow.compute(x, dx -> backend.memory().copyRows(batch, own, dOwn, stride, dx, own));
          });
    }
  }

  private static void tokenGradient(GradientFlow flow, Variable token, int start, long stride) {
    if (!token.requiresGradient()) {
      return;
    }
    Backend backend = token.backend();
    int batch = flow.output().dim(0);
    int length = Math.toIntExact(token.shape().elements());
    Tensor rows = Tensor.emptyLike(flow.output(), Shape.of(batch, length));
    Tensor from = flow.output().slice(start, Shape.of(length));
    backend.memory().copyRows(batch, length, from, stride, rows, length);
    GradientFlow.Target target = flow.target(token);
    backend.reduce().sumRows(batch, length, rows, target.tensor(), target.accumulate());
  }
}
