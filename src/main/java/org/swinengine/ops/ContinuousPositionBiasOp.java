package org.swinengine.ops;

import java.util.function.Consumer;
import org.swinengine.autograd.GradientFlow;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * The continuous relative position bias of Swin Transformer V2 (section 3.3, equation 3): a small network
 * that turns a relative position into a bias for each head, {@code y = 16·sigmoid(ReLU(x·W₁ᵀ + b₁)·W₂ᵀ)}.
 *
 * <p>The original gathers the network's results for each pair of tokens and then takes 16·sigmoid of them.
 * Here that comes first: it is the same number for equal relative positions, and so the result is a bias
 * table as Swin V1 has one, from which the attention kernel reads; no matrix of pairs exists, neither of
 * biases nor of their gradients.
 */
public final class ContinuousPositionBiasOp {
  private static final String NAME = "continuousPositionBias";

  /** The largest bias. */
  private static final double RANGE = 16;

  private ContinuousPositionBiasOp() {}

  /**
   * Saves the table's sigmoids; the hidden rows, two multiply-adds an element, are made again. All operands
   * are of the master type, also where activations are bf16: near the window's edge neighbouring coordinates
   * differ by little.
   *
   * @param coordinates {@code [rows, 2]}
   * @param weight1 {@code [hidden, 2]}
   * @param bias1 {@code [hidden]}
   * @param weight2 {@code [heads, hidden]}
   * @return {@code [rows, heads]}, between 0 and 16
   */
  public static Variable apply(Variable coordinates, Variable weight1, Variable bias1, Variable weight2) {
    check(coordinates, weight1, bias1, weight2);
    Tensor x = coordinates.value();
    Backend backend = coordinates.backend();
    int rows = x.dim(0);
    int inputs = x.dim(1);
    int hidden = weight1.dim(0);
    int heads = weight2.dim(0);
    long n = (long) rows * heads;
    try (Scope scope = Scope.open()) {
      Tensor rowsHidden = hidden(x, weight1, bias1);
      Tensor sigmoid = Tensor.emptyLike(x, Shape.of(rows, heads));
      Gemm product = MatMulOp.product(false, true, rows, heads, hidden, 1, false);
      backend.matrix().gemm(product, rowsHidden, weight2.value(), sigmoid);
      backend.pointwise().unary(UnaryFunction.SIGMOID, n, sigmoid, sigmoid);
      Tensor y = scope.keep(Tensor.emptyLike(sigmoid));
      backend.pointwise().scale(n, RANGE, sigmoid, y);
      if (!Tape.records(coordinates, weight1, bias1, weight2)) {
        return Variable.constant(y);
      }
      return Tape.record(
          NAME,
          Operands.where(weight1, bias1, weight2),
          y,
          new Tensor[] {
            Operands.saved(coordinates),
            Operands.saved(weight1),
            Operands.saved(bias1),
            Operands.saved(weight2),
            sigmoid
          },
          flow -> {
            Tensor dLogits = Tensor.emptyLike(sigmoid);
            backend.pointwise().scale(n, RANGE, flow.output(), dLogits);
            backend.pointwise().unaryBackward(UnaryFunction.SIGMOID, n, sigmoid, dLogits, dLogits);
            Tensor again = hidden(x, weight1, bias1);
            product(flow, weight2, true, heads, hidden, rows, dLogits, again);
            Tensor dHidden = Tensor.emptyLike(again);
            Gemm toHidden = MatMulOp.product(false, false, rows, hidden, heads, 1, false);
            backend.matrix().gemm(toHidden, dLogits, weight2.value(), dHidden);
            backend
                .pointwise()
                .unaryBackward(UnaryFunction.RELU, (long) rows * hidden, again, dHidden, dHidden);
            product(flow, weight1, true, hidden, inputs, rows, dHidden, x);
            product(flow, coordinates, false, rows, inputs, hidden, dHidden, weight1.value());
            accumulate(
                flow,
                bias1,
                target -> backend.reduce().sumRows(rows, hidden, dHidden, target.tensor(),
                    target.accumulate()));
          });
    }
  }

  /** {@code ReLU(x·W₁ᵀ + b₁)}. */
  private static Tensor hidden(Tensor x, Variable weight1, Variable bias1) {
    Backend backend = x.backend();
    int rows = x.dim(0);
    int hidden = weight1.dim(0);
    Tensor y = Tensor.emptyLike(x, Shape.of(rows, hidden));
    Gemm product = MatMulOp.product(false, true, rows, hidden, x.dim(1), 1, false);
    backend.matrix().gemm(product, x, weight1.value(), y);
    backend.pointwise().addRow(rows, hidden, y, bias1.value(), y);
    backend.pointwise().unary(UnaryFunction.RELU, y.elements(), y, y);
    return y;
  }

  /** The gradient of an operand that is one product. */
  private static void product(
      GradientFlow flow,
      Variable operand,
      boolean transposeA,
      int m,
      int n,
      int k,
      Tensor a,
      Tensor b) {
    accumulate(
        flow,
        operand,
        target -> {
          Gemm sizes = MatMulOp.product(transposeA, false, m, n, k, 1, target.accumulate());
          a.backend().matrix().gemm(sizes, a, b, target.tensor());
        });
  }

  private static void accumulate(
      GradientFlow flow, Variable operand, Consumer<GradientFlow.Target> kernel) {
    if (operand.requiresGradient()) {
      kernel.accept(flow.target(operand));
    }
  }

  private static void check(Variable coordinates, Variable weight1, Variable bias1, Variable weight2) {
    Operands.checkRank(NAME, "the coordinates", coordinates, 2, "[rows, 2]");
    Operands.checkRank(NAME, "weight", weight1, 2, "[hidden, 2]");
    Operands.checkRank(NAME, "weight", weight2, 2, "[heads, hidden]");
    int hidden = weight1.dim(0);
    ShapeException.check(
        weight1.dim(1) == coordinates.dim(1), NAME, "the coordinates are %s, but %s %s takes rows of %d",
        coordinates.shape(), Operands.name("weight", weight1), weight1.shape(), weight1.dim(1));
    Operands.checkShape(NAME, "bias", bias1, Shape.of(hidden));
    ShapeException.check(
        weight2.dim(1) == hidden, NAME, "%s %s takes rows of %d, but the hidden rows have %d",
        Operands.name("weight", weight2), weight2.shape(), weight2.dim(1), hidden);
  }
}
