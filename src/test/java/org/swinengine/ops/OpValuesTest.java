package org.swinengine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DropoutMask;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.reference.ReferenceBackend;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** Worked examples of every operation but attention, see {@link AttentionValuesTest}. */
class OpValuesTest {
  private static final double ROUNDING = 1e-14;

  private final Backend backend = new ReferenceBackend();

  private Variable of(Shape shape, double... values) {
    return Variable.constant(Tensor.of(backend, shape, values));
  }

  private Variable count(int... dims) {
    Shape shape = Shape.of(dims);
    double[] values = new double[(int) shape.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return of(shape, values);
  }

  private Parameter parameter(Shape shape, float... values) {
    Parameter parameter =
        new Parameter(shape, (to, seed, path) -> System.arraycopy(values, 0, to, 0, to.length), true);
    parameter.setPath("parameter");
    new ParameterArena(backend, List.of(parameter), 0);
    return parameter;
  }

  private static Variable gelu(Variable x) {
    return UnaryOp.apply(UnaryFunction.GELU, x);
  }

  private static void assertValue(Variable actual, Shape shape, double... expected) {
    assertEquals(shape, actual.shape());
    assertArrayEquals(expected, actual.value().toDoubles(), ROUNDING);
  }

  @Test
  void linear() {
    Variable x = of(Shape.of(2, 1, 2), 1, 2, 3, 4);
    Parameter weight = parameter(Shape.of(3, 2), 1, 0, 0, 1, 1, 1);
    Parameter bias = parameter(Shape.of(3), 10, 20, 30);
    assertValue(LinearOp.apply(x, weight, bias), Shape.of(2, 1, 3), 11, 22, 33, 13, 24, 37);
    assertValue(LinearOp.apply(x, weight, null), Shape.of(2, 1, 3), 1, 2, 3, 3, 4, 7);
    Variable residual = of(Shape.of(2, 1, 3), 100, 200, 300, 400, 500, 600);
    assertValue(
        LinearOp.applyResidual(x, weight, bias, residual, null),
        Shape.of(2, 1, 3),
        111, 222, 333, 413, 524, 637);
    Tensor dropped = Tensor.of(backend, Shape.of(2), 0, 2.0);
    assertValue(
        LinearOp.applyResidual(x, weight, bias, residual, dropped),
        Shape.of(2, 1, 3),
        100, 200, 300, 426, 548, 674);
  }

  @Test
  void linearWithAConvolutionsWeight() {
    Variable row = of(Shape.of(1, 4), 1, 2, 3, 4);
    Parameter weight = parameter(Shape.of(2, 1, 2, 2), 1, 1, 1, 1, 1, 0, 0, -1);
    assertValue(LinearOp.apply(row, weight, null), Shape.of(1, 2), 10, -3);
  }

  @Test
  void layerNorm() {
    Normalization norm =
        new Normalization(parameter(Shape.of(3), 1, 2, 3), parameter(Shape.of(3), 10, 20, 30), 0);
    double unit = Math.sqrt(1.5);
    Variable x = of(Shape.of(2, 3), 1, 2, 3, 7, 7, 10);
    // The second row: mean 8, variance 2.
    double[] expected = {
      10 - unit, 20, 30 + 3 * unit, 10 - 1 / Math.sqrt(2), 20 - 2 / Math.sqrt(2), 30 + 6 / Math.sqrt(2)
    };
    assertArrayEquals(expected, LayerNormOp.apply(x, norm).value().toDoubles(), ROUNDING * 100);
  }

  @Test
  void normalizedLinearIsLayerNormThenLinear() {
    Normalization norm =
        new Normalization(
            parameter(Shape.of(3), 1, 2, 3), parameter(Shape.of(3), 0.5f, 0.25f, -1), 1e-5);
    Parameter weight = parameter(Shape.of(2, 3), 1, -1, 0.5f, 2, 0, 1);
    Parameter bias = parameter(Shape.of(2), 0.125f, -4);
    Variable x = of(Shape.of(2, 3), 1, 2, 4, -7, 7, 10);
    Variable apart = LinearOp.apply(LayerNormOp.apply(x, norm), weight, bias);
    assertArrayEquals(
        apart.value().toDoubles(),
        LinearOp.applyNormalized(x, norm, weight, bias).value().toDoubles(),
        1e-13);
  }

  @Test
  void mlpIsItsParts() {
    Normalization norm =
        new Normalization(
            parameter(Shape.of(3), 1, 2, 3), parameter(Shape.of(3), 0.5f, 0.25f, -1), 1e-5);
    Parameter weight1 = parameter(Shape.of(2, 3), 1, -1, 0.5f, 2, 0, 1);
    Parameter bias1 = parameter(Shape.of(2), 0.125f, -4);
    Parameter weight2 = parameter(Shape.of(3, 2), 1, -1, 0.5f, 2, 0, 1);
    Parameter bias2 = parameter(Shape.of(3), 3, 4, 5);
    Variable x = of(Shape.of(2, 3), 1, 2, 4, -7, 7, 10);
    Tensor scale = Tensor.of(backend, Shape.of(2), 4.0, 0.5);
    Variable hidden = gelu(LinearOp.apply(LayerNormOp.apply(x, norm), weight1, bias1));
    Variable branch = LinearOp.apply(hidden, weight2, bias2);
    Variable apart = AddOp.apply(x, DropPathOp.apply(branch, scale));
    Variable fused = MlpOp.apply(x, norm, weight1, bias1, weight2, bias2, x, scale);
    assertArrayEquals(apart.value().toDoubles(), fused.value().toDoubles(), 1e-12);
    Variable bare = MlpOp.apply(x, null, weight1, bias1, weight2, bias2, null, null);
    Variable bareApart = LinearOp.apply(gelu(LinearOp.apply(x, weight1, bias1)), weight2, bias2);
    assertArrayEquals(bareApart.value().toDoubles(), bare.value().toDoubles(), 1e-12);
  }

  @Test
  void dropoutBehindALayerIsItsParts() {
    Parameter weight = parameter(Shape.of(2, 3), 1, -1, 0.5f, 2, 0, 1);
    Parameter bias = parameter(Shape.of(2), 0.125f, -4);
    Variable x = of(Shape.of(2, 3), 1, 2, 4, -7, 7, 10);
    Variable residual = of(Shape.of(2, 2), 1, 2, 3, 4);
    Tensor scale = Tensor.of(backend, Shape.of(2), 4.0, 0.5);
    RandomKey key = new RandomKey(5, 17, 2);
    DropoutMask mask = DropoutOp.mask(Shape.of(2, 2), 0.5, key, 40);
    Variable dropped = DropoutOp.apply(LinearOp.apply(x, weight, bias), 0.5, key, 40);
    double[] values = dropped.value().toDoubles();
    assertEquals(1, Arrays.stream(values).filter(value -> value == 0).count(), Arrays.toString(values));
    assertArrayEquals(
        values, LinearOp.applyDropout(x, weight, bias, null, null, mask).value().toDoubles(), 1e-12);
    assertArrayEquals(
        AddOp.apply(residual, DropPathOp.apply(dropped, scale)).value().toDoubles(),
        LinearOp.applyDropout(x, weight, bias, residual, scale, mask).value().toDoubles(), 1e-12);
    assertNull(DropoutOp.mask(Shape.of(2, 2), 0, key, 40));
  }

  @Test
  void pointwise() {
    Variable a = of(Shape.of(2, 2), 1, 2, 3, 4);
    Variable b = of(Shape.of(2, 2), 10, 20, 30, 40);
    assertValue(AddOp.apply(a, b), Shape.of(2, 2), 11, 22, 33, 44);
    assertValue(MultiplyOp.apply(a, b), Shape.of(2, 2), 10, 40, 90, 160);
    assertValue(ScaleOp.apply(a, -0.5), Shape.of(2, 2), -0.5, -1, -1.5, -2);
    assertValue(AddRowOp.apply(a, of(Shape.of(1, 2), 10, 20)), Shape.of(2, 2), 11, 22, 13, 24);
    assertValue(MultiplyRowOp.apply(a, of(Shape.of(2), 10, 20)), Shape.of(2, 2), 10, 40, 30, 80);
    assertValue(SumOp.apply(a), Shape.of(), 10);
    assertValue(ReshapeOp.apply(a, Shape.of(4, 1)), Shape.of(4, 1), 1, 2, 3, 4);
  }

  @Test
  void tanh() {
    // torch.tanh in float64
    assertValue(
        TanhOp.apply(of(Shape.of(3), 0.5, -1, 3)),
        Shape.of(3),
        0.46211715726000973, -0.7615941559557649, 0.9950547536867305);
  }

  @Test
  void partsOfSwinV2sAttention() {
    // e to the power of the double that is nearest to ln 100.
    double largest = 100.00000000000004;
    assertValue(LogitScaleOp.apply(of(Shape.of(3, 1, 1), 0, 1, 5)), Shape.of(3), 1, Math.E, largest);
    assertValue(
        QkvBiasOp.of(parameter(Shape.of(2), 1, 2), parameter(Shape.of(2), 3, 4)),
        Shape.of(6),
        1, 2, 0, 0, 3, 4);
    // Hidden rows [0.5, 0] and [1.5, 1], the zero ReLU's.
    assertValue(
        ContinuousPositionBiasOp.apply(
            of(Shape.of(2, 2), 0, -1, 1, 1),
            parameter(Shape.of(2, 2), 1, 0, -1, 2),
            parameter(Shape.of(2), 0.5f, 0),
            parameter(Shape.of(1, 2), 1, -0.5f)),
        Shape.of(2, 1),
        16 / (1 + Math.exp(-0.5)), 16 / (1 + Math.exp(-1)));
  }

  @Test
  void matMul() {
    Variable a = of(Shape.of(2, 1, 2), 1, 2, 3, 4);
    Variable b = of(Shape.of(2, 2, 2), 1, 0, 0, 1, 1, 2, 3, 4);
    assertValue(MatMulOp.apply(a, b), Shape.of(2, 1, 2), 1, 2, 15, 22);
  }

  @Test
  void dropoutKeepsOrDropsByTheKey() {
    RandomKey key = new RandomKey(5, 17, 2);
    Variable x = of(Shape.of(2, 50), count(100).value().toDoubles());
    double[] actual = DropoutOp.apply(x, 0.25, key, 40).value().toDoubles();
    int[] scratch = new int[4];
    int dropped = 0;
    for (int i = 0; i < 100; i++) {
      boolean keeps = key.uniform(40 + i / 50, i % 50, scratch) < 0.75;
      dropped += keeps ? 0 : 1;
      assertEquals(keeps ? i / 0.75 : 0, actual[i], 1e-12);
    }
    assertEquals(25, dropped, 15);
    assertSame(x, DropoutOp.apply(x, 0, key, 40));
  }

  @Test
  void dropPathDependsOnTheGlobalSample() {
    RandomKey key = new RandomKey(5, 17, 2);
    double[] all = DropPathOp.factors(backend, key, 0, 64, 0.5).toDoubles();
    double[] later = DropPathOp.factors(backend, key, 32, 32, 0.5).toDoubles();
    long kept = 0;
    for (int i = 0; i < 64; i++) {
      assertEquals(key.uniform(i, 0, new int[4]) < 0.5 ? 2 : 0, all[i]);
      kept += all[i] > 0 ? 1 : 0;
      if (i >= 32) {
        assertEquals(all[i], later[i - 32]);
      }
    }
    assertEquals(32, kept, 14);
    Variable x = count(2, 1, 2);
    Tensor factors = Tensor.of(backend, Shape.of(2), 3.0, 0.5);
    assertValue(DropPathOp.apply(x, factors), Shape.of(2, 1, 2), 0, 3, 1, 1.5);
  }

  @Test
  void patches() {
    // Two channels of a 2×4 image: 0…7 and 8…15.
    assertValue(
        PatchGatherOp.apply(count(1, 2, 2, 4), 2),
        Shape.of(1, 1, 2, 8),
        0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
    assertValue(
        PatchGatherOp.apply(count(1, 1, 3, 2), 2), Shape.of(1, 2, 1, 4), 0, 1, 2, 3, 4, 5, 0, 0);
    // Sums of the first column's pixels, and differences along the diagonal, of both channels.
    Parameter weight = parameter(Shape.of(2, 2, 2, 2), 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, -1, 1, 0, 0, -1);
    Parameter bias = parameter(Shape.of(2), 0, 100);
    assertValue(
        PatchConvolutionOp.apply(count(1, 2, 2, 4), 2, weight, bias),
        Shape.of(1, 1, 2, 2),
        24, 90, 32, 90);
    // Swin's order goes down the columns of the cell [[0, 1], [2, 3]].
    assertValue(PatchMergeOp.apply(count(1, 2, 2, 1)), Shape.of(1, 1, 1, 4), 0, 2, 1, 3);
    assertValue(
        PatchMergeOp.apply(count(1, 2, 3, 1)), Shape.of(1, 1, 2, 4), 0, 3, 1, 4, 2, 5, 0, 0);
  }

  @Test
  void patchExpandingGoesAlongTheRows() {
    // Channels 0 to 7 of a token become the tokens [0, 1] and [2, 3] of a row, [4, 5] and [6, 7] of the next.
    assertValue(PatchExpandOp.apply(count(1, 1, 1, 8), 2), Shape.of(1, 2, 2, 2), 0, 1, 2, 3, 4, 5, 6, 7);
    assertValue(
        PatchExpandOp.apply(count(1, 1, 2, 4), 2), Shape.of(1, 2, 4, 1), 0, 1, 4, 5, 2, 3, 6, 7);
  }

  @Test
  void patchExpandingNormalizesOnTheWay() {
    Normalization norm =
        new Normalization(parameter(Shape.of(2), 1, 2), parameter(Shape.of(2), 10, 20), 0);
    // Rows of two numbers become −1 and 1, or what their order makes of it.
    Variable x = of(Shape.of(1, 1, 2, 8), 0, 1, 3, 2, 5, 4, 6, 7, 9, 8, 0, 2, 0, 3, 4, 0);
    assertArrayEquals(
        new double[] {9, 22, 11, 18, 11, 18, 9, 22, 11, 18, 9, 22, 9, 22, 11, 18},
        PatchExpandOp.applyNormalized(x, 2, norm).value().toDoubles(),
        ROUNDING * 100);
    assertArrayEquals(
        LayerNormOp.apply(PatchExpandOp.apply(x, 2), norm).value().toDoubles(),
        PatchExpandOp.applyNormalized(x, 2, norm).value().toDoubles());
  }

  @Test
  void channels() {
    assertValue(ChannelsFirstOp.apply(count(1, 1, 2, 3)), Shape.of(1, 3, 1, 2), 0, 3, 1, 4, 2, 5);
    assertValue(
        ChannelsFirstOp.channelsLast(count(2, 2, 1, 2)), Shape.of(2, 1, 2, 2), 0, 2, 1, 3, 4, 6, 5, 7);
    assertValue(
        RepeatChannelsOp.apply(count(2, 1, 1, 2), 3),
        Shape.of(2, 3, 1, 2),
        0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3);
  }

  @Test
  void twoSideBySideThroughALayer() {
    Parameter weight = parameter(Shape.of(2, 3), 1, 10, 100, 0, 0, 2);
    Parameter bias = parameter(Shape.of(2), 0.5f, -1);
    assertValue(
        ConcatLinearOp.apply(count(2, 2), count(2, 1), weight, bias), Shape.of(2, 2), 10.5, -1, 132.5, 1);
  }

  @Test
  void tokens() {
    Variable x = count(2, 3, 2);
    assertValue(MeanTokensOp.apply(x), Shape.of(2, 2), 2, 3, 8, 9);
    assertValue(MeanTokensOp.apply(count(1, 2, 2, 1)), Shape.of(1, 1), 1.5);
    assertValue(SelectTokenOp.apply(x, 2), Shape.of(2, 2), 4, 5, 10, 11);
    assertValue(SkipTokensOp.apply(x, 1), Shape.of(2, 2, 2), 2, 3, 4, 5, 8, 9, 10, 11);
    Parameter first = parameter(Shape.of(1, 1, 2), -1, -2);
    Parameter second = parameter(Shape.of(1, 1, 2), -3, -4);
    assertValue(
        ConcatTokensOp.apply(List.of(first, second), x),
        Shape.of(2, 5, 2),
        -1, -2, -3, -4, 0, 1, 2, 3, 4, 5, -1, -2, -3, -4, 6, 7, 8, 9, 10, 11);
  }

  @Test
  void crossEntropy() {
    Variable logits = of(Shape.of(2, 2), 0, Math.log(3), 0, Math.log(3));
    Tensor labels = Tensor.ofInts(backend, Shape.of(2), 0, 1);
    double first = Math.log(4);
    double second = Math.log(4) - Math.log(3);
    assertValue(CrossEntropyOp.apply(logits, labels, 0), Shape.of(), (first + second) / 2);
    // Smoothing 0.2 over two classes: targets 0.9 and 0.1.
    Tensor ones = Tensor.ofInts(backend, Shape.of(2), 1, 1);
    assertValue(CrossEntropyOp.apply(logits, ones, 0.2), Shape.of(), 0.1 * first + 0.9 * second);
  }
}
