package org.swinengine.ops;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.DropoutMask;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.Prologue;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * A linear layer, {@code y = x·Wᵀ + b} (PyTorch's {@code F.linear}), alone or with the LayerNorm before it or
 * the residual after it, which then need no trip through memory of their own.
 *
 * <p>{@code x} is {@code […, in]}, the weight {@code [out, in]}, the bias {@code [out]} or null, the result
 * {@code […, out]}. Axes of a weight after the first count as one, so that a patch convolution's
 * {@code [C, 3, 4, 4]} is a weight of 48 inputs.
 *
 * <p>Backward: {@code dx = dy·W}, {@code dW = dyᵀ·x}, {@code db = Σ_rows dy}.
 */
public final class LinearOp {
  private LinearOp() {}

  /**
   * {@code x·Wᵀ + b}. Saves {@code x}, which the weight's gradient reads (not where the weight is frozen).
   *
   * @param biasOrNull of the master type: a parameter, or made of parameters ({@link QkvBiasOp})
   */
  public static Variable apply(Variable x, Parameter weight, @Nullable Variable biasOrNull) {
    String name = "linear";
    Shape shape = check(name, x, weight, biasOrNull);
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value(), shape));
      Epilogue epilogue = Epilogue.bias(Operands.valueOrNull(biasOrNull));
      x.backend().matrix().linear(shape.rows(), x.value(), weight.prepared(), Prologue.NONE, epilogue, y);
      weight.used();
      if (!Tape.records(x, weight, biasOrNull)) {
        return Variable.constant(y);
      }
      return Tape.record(
          name,
          weight.path(),
          y,
          new Tensor[] {weight.requiresGradient() ? Operands.saved(x) : null},
          flow -> {
            Tensor dy = flow.output();
            LinearGradients.parameters(flow, x.value(), Prologue.NONE, dy, weight, biasOrNull);
            LinearGradients.input(flow, x, dy, weight);
          });
    }
  }

  /**
   * {@code LayerNorm(x)·Wᵀ + b}. Saves {@code x} and the two statistics of each row; the normalised rows are
   * made again while the weight's gradient reads them, or saved too where the backend
   * {@linkplain org.swinengine.backend.Backend#keepsActivations would sooner keep them}.
   */
  public static Variable applyNormalized(
      Variable x, Normalization norm, Parameter weight, @Nullable Parameter biasOrNull) {
    return applyNormalized(x, norm, weight, biasOrNull, false);
  }

  /**
   * The same.
   *
   * @param isNormalized whether the result is what another LayerNorm reads, so that its statistics are worth
   *     keeping
   */
  public static Variable applyNormalized(
      Variable x, Normalization norm, Parameter weight, @Nullable Parameter biasOrNull,
      boolean isNormalized) {
    String name = "normalizedLinear";
    Shape shape = check(name, x, weight, biasOrNull);
    norm.check(name, x.dim(-1));
    boolean records = Tape.records(x, norm.gamma(), norm.beta(), weight, biasOrNull);
    try (Scope scope = Scope.open()) {
      int rows = shape.rows();
      Tensor mean = records ? Tensor.emptyMaster(x.backend(), Shape.of(rows)) : null;
      Tensor inverseDeviation = records ? Tensor.emptyMaster(x.backend(), Shape.of(rows)) : null;
      Tensor y = scope.keep(Tensor.emptyLike(x.value(), shape));
      Normalization.Input input = norm.input(x, weight, biasOrNull, records, mean, inverseDeviation);
      Tensor statistics = isNormalized ? Operands.rowStatistics(y) : null;
      Epilogue epilogue = Epilogue.bias(Operands.valueOrNull(biasOrNull)).keeping(statistics);
      x.backend().matrix().linear(rows, input.rows(), weight.prepared(), input.prologue(), epilogue, y);
      weight.used();
      if (!records) {
        return Variable.constant(scope.keep(y.withRowStatistics(statistics)));
      }
      return Tape.record(
          name,
          weight.path(),
          y,
          new Tensor[] {Operands.saved(x), mean, inverseDeviation, input.keptOrNull(x)},
          flow -> {
            Tensor dy = flow.output();
            LinearGradients.parameters(flow, input.rows(), input.prologue(), dy, weight, biasOrNull);
            if (norm.wantsGradient(x)) {
              Tensor dNormalized = LinearGradients.normalizedInput(x, dy, weight);
              norm.backward(flow, dNormalized, x, mean, inverseDeviation);
            }
          });
    }
  }

  /**
   * {@code residual + s·(x·Wᵀ + b)}, s a factor of each sample: the end of a transformer's branch with its
   * DropPath (Huang et al. 2016). Saves {@code x} and the factors.
   *
   * @param residual of the result's shape
   * @param rowScaleOrNull factors {@code [batch]}, see {@link DropPathOp#factors}; null: all are 1. Rows are
   *     shared out evenly among the samples, the first axis of {@code x} running slowest.
   */
  public static Variable applyResidual(
      Variable x,
      Parameter weight,
      @Nullable Parameter biasOrNull,
      Variable residual,
      @Nullable Tensor rowScaleOrNull) {
    return end("residualLinear", x, weight, biasOrNull, residual, rowScaleOrNull, null);
  }

  /**
   * {@code residual + s·dropout(x·Wᵀ + b)}: the same branch with dropout (Srivastava et al. 2014), whose mask
   * is drawn where the product is finished, and again for the gradient. Saves {@code x} and the factors.
   *
   * @param residualOrNull of the result's shape; null: none
   * @param rowScaleOrNull as for {@link #applyResidual}
   * @param mask whose samples are the rows', see {@link DropoutOp#mask}
   */
  public static Variable applyDropout(
      Variable x,
      Parameter weight,
      @Nullable Parameter biasOrNull,
      @Nullable Variable residualOrNull,
      @Nullable Tensor rowScaleOrNull,
      DropoutMask mask) {
    return end("dropoutLinear", x, weight, biasOrNull, residualOrNull, rowScaleOrNull, mask);
  }

  private static Variable end(
      String name,
      Variable x,
      Parameter weight,
      @Nullable Parameter biasOrNull,
      @Nullable Variable residualOrNull,
      @Nullable Tensor rowScaleOrNull,
      @Nullable DropoutMask maskOrNull) {
    Shape shape = check(name, x, weight, biasOrNull);
    Operands.checkShape(name, "the residual", residualOrNull, shape);
    int rows = shape.rows();
    int rowsPerScale = Operands.rowsPerScale(name, rowScaleOrNull, rows);
    Operands.checkMask(name, maskOrNull, rowScaleOrNull, rows);
    try (Scope scope = Scope.open()) {
      Tensor y = scope.keep(Tensor.emptyLike(x.value(), shape));
      Tensor statistics = residualOrNull == null ? null : Operands.rowStatistics(y);
      Epilogue epilogue =
          Epilogue.biasResidual(
              Operands.valueOrNull(biasOrNull), rowScaleOrNull, rowsPerScale,
              Operands.valueOrNull(residualOrNull))
              .keeping(statistics).dropping(maskOrNull);
      x.backend().matrix().linear(rows, x.value(), weight.prepared(), Prologue.NONE, epilogue, y);
      weight.used();
      if (!Tape.records(x, weight, biasOrNull, residualOrNull)) {
        return Variable.constant(scope.keep(y.withRowStatistics(statistics)));
      }
      return Tape.record(
          name,
          weight.path(),
          y,
          new Tensor[] {weight.requiresGradient() ? Operands.saved(x) : null, rowScaleOrNull},
          flow -> {
            LinearGradients.Arrived dy =
                LinearGradients.Arrived.of(flow.output(), rowScaleOrNull, maskOrNull);
            LinearGradients.parameters(flow, x.value(), Prologue.NONE, dy, weight, biasOrNull);
            LinearGradients.input(flow, x, dy, weight);
            if (residualOrNull != null) {
              flow.pass(residualOrNull);
            }
          });
    }
  }

  private static Shape check(String name, Variable x, Parameter weight, @Nullable Variable biasOrNull) {
    int out = weight.shape().dim(0);
    long in = weight.shape().elements() / out;
    ShapeException.check(
        x.shape().rank() > 0 && x.dim(-1) == in, name, "x is %s, but %s %s takes rows of %d", x.shape(),
        Operands.name("weight", weight), weight.shape(), in);
    Operands.checkShape(name, "bias", biasOrNull, Shape.of(out));
    return x.shape().withLast(out);
  }
}
