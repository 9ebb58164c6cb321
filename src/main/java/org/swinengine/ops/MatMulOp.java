package org.swinengine.ops;

import java.util.Arrays;
import org.swinengine.autograd.GradientFlow;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * The matrix product {@code y = a·b}, for each of a batch; PyTorch's {@code torch.matmul} without
 * broadcasting.
 */
public final class MatMulOp {
  private static final String NAME = "matMul";

  private MatMulOp() {}

  /**
   * Saves the operand whose partner wants a gradient: {@code da = dy·bᵀ}, {@code db = aᵀ·dy}.
   *
   * @param a {@code […, m, k]}
   * @param b {@code […, k, n]}, with the same leading axes
   * @return {@code […, m, n]}
   */
  public static Variable apply(Variable a, Variable b) {
    int rank = a.shape().rank();
    ShapeException.check(
        rank >= 2 && b.shape().rank() == rank && a.dim(-1) == b.dim(-2)
            && Arrays.equals(a.shape().dims(), 0, rank - 2, b.shape().dims(), 0, rank - 2),
        NAME, "a is %s and b is %s, but they must be […, m, k] and […, k, n] with equal leading axes",
        a.shape(), b.shape());
    int m = a.dim(-2);
    int k = a.dim(-1);
    int n = b.dim(-1);
    int[] dims = a.shape().dims();
    int batches = Arrays.stream(dims, 0, rank - 2).reduce(1, Math::multiplyExact);
    dims[rank - 1] = n;
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(a.value(), Shape.of(dims)));
      a.backend().matrix().gemm(product(false, false, m, n, k, batches, false), a.value(), b.value(), y);
      if (!Tape.records(a, b)) {
        return Variable.constant(y);
      }
      return Tape.record(
          NAME,
          Operands.where(a, b),
          y,
          new Tensor[] {
            b.requiresGradient() ? Operands.saved(a) : null, a.requiresGradient() ? Operands.saved(b) : null
          },
          flow -> {
            if (a.requiresGradient()) {
              GradientFlow.Target da = flow.target(a);
              Gemm sizes = product(false, true, m, k, n, batches, da.accumulate());
              a.backend().matrix().gemm(sizes, flow.output(), b.value(), da.tensor());
            }
            if (b.requiresGradient()) {
              GradientFlow.Target db = flow.target(b);
              Gemm sizes = product(true, false, k, n, m, batches, db.accumulate());
              a.backend().matrix().gemm(sizes, a.value(), flow.output(), db.tensor());
            }
          });
    }
  }

  /** Dense products; {@code accumulate} adds to what the result holds. */
  static Gemm product(
      boolean transposeA, boolean transposeB, int m, int n, int k, int batches, boolean accumulate) {
    return new Gemm(
        transposeA,
        transposeB,
        m,
        n,
        k,
        1,
        accumulate ? 1 : 0,
        transposeA ? m : k,
        transposeB ? k : n,
        n,
        batches,
        (long) m * k,
        (long) k * n,
        (long) m * n);
  }
}
