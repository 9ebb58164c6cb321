package org.swinengine.ops;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.GradientFlow;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.backend.Prologue;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * A linear layer on two tensors side by side, {@code y = [a | b]·Wᵀ + bias}: PyTorch's
 * {@code F.linear(torch.cat([a, b], -1), weight, bias)}, a decoder's way of taking in a skip connection
 * (Swin-Unet, Cao et al. 2021, arXiv 2105.05537).
 */
public final class ConcatLinearOp {
  private static final String NAME = "concatLinear";

  private ConcatLinearOp() {}

  /**
   * Saves {@code a} and {@code b}, which others save as well, and not the two side by side: those are put
   * together again when the weight's gradient reads them, which costs a copy and spares their memory. Where a
   * backend {@linkplain Backend#multipliesPairs multiplies pairs} there is no copy at all.
   *
   * @param a {@code […, m]}
   * @param b {@code […, n]}, with the same leading axes
   * @param weight {@code [out, m + n]}
   * @param biasOrNull {@code [out]}
   * @return {@code […, out]}
   */
  public static Variable apply(Variable a, Variable b, Parameter weight, @Nullable Parameter biasOrNull) {
    ShapeException.check(
        a.shape().rank() > 0 && b.shape().rank() > 0 && a.shape().withLast(b.dim(-1)).equals(b.shape()),
        NAME, "a is %s and b is %s, but they may differ in the last axis alone", a.shape(), b.shape());
    int out = weight.shape().dim(0);
    ShapeException.check(
        weight.shape().elements() / out == a.dim(-1) + b.dim(-1), NAME,
        "a is %s and b is %s, but %s %s takes rows of %d", a.shape(), b.shape(),
        Operands.name("weight", weight), weight.shape(), weight.shape().elements() / out);
    Operands.checkShape(NAME, "bias", biasOrNull, Shape.of(out));
    Shape shape = a.shape().withLast(out);
    int rows = shape.rows();
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(a.value(), shape));
      Tensor bias = Operands.valueOrNull(biasOrNull);
      MatrixKernels matrix = a.backend().matrix();
      int columns = a.dim(-1);
      boolean isPair =
          b.dim(-1) == columns && a.backend().multipliesPairs(a.value().dtype(), columns, out);
      if (isPair) {
        matrix.linearOfPair(rows, columns, a.value(), b.value(), weight.prepared(), bias, y);
      } else {
        Tensor both = concatenated(a.value(), b.value());
        matrix.linear(rows, both, weight.prepared(), Prologue.NONE, Epilogue.bias(bias), y);
      }
      weight.used();
      if (!Tape.records(a, b, weight, biasOrNull)) {
        return Variable.constant(y);
      }
      boolean reads = weight.requiresGradient();
      return Tape.record(
          NAME,
          weight.path(),
          y,
          new Tensor[] {reads ? Operands.saved(a) : null, reads ? Operands.saved(b) : null},
          flow -> {
            if (isPair) {
              pairGradients(flow, a, b, weight, biasOrNull);
              return;
            }
            Tensor dy = flow.output();
            Tensor again = reads ? concatenated(a.value(), b.value()) : null;
            LinearGradients.parameters(flow, again, Prologue.NONE, dy, weight, biasOrNull);
            if (a.requiresGradient() || b.requiresGradient()) {
              Tensor dBoth = Tensor.emptyLike(dy, shape.withLast(a.dim(-1) + b.dim(-1)));
              dy.backend().matrix().linearBackwardInput(rows, dy, weight.prepared(), Epilogue.NONE, dBoth);
              weight.used();
              flow.compute(a, da -> copyColumns(dBoth, 0, da));
              flow.compute(b, db -> copyColumns(dBoth, a.dim(-1), db));
            }
          });
    }
  }

  private static void pairGradients(
      GradientFlow flow, Variable a, Variable b, Parameter weight, @Nullable Parameter biasOrNull) {
    Tensor dy = flow.output();
    MatrixKernels matrix = dy.backend().matrix();
    int rows = dy.shape().rows();
    int columns = a.dim(-1);
    LinearGradients.parameters(
        flow, new LinearGradients.Arrived(dy, null), weight, biasOrNull,
        (dWeight, dBias, accumulate) -> matrix.linearOfPairBackwardWeight(
            rows, columns, a.value(), b.value(), dy, dy.dim(-1), dWeight, dBias, accumulate));
    GradientFlow.Target da = a.requiresGradient() ? flow.target(a) : null;
    GradientFlow.Target db = b.requiresGradient() ? flow.target(b) : null;
    if (da != null || db != null) {
      matrix.linearOfPairBackwardInput(
          rows, columns, dy, weight.prepared(), da == null ? null : da.tensor(),
          da != null && da.accumulate(),
          db == null ? null : db.tensor(), db != null && db.accumulate());
      weight.used();
    }
  }

  private static Tensor concatenated(Tensor a, Tensor b) {
    int m = a.dim(-1);
    int n = b.dim(-1);
    Tensor both = Tensor.emptyLike(a, a.shape().withLast(m + n));
    MemoryKernels memory = a.backend().memory();
    int rows = a.shape().rows();
    if (rows > 0) {
      memory.copyRows(rows, m, a, m, both, m + n);
      memory.copyRows(rows, n, b, n, both.slice(m, Shape.of(n)), m + n);
    }
    return both;
  }

  /** Copies the columns of a matrix from one on to a narrower matrix. */
  private static void copyColumns(Tensor from, int first, Tensor to) {
    int columns = to.dim(-1);
    int rows = to.shape().rows();
    if (rows > 0) {
      Tensor start = from.slice(first, Shape.of(columns));
      to.backend().memory().copyRows(rows, columns, start, from.dim(-1), to, columns);
    }
  }
}
