package org.swinengine.ops;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DropoutMask;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.Prologue;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * A transformer's MLP branch as one kernel, {@code y = residual + s·(GELU(LN(x)·W₁ᵀ + b₁)·W₂ᵀ + b₂)}, with
 * exact GELU (Swin Transformer, section 3.1; ViT, equation 3). LayerNorm, the factor s of each sample
 * (DropPath) and the residual are each left out where they are null.
 */
public final class MlpOp {
  private static final String NAME = "mlp";

  private MlpOp() {}

  /**
   * The branch. Saves {@code x}, the rows' LayerNorm statistics and the pre-activation
   * {@code h = LN(x)·W₁ᵀ + b₁}. GELU(h) and the normalised rows are made again while gradients read them, or
   * saved too where the backend {@linkplain Backend#keepsActivations would sooner keep them}.
   *
   * <p>Backward, dy scaled by s first: {@code dh = (dy·W₂)∘GELU′(h)}, {@code dW₂ = dyᵀ·GELU(h)},
   * {@code dW₁ = dhᵀ·LN(x)}, {@code dLN = dh·W₁}.
   *
   * @param x {@code […, in]}
   * @param normOrNull LayerNorm before the branch
   * @param weight1 {@code [hidden, in]}
   * @param bias1 {@code [hidden]}
   * @param weight2 {@code [out, hidden]}
   * @param bias2 {@code [out]}
   * @param residualOrNull {@code […, out]}; as a rule {@code x} itself
   * @param rowScaleOrNull {@code [batch]}, see {@link DropPathOp#factors}
   * @return {@code […, out]}
   */
  public static Variable apply(
      Variable x,
      @Nullable Normalization normOrNull,
      Parameter weight1,
      Parameter bias1,
      Parameter weight2,
      Parameter bias2,
      @Nullable Variable residualOrNull,
      @Nullable Tensor rowScaleOrNull) {
    return apply(
        x, normOrNull, weight1, bias1, weight2, bias2, residualOrNull, rowScaleOrNull, null, null);
  }

  /**
   * The branch with dropout (Srivastava et al. 2014) behind GELU and behind the second layer, each left out
   * where its mask is null. Masks are drawn where products are finished, and again for the gradients. What
   * the second layer reads is saved where the hidden rows are dropped.
   *
   * @param hiddenMaskOrNull of the hidden rows
   * @param maskOrNull of the result's, see {@link DropoutOp#mask}
   */
  public static Variable apply(
      Variable x,
      @Nullable Normalization normOrNull,
      Parameter weight1,
      Parameter bias1,
      Parameter weight2,
      Parameter bias2,
      @Nullable Variable residualOrNull,
      @Nullable Tensor rowScaleOrNull,
      @Nullable DropoutMask hiddenMaskOrNull,
      @Nullable DropoutMask maskOrNull) {
    Shape shape = check(x, normOrNull, weight1, bias1, weight2, bias2, residualOrNull);
    int rows = shape.rows();
    int rowsPerScale = Operands.rowsPerScale(NAME, rowScaleOrNull, rows);
    Operands.checkMask(NAME, hiddenMaskOrNull, rowScaleOrNull, rows);
    Operands.checkMask(NAME, maskOrNull, rowScaleOrNull, rows);
    boolean records =
        Tape.records(
            x,
            normOrNull == null ? null : normOrNull.gamma(),
            normOrNull == null ? null : normOrNull.beta(),
            weight1,
            bias1,
            weight2,
            bias2,
            residualOrNull);
    Backend backend = x.backend();
    try (Scope scope = Scope.open()) {
      boolean keepsStatistics = records && normOrNull != null;
      Tensor mean = keepsStatistics ? Tensor.emptyMaster(backend, Shape.of(rows)) : null;
      Tensor inverseDeviation = keepsStatistics ? Tensor.emptyMaster(backend, Shape.of(rows)) : null;
      Shape hiddenShape = shape.withLast(weight1.shape().dim(0));
      Tensor hidden = records ? Tensor.emptyLike(x.value(), hiddenShape) : null;
      Tensor y = scope.keep(Tensor.emptyLike(x.value(), shape));
      Normalization.Input input =
          normOrNull == null
              ? Normalization.Input.of(x)
              : normOrNull.input(x, weight1, bias1, records, mean, inverseDeviation);
      boolean drops = hiddenMaskOrNull != null;
      boolean keepsActivated =
          hidden != null && weight2.requiresGradient()
              && (drops || backend.keepsActivations(hidden.dtype()));
      Tensor activated = drops || keepsActivated ? Tensor.emptyLike(x.value(), hiddenShape) : null;
      Tensor statistics = residualOrNull == null ? null : Operands.rowStatistics(y);
      Epilogue epilogue =
          Epilogue.biasResidual(
              bias2.value(),
              rowScaleOrNull,
              rowsPerScale,
              Operands.valueOrNull(residualOrNull)).keeping(statistics).dropping(maskOrNull);
      MatrixKernels matrix = backend.matrix();
      if (activated == null) {
        matrix.mlp(
            rows, input.rows(), input.prologue(), weight1.prepared(), bias1.value(), hidden,
            weight2.prepared(), epilogue, y);
      } else {
        Epilogue toHidden = Epilogue.biasGelu(bias1.value(), hidden).dropping(hiddenMaskOrNull);
        matrix.linear(rows, input.rows(), weight1.prepared(), input.prologue(), toHidden, activated);
        matrix.linear(rows, activated, weight2.prepared(), Prologue.NONE, epilogue, y);
      }
      weight1.used();
      weight2.used();
      if (!records) {
        return Variable.constant(scope.keep(y.withRowStatistics(statistics)));
      }
      return Tape.record(
          NAME,
          weight1.path(),
          y,
          new Tensor[] {Operands.saved(x), mean, inverseDeviation, hidden, rowScaleOrNull,
            input.keptOrNull(x), keepsActivated ? activated : null},
          flow -> {
            LinearGradients.Arrived dy =
                LinearGradients.Arrived.of(flow.output(), rowScaleOrNull, maskOrNull);
            Tensor h = Objects.requireNonNull(hidden);
            LinearGradients.parameters(
                flow, activated == null ? h : activated, activated == null ? Prologue.GELU : Prologue.NONE,
                dy,
                weight2, bias2);
            Tensor dHidden = Tensor.emptyLike(h);
            Epilogue timesGeluGradient =
                Epilogue.timesGeluGradient(h, dy.factorsOrNull()).dropping(hiddenMaskOrNull);
            backend.matrix().linearBackwardInput(rows, dy.dy(), weight2.prepared(), timesGeluGradient,
                dHidden);
            weight2.used();
            LinearGradients.parameters(flow, input.rows(), input.prologue(), dHidden, weight1, bias1);
            // From here on nothing reads dy: the residual, x as a rule, may take its memory and add to it.
            if (residualOrNull != null) {
              flow.pass(residualOrNull);
            }
            if (normOrNull == null) {
              LinearGradients.input(flow, x, dHidden, weight1);
            } else if (normOrNull.wantsGradient(x)) {
              Tensor dNormalized = LinearGradients.normalizedInput(x, dHidden, weight1);
              normOrNull.backward(flow, dNormalized, x, mean, inverseDeviation);
            }
          });
    }
  }

  private static Shape check(
      Variable x,
      @Nullable Normalization normOrNull,
      Parameter weight1,
      Parameter bias1,
      Parameter weight2,
      Parameter bias2,
      @Nullable Variable residualOrNull) {
    Operands.checkRank(NAME, "weight", weight1, 2, "[hidden, in]");
    Operands.checkRank(NAME, "weight", weight2, 2, "[out, hidden]");
    int hidden = weight1.shape().dim(0);
    int in = weight1.shape().dim(1);
    int out = weight2.shape().dim(0);
    ShapeException.check(
        x.shape().rank() > 0 && x.dim(-1) == in, NAME, "x is %s, but %s %s takes rows of %d", x.shape(),
        Operands.name("weight", weight1), weight1.shape(), in);
    ShapeException.check(
        weight2.shape().dim(1) == hidden, NAME, "%s %s takes rows of %d, but the hidden rows have %d",
        Operands.name("weight", weight2), weight2.shape(), weight2.shape().dim(1), hidden);
    Operands.checkShape(NAME, "bias", bias1, Shape.of(hidden));
    Operands.checkShape(NAME, "bias", bias2, Shape.of(out));
    if (normOrNull != null) {
      normOrNull.check(NAME, in);
    }
    Shape shape = x.shape().withLast(out);
    Operands.checkShape(NAME, "the residual", residualOrNull, shape);
    return shape;
  }
}
