package org.swinengine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;
import org.swinengine.backend.reference.ReferenceBackend;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/** Operands that do not fit: what the user reads. */
class OpErrorsTest {
  private final Backend backend = new ReferenceBackend();

  private Variable zeros(int... dims) {
    return Variable.constant(Tensor.zeros(backend, Shape.of(dims)));
  }

  private Parameter parameter(String path, int... dims) {
    Parameter parameter = OpCase.parameter(path, Shape.of(dims));
    new ParameterArena(backend, List.of(parameter), 0);
    return parameter;
  }

  private static void assertSays(String sentence, Executable operation) {
    assertEquals(sentence, assertThrows(ShapeException.class, operation).getMessage());
  }

  @Test
  void linear() {
    Parameter weight = parameter("head.weight", 4, 3);
    assertSays(
        "linear: x is [2, 5], but weight head.weight [4, 3] takes rows of 3",
        () -> LinearOp.apply(zeros(2, 5), weight, null));
    assertSays(
        "linear: bias head.bias is [3], but must be [4]",
        () -> LinearOp.apply(zeros(2, 3), weight, parameter("head.bias", 3)));
    assertSays(
        "residualLinear: the residual is [2, 3], but must be [2, 4]",
        () -> LinearOp.applyResidual(zeros(2, 3), weight, null, zeros(2, 3), null));
    assertSays(
        "residualLinear: the row scale is Tensor[4] FLOAT64 on reference, but must be [batch] with a batch"
            + " that divides the 6 rows",
        () -> LinearOp.applyResidual(
            zeros(6, 3), weight, null, zeros(6, 4), Tensor.zeros(backend, Shape.of(4))));
    Normalization norm = new Normalization(parameter("norm.weight", 4), parameter("norm.bias", 4), 1e-5);
    assertSays(
        "normalizedLinear: the norm's weight norm.weight is [4], but must be [3]",
        () -> LinearOp.applyNormalized(zeros(2, 3), norm, weight, null));
    assertSays(
        "mlp: weight fc2.weight [3, 5] takes rows of 5, but the hidden rows have 4",
        () -> MlpOp.apply(
            zeros(2, 3), null, weight, parameter("b1", 4), parameter("fc2.weight", 3, 5),
            parameter("b2", 3), null, null));
  }

  @Test
  void attention() {
    WindowGeometry geometry = new WindowGeometry(2, 8, 8, 4, 4, 0, 0, PaddingOrder.PAD_THEN_SHIFT);
    assertSays(
        "windowAttention: qkv is [2, 8, 8, 288] but 288 is not 3 × heads (5) × head dim",
        () -> WindowAttentionOp.apply(zeros(2, 8, 8, 288), geometry, 5, 1, null, null, null, null));
    assertSays(
        "windowAttention: qkv is [2, 8, 4, 12], but the window geometry is made for [2, 8, 8, …]",
        () -> WindowAttentionOp.apply(zeros(2, 8, 4, 12), geometry, 2, 1, null, null, null, null));
    assertSays(
        "windowAttention: the bias table is [48, 2], but must be [49, 2]",
        () -> WindowAttentionOp.apply(zeros(2, 8, 8, 12), geometry, 2, 1, zeros(48, 2), null, null, null));
    assertSays(
        "globalAttention: qkv is [4, 12], but must be [batch, tokens, 3·channels]",
        () -> GlobalAttentionOp.apply(zeros(4, 12), 2, 1));
    assertSays(
        "windowReverse: x is [7, 16, 2], but the window geometry is made for [8, 16, channels]",
        () -> WindowReverseOp.apply(zeros(7, 16, 2), geometry));
  }

  @Test
  void others() {
    assertSays(
        "add: the second operand is [3, 2], but must be [2, 3]", () -> AddOp.apply(zeros(2, 3), zeros(3, 2)));
    assertSays(
        "addRow: the row pos_embed is [1, 4], but must be [1, 3]",
        () -> AddRowOp.apply(zeros(2, 3), parameter("pos_embed", 1, 4)));
    assertSays(
        "matMul: a is [2, 3] and b is [2, 3], but they must be […, m, k] and […, k, n] with equal leading"
            + " axes",
        () -> MatMulOp.apply(zeros(2, 3), zeros(2, 3)));
    assertSays(
        "selectToken: token 3 is asked for, but x is [2, 3, 4] with 3 tokens",
        () -> SelectTokenOp.apply(zeros(2, 3, 4), 3));
    assertSays(
        "concatTokens: the token cls_token is [1, 1, 5], but must be [1, 1, 4]",
        () -> ConcatTokensOp.apply(List.of(parameter("cls_token", 1, 1, 5)), zeros(2, 3, 4)));
    assertSays(
        "reshape: [2, 3] has 6 elements and cannot become [4] with 4",
        () -> ReshapeOp.apply(zeros(2, 3), Shape.of(4)));
    IllegalArgumentException certain =
        assertThrows(
            IllegalArgumentException.class,
            () -> DropoutOp.apply(zeros(2, 3), 1, new RandomKey(0, 0, 0), 0));
    assertEquals(
        "dropout: the probability of dropping is 1.0, but must be at least 0 and below 1",
        certain.getMessage());
  }

  @Test
  void labels() {
    for (int label : new int[] {-1, 10}) {
      IllegalArgumentException error =
          assertThrows(
              IllegalArgumentException.class,
              () -> CrossEntropyOp.apply(
                  zeros(3, 10), Tensor.ofInts(backend, Shape.of(3), 0, 9, label), 0));
      assertEquals(
          "crossEntropy: label " + label + " of row 2 is not one of the 10 classes, 0 to 9",
          error.getMessage());
    }
    assertSays(
        "crossEntropy: the logits are [3, 10] and the labels are Tensor[2] INT32 on reference, but those must"
            + " be INT32 [3]",
        () -> CrossEntropyOp.apply(zeros(3, 10), Tensor.ofInts(backend, Shape.of(2), 0, 1), 0));
  }

  @Test
  void positionBiasAndQkvBias() {
    assertSays(
        "continuousPositionBias: the coordinates are [9, 3], but weight cpb_mlp.0.weight [5, 2] takes rows"
            + " of 2",
        () -> ContinuousPositionBiasOp.apply(
            zeros(9, 3), parameter("cpb_mlp.0.weight", 5, 2), zeros(5), zeros(3, 5)));
    assertSays(
        "continuousPositionBias: weight [3, 4] takes rows of 4, but the hidden rows have 5",
        () -> ContinuousPositionBiasOp.apply(zeros(9, 2), zeros(5, 2), zeros(5), zeros(3, 4)));
    assertSays(
        "continuousPositionBias: bias is [4], but must be [5]",
        () -> ContinuousPositionBiasOp.apply(zeros(9, 2), zeros(5, 2), zeros(4), zeros(3, 5)));
    assertSays(
        "qkvBias: the value bias attn.v_bias is [5], but must be [4]",
        () -> QkvBiasOp.of(zeros(4), parameter("attn.v_bias", 5)));
  }
}
