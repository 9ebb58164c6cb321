package org.swinengine.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.LossKernels.BinaryCost;
import org.swinengine.backend.DropoutMask;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** Every operation, with each of its optional operands and with operands shared. */
final class OpCases {
  private static final RandomKey KEY = new RandomKey(11, RandomKey.streamOf("blocks.0.drop_path"), 5);

  private OpCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    linear(cases);
    concatLinear(cases);
    mlp(cases);
    pointwise(cases);
    tokens(cases);
    losses(cases);
    pixels(cases);
    regions(cases);
    attention(cases);
    return cases;
  }

  private static void linear(List<OpCase> cases) {
    List<Shape> x = shapes(Shape.of(2, 3, 5));
    List<Shape> weightAndBias = shapes(Shape.of(4, 5), Shape.of(4));
    add(cases, "linear", x, weightAndBias, (in, p) -> LinearOp.apply(in.get(0), p.get(0), p.get(1)));
    add(
        cases, "linear without bias, convolution weight", shapes(Shape.of(2, 3, 8)),
        shapes(Shape.of(4, 2, 2, 2)),
        (in, p) -> LinearOp.apply(in.get(0), p.get(0), null));
    add(
        cases, "linear with a bias for queries and values", x,
        shapes(Shape.of(6, 5), Shape.of(2), Shape.of(2)),
        (in, p) -> LinearOp.apply(in.get(0), p.get(0), QkvBiasOp.of(p.get(1), p.get(2))));
    add(
        cases, "linear twice with one bias for queries and values", x,
        shapes(Shape.of(6, 5), Shape.of(2), Shape.of(2)),
        (in, p) -> {
          Variable bias = QkvBiasOp.of(p.get(1), p.get(2));
          return MultiplyOp.apply(
              LinearOp.apply(in.get(0), p.get(0), bias), LinearOp.apply(in.get(0), p.get(0), bias));
        });
    List<Shape> normalized = shapes(Shape.of(5), Shape.of(5), Shape.of(4, 5), Shape.of(4));
    add(
        cases, "normalizedLinear", x, normalized,
        (in, p) -> LinearOp.applyNormalized(in.get(0), norm(p, 1e-5), p.get(2), p.get(3)));
    add(
        cases, "normalizedLinear twice with one norm, bias and input", x, normalized,
        (in, p) -> {
          Variable first = LinearOp.applyNormalized(in.get(0), norm(p, 1e-5), p.get(2), p.get(3));
          Variable second = LinearOp.applyNormalized(in.get(0), norm(p, 1e-3), p.get(2), p.get(3));
          return MultiplyOp.apply(first, second);
        });
    List<Shape> two = shapes(Shape.of(2, 3, 5), Shape.of(2, 3, 4));
    add(
        cases, "residualLinear", two, weightAndBias,
        (in, p) -> LinearOp.applyResidual(in.get(0), p.get(0), p.get(1), in.get(1), null));
    add(
        cases, "residualLinear with row scale", two, weightAndBias,
        (in, p) -> LinearOp.applyResidual(in.get(0), p.get(0), p.get(1), in.get(1), scale(in.get(0))));
    add(
        cases, "residualLinear of x to x", x, shapes(Shape.of(5, 5), Shape.of(5)),
        (in, p) -> LinearOp.applyResidual(in.get(0), p.get(0), p.get(1), in.get(0), scale(in.get(0))));
    add(
        cases, "dropoutLinear", x, weightAndBias,
        (in, p) -> LinearOp.applyDropout(in.get(0), p.get(0), p.get(1), null, null, mask(3, 4)));
    add(
        cases, "dropoutLinear with row scale and residual", two, weightAndBias,
        (in, p) -> LinearOp.applyDropout(
            in.get(0), p.get(0), p.get(1), in.get(1), scale(in.get(0)), mask(3, 4)));
  }

  /** Of two samples. */
  private static DropoutMask mask(int tokens, int columns) {
    return DropoutOp.mask(Shape.of(2, tokens, columns), 0.4, KEY, 1000);
  }

  private static void concatLinear(List<OpCase> cases) {
    List<Shape> two = shapes(Shape.of(2, 3, 5), Shape.of(2, 3, 2));
    List<Shape> weightAndBias = shapes(Shape.of(4, 7), Shape.of(4));
    add(
        cases, "concatLinear", two, weightAndBias,
        (in, p) -> ConcatLinearOp.apply(in.get(0), in.get(1), p.get(0), p.get(1)));
    add(
        cases, "concatLinear of x with x, x used again", shapes(Shape.of(2, 3, 3)), shapes(Shape.of(3, 6)),
        (in, p) -> AddOp.apply(ConcatLinearOp.apply(in.get(0), in.get(0), p.get(0), null), in.get(0)));
  }

  private static void mlp(List<OpCase> cases) {
    List<Shape> x = shapes(Shape.of(2, 3, 5));
    List<Shape> plain = shapes(Shape.of(7, 5), Shape.of(7), Shape.of(5, 7), Shape.of(5));
    List<Shape> normed =
        shapes(Shape.of(5), Shape.of(5), Shape.of(7, 5), Shape.of(7), Shape.of(5, 7), Shape.of(5));
    add(
        cases, "mlp", x, plain,
        (in, p) -> MlpOp.apply(in.get(0), null, p.get(0), p.get(1), p.get(2), p.get(3), null, null));
    add(
        cases, "mlp with residual x", x, plain,
        (in, p) -> MlpOp.apply(in.get(0), null, p.get(0), p.get(1), p.get(2), p.get(3), in.get(0), null));
    add(
        cases, "mlp with norm, row scale and residual x", x, normed,
        (in, p) -> MlpOp.apply(
            in.get(0), norm(p, 1e-5), p.get(2), p.get(3), p.get(4), p.get(5), in.get(0),
            scale(in.get(0))));
    add(
        cases, "mlp with norm and residual x, x used again", x, normed,
        (in, p) -> AddOp.apply(
            in.get(0),
            MlpOp.apply(
                in.get(0), norm(p, 1e-5), p.get(2), p.get(3), p.get(4), p.get(5), in.get(0), null)));
    add(
        cases, "mlp with norm and another residual", shapes(Shape.of(2, 3, 5), Shape.of(2, 3, 5)), normed,
        (in, p) -> MlpOp.apply(
            in.get(0), norm(p, 1e-5), p.get(2), p.get(3), p.get(4), p.get(5), in.get(1),
            scale(in.get(0))));
    add(
        cases, "mlp with dropout, norm, row scale and residual x", x, normed,
        (in, p) -> MlpOp.apply(
            in.get(0), norm(p, 1e-5), p.get(2), p.get(3), p.get(4), p.get(5), in.get(0),
            scale(in.get(0)), mask(3, 7), mask(3, 5)));
    add(
        cases, "mlp with dropout of the hidden rows", x, plain,
        (in, p) -> MlpOp.apply(
            in.get(0), null, p.get(0), p.get(1), p.get(2), p.get(3), null, null, mask(3, 7), null));
  }

  private static void pointwise(List<OpCase> cases) {
    List<Shape> one = shapes(Shape.of(3, 4));
    List<Shape> two = shapes(Shape.of(3, 4), Shape.of(3, 4));
    List<Shape> none = List.of();
    add(
        cases, "layerNorm", shapes(Shape.of(2, 3, 6)), shapes(Shape.of(6), Shape.of(6)),
        (in, p) -> LayerNormOp.apply(in.get(0), norm(p, 1e-6)));
    for (UnaryFunction f : UnaryFunction.values()) {
      add(cases, f.label(), one, none, (in, p) -> UnaryOp.apply(f, in.get(0)));
    }
    add(cases, "add", two, none, (in, p) -> AddOp.apply(in.get(0), in.get(1)));
    add(cases, "add x to x", one, none, (in, p) -> AddOp.apply(in.get(0), in.get(0)));
    add(cases, "add a parameter", one, one, (in, p) -> AddOp.apply(in.get(0), p.get(0)));
    add(cases, "multiply", two, none, (in, p) -> MultiplyOp.apply(in.get(0), in.get(1)));
    add(cases, "multiply x by x", one, none, (in, p) -> MultiplyOp.apply(in.get(0), in.get(0)));
    add(cases, "multiply by a parameter", one, one, (in, p) -> MultiplyOp.apply(in.get(0), p.get(0)));
    add(cases, "scale", one, none, (in, p) -> ScaleOp.apply(in.get(0), -1.5));
    add(
        cases, "addRow", shapes(Shape.of(3, 2, 4)), shapes(Shape.of(1, 2, 4)),
        (in, p) -> AddRowOp.apply(in.get(0), p.get(0)));
    add(
        cases, "multiplyRow", shapes(Shape.of(3, 2, 4)), shapes(Shape.of(4)),
        (in, p) -> MultiplyRowOp.apply(in.get(0), p.get(0)));
    add(cases, "tanh", shapes(Shape.of(3, 4)), none, (in, p) -> TanhOp.apply(in.get(0)));
    add(cases, "logitScale", shapes(Shape.of(3, 1, 1)), none, (in, p) -> LogitScaleOp.apply(in.get(0)));
    add(
        cases, "logitScale on both sides of the bound", shapes(Shape.of(4)), none,
        (in, p) -> LogitScaleOp.apply(ScaleOp.apply(in.get(0), 20)));
    add(
        cases, "continuousPositionBias", shapes(Shape.of(9, 2)),
        shapes(Shape.of(7, 2), Shape.of(7), Shape.of(3, 7)),
        (in, p) -> ContinuousPositionBiasOp.apply(in.get(0), p.get(0), p.get(1), p.get(2)));
    add(
        cases, "continuousPositionBias twice", shapes(Shape.of(5, 2)),
        shapes(Shape.of(4, 2), Shape.of(4), Shape.of(2, 4)),
        (in, p) -> MultiplyOp.apply(
            ContinuousPositionBiasOp.apply(in.get(0), p.get(0), p.get(1), p.get(2)),
            ContinuousPositionBiasOp.apply(in.get(0), p.get(0), p.get(1), p.get(2))));
    add(cases, "sum", one, none, (in, p) -> SumOp.apply(in.get(0)));
    add(
        cases, "reshape", one, none,
        (in, p) -> MultiplyOp.apply(ReshapeOp.apply(in.get(0), Shape.of(2, 6)),
            ReshapeOp.apply(UnaryOp.apply(UnaryFunction.GELU, in.get(0)), Shape.of(2, 6))));
    add(
        cases, "matMul", shapes(Shape.of(3, 4), Shape.of(4, 5)), none,
        (in, p) -> MatMulOp.apply(in.get(0), in.get(1)));
    add(
        cases, "matMul in batches", shapes(Shape.of(2, 2, 3, 4), Shape.of(2, 2, 4, 5)), none,
        (in, p) -> MatMulOp.apply(in.get(0), in.get(1)));
    add(
        cases, "matMul of x with x", shapes(Shape.of(2, 3, 3)), none,
        (in, p) -> MatMulOp.apply(in.get(0), in.get(0)));
    add(
        cases, "dropout", shapes(Shape.of(3, 7)), none,
        (in, p) -> DropoutOp.apply(in.get(0), 0.4, KEY, 1000));
    add(
        cases, "dropPath", shapes(Shape.of(5, 2, 2)), none,
        (in, p) -> DropPathOp.apply(in.get(0), DropPathOp.factors(in.get(0).backend(), KEY, 3, 5, 0.4)));
  }

  private static void tokens(List<OpCase> cases) {
    List<Shape> none = List.of();
    List<Shape> sequence = shapes(Shape.of(2, 3, 4));
    add(
        cases, "patchGather", shapes(Shape.of(2, 3, 4, 6)), none,
        (in, p) -> PatchGatherOp.apply(in.get(0), 2));
    add(
        cases, "patchGather beyond the edge", shapes(Shape.of(1, 2, 5, 4)), none,
        (in, p) -> PatchGatherOp.apply(in.get(0), 3));
    add(
        cases, "patchConvolution", shapes(Shape.of(2, 3, 4, 6)), shapes(Shape.of(5, 3, 2, 2), Shape.of(5)),
        (in, p) -> PatchConvolutionOp.apply(in.get(0), 2, p.get(0), p.get(1)));
    add(
        cases, "patchConvolution beyond the edge, without bias", shapes(Shape.of(1, 2, 5, 4)),
        shapes(Shape.of(3, 2, 3, 3)),
        (in, p) -> PatchConvolutionOp.apply(in.get(0), 3, p.get(0), null));
    add(cases, "patchMerge", shapes(Shape.of(2, 4, 2, 3)), none, (in, p) -> PatchMergeOp.apply(in.get(0)));
    add(
        cases, "patchMerge beyond the edge", shapes(Shape.of(1, 3, 5, 2)), none,
        (in, p) -> PatchMergeOp.apply(in.get(0)));
    add(
        cases, "patchExpand", shapes(Shape.of(2, 2, 3, 8)), none,
        (in, p) -> PatchExpandOp.apply(in.get(0), 2));
    add(
        cases, "patchExpand with norm", shapes(Shape.of(2, 2, 3, 24)), shapes(Shape.of(6), Shape.of(6)),
        (in, p) -> PatchExpandOp.applyNormalized(in.get(0), 2, norm(p, 1e-6)));
    add(
        cases, "channelsFirst", shapes(Shape.of(2, 2, 3, 4)), none,
        (in, p) -> ChannelsFirstOp.apply(in.get(0)));
    add(
        cases, "channelsLast", shapes(Shape.of(2, 4, 2, 3)), none,
        (in, p) -> ChannelsFirstOp.channelsLast(in.get(0)));
    add(
        cases, "repeatChannels", shapes(Shape.of(2, 1, 2, 3)), none,
        (in, p) -> RepeatChannelsOp.apply(in.get(0), 3));
    add(
        cases, "meanTokens of an image", shapes(Shape.of(2, 3, 2, 4)), none,
        (in, p) -> MeanTokensOp.apply(in.get(0)));
    add(cases, "selectToken", sequence, none, (in, p) -> SelectTokenOp.apply(in.get(0), 1));
    add(cases, "skipTokens", sequence, none, (in, p) -> SkipTokensOp.apply(in.get(0), 1));
    add(
        cases, "concatTokens", sequence, shapes(Shape.of(1, 1, 4), Shape.of(1, 1, 4)),
        (in, p) -> ConcatTokensOp.apply(p, in.get(0)));
    add(
        cases, "cyclicShift", shapes(Shape.of(2, 3, 4, 2)), none,
        (in, p) -> CyclicShiftOp.apply(in.get(0), -1, 2));
    WindowGeometry padded = new WindowGeometry(2, 3, 4, 2, 3, 1, 1, PaddingOrder.PAD_THEN_SHIFT);
    add(
        cases, "windowPartition", shapes(Shape.of(2, 3, 4, 2)), none,
        (in, p) -> WindowPartitionOp.apply(in.get(0), padded));
    add(
        cases, "windowReverse", shapes(Shape.of(8, 6, 2)), none,
        (in, p) -> WindowReverseOp.apply(in.get(0), padded));
    for (double smoothing : new double[] {0, 0.1}) {
      add(
          cases, "crossEntropy, smoothing " + smoothing, shapes(Shape.of(3, 5)), none,
          (in, p) -> CrossEntropyOp.apply(
              in.get(0), Tensor.ofInts(in.get(0).backend(), Shape.of(3), 4, 0, 2), smoothing));
    }
  }

  private static void losses(List<OpCase> cases) {
    List<Shape> logits = shapes(Shape.of(3, 4));
    List<Shape> none = List.of();
    add(
        cases, "softCrossEntropy", logits, none,
        (in, p) -> SoftCrossEntropyOp.apply(in.get(0), shares(in.get(0))));
    add(
        cases, "softCrossEntropy of rows", logits, none,
        (in, p) -> SoftCrossEntropyOp.rows(in.get(0), shares(in.get(0))));
    for (double smoothing : new double[] {0, 0.1}) {
      add(
          cases, "weightedCrossEntropy, smoothing " + smoothing, logits, none,
          (in, p) -> WeightedCrossEntropyOp.apply(
              in.get(0), labels(in.get(0)), weights(in.get(0)), smoothing));
    }
    add(
        cases, "weightedCrossEntropy of rows", logits, none,
        (in, p) -> WeightedCrossEntropyOp.rows(in.get(0), labels(in.get(0)), null, 0.1, 1.5));
    add(
        cases, "focal", logits, none,
        (in, p) -> WeightedCrossEntropyOp.focal(in.get(0), labels(in.get(0)), weights(in.get(0)), 2));
    add(
        cases, "focal, gamma below 1", logits, none,
        (in, p) -> WeightedCrossEntropyOp.focal(in.get(0), labels(in.get(0)), null, 0.5));
    add(
        cases, "binaryCrossEntropy", logits, none,
        (in, p) -> BinaryCrossEntropyOp.apply(in.get(0), shares(in.get(0)), weights(in.get(0))));
    add(
        cases, "binaryCrossEntropy, sum of classes", logits, none,
        (in, p) -> BinaryCrossEntropyOp.sumOfClasses(in.get(0), shares(in.get(0)), null));
    add(
        cases, "binaryCrossEntropy of rows", logits, none,
        (in, p) -> BinaryCrossEntropyOp.rows(
            in.get(0), shares(in.get(0)), weights(in.get(0)), new BinaryCost(0.3, 2.5)));
    add(
        cases, "binary focal", logits, none,
        (in, p) -> BinaryCrossEntropyOp.focal(in.get(0), shares(in.get(0)), 0.25, 2));
    add(
        cases, "distillation, soft", logits, none,
        (in, p) -> DistillationOp.soft(in.get(0), shares(in.get(0)), 2));
    add(
        cases, "distillation, hard, combined", logits, none,
        (in, p) -> DistillationOp.combined(
            CrossEntropyOp.apply(in.get(0), labels(in.get(0)), 0),
            DistillationOp.hard(in.get(0), shares(in.get(0))), 0.4));
  }

  private static Tensor labels(Variable logits) {
    return Tensor.ofInts(logits.backend(), Shape.of(3), 3, 0, 2);
  }

  private static Tensor weights(Variable logits) {
    return Tensor.of(logits.backend(), Shape.of(4), 0.5, 2.0, 1.25, 3.0);
  }

  private static Tensor shares(Variable logits) {
    return Tensor.of(
        logits.backend(), Shape.of(3, 4), 0.5, 0.25, 0.125, 0.125, 0, 1, 0, 0, 0.75, 0, 0, 0.5);
  }

  private static void pixels(List<OpCase> cases) {
    add(
        cases, "weightedCrossEntropy of pixels", shapes(Shape.of(2, 4, 2, 2)), List.of(),
        (in, p) -> WeightedCrossEntropyOp.apply(
            in.get(0),
            Tensor.ofInts(in.get(0).backend(), Shape.of(2, 2, 2), 2, 0, 1, 1, 0, 0, 3, 1),
            weights(in.get(0)), 0.1));
    add(
        cases, "crossEntropy of pixels", shapes(Shape.of(2, 3, 2, 2)), List.of(),
        (in, p) -> CrossEntropyOp.apply(
            in.get(0),
            Tensor.ofInts(in.get(0).backend(), Shape.of(2, 2, 2), 2, 0, 1, 1, 0, 0, 2, 1),
            0.1));
  }

  private static void attention(List<OpCase> cases) {
    WindowGeometry shifted = new WindowGeometry(2, 4, 6, 2, 3, 1, 1, PaddingOrder.PAD_THEN_SHIFT);
    add(
        cases, "windowAttention, shifted, bias table", shapes(Shape.of(2, 4, 6, 12)),
        shapes(Shape.of(shifted.biasTableRows(), 2)),
        (in, p) -> WindowAttentionOp.apply(in.get(0), shifted, 2, 0.7, p.get(0), null, null, null));
    for (PaddingOrder order : PaddingOrder.values()) {
      WindowGeometry padded = new WindowGeometry(1, 5, 4, 3, 3, 1, 1, order);
      add(
          cases, "windowAttention of a linear layer, padded, " + order, shapes(Shape.of(1, 5, 4, 6)),
          shapes(Shape.of(padded.biasTableRows(), 2), Shape.of(12, 6), Shape.of(12)),
          (in, p) -> {
            Variable qkv = LinearOp.apply(in.get(0), p.get(1), p.get(2));
            return WindowAttentionOp.apply(qkv, padded, 2, 0.7, p.get(0), null, null, p.get(2));
          });
    }
    WindowGeometry plain = new WindowGeometry(2, 2, 4, 2, 2, 0, 0, PaddingOrder.SHIFT_THEN_PAD);
    add(
        cases, "windowAttention, cosine, bias matrix",
        shapes(Shape.of(2, 2, 4, 12), Shape.of(2, 4, 4), Shape.of(2)), List.of(),
        (in, p) -> WindowAttentionOp.apply(in.get(0), plain, 2, 1, null, in.get(1), in.get(2), null));
    for (PaddingOrder order : PaddingOrder.values()) {
      WindowGeometry padded = new WindowGeometry(1, 5, 4, 3, 3, 1, 1, order);
      add(
          cases, "windowAttention of Swin V2, padded, " + order, shapes(Shape.of(1, 5, 4, 6)),
          shapes(
              Shape.of(padded.biasTableRows(), 2), Shape.of(12, 6), Shape.of(4), Shape.of(4),
              Shape.of(2, 1, 1)),
          (in, p) -> {
            // Without a bias a padded token's key is zero, and its direction has no derivative.
            Variable bias = AddOp.apply(QkvBiasOp.of(p.get(2), p.get(3)), constant(in.get(0), 12));
            Variable qkv = LinearOp.apply(in.get(0), p.get(1), bias);
            return WindowAttentionOp.apply(
                qkv, padded, 2, 1, p.get(0), null, LogitScaleOp.apply(p.get(4)), bias);
          });
    }
    add(
        cases, "globalAttention", shapes(Shape.of(2, 5, 12)), List.of(),
        (in, p) -> GlobalAttentionOp.apply(in.get(0), 2, 0.7));
  }

  private static void regions(List<OpCase> cases) {
    List<Shape> logits = shapes(Shape.of(2, 3, 2, 4));
    int[] labels = {0, 1, 2, 2, 1, 1, 0, 0, 2, 2, 2, 1, 0, 1, 1, 1};
    for (Integer ignored : new Integer[] {null, 2}) {
      String name = ignored == null ? "" : " with ignored pixels";
      add(
          cases, "dice" + name, logits, List.of(),
          (in, p) -> RegionLossOp.dice(
              in.get(0), PixelTarget.of(in.get(0).backend(), labels, 2, 3, 2, 4, ignored), 1e-5));
      add(
          cases, "tversky" + name, logits, List.of(),
          (in, p) -> RegionLossOp.tversky(
              in.get(0), PixelTarget.of(in.get(0).backend(), labels, 2, 3, 2, 4, ignored), 0.3, 0.7, 1));
    }
    int[] sets = {0, 1, 3, 7, -1, 2, 4, 6, 5, 0, 1, 1, 3, -1, 2, 0};
    for (boolean each : new boolean[] {false, true}) {
      String name = " of overlapping classes" + (each ? " of each picture" : "");
      add(
          cases, "dice" + name, logits, List.of(),
          (in, p) -> RegionLossOp
              .dice(in.get(0), PixelTarget.ofSets(in.get(0).backend(), sets, 2, 3, 2, 4, each), 1e-5));
      add(
          cases, "tversky" + name, logits, List.of(),
          (in, p) -> RegionLossOp.tversky(
              in.get(0), PixelTarget.ofSets(in.get(0).backend(), sets, 2, 3, 2, 4, each), 0.3, 0.7, 1));
    }
    float[] distances = new float[48];
    for (int i = 0; i < distances.length; i++) {
      distances[i] = i % 7 - 3.25f;
    }
    add(
        cases, "boundary", logits, List.of(),
        (in, p) -> RegionLossOp.boundary(
            in.get(0), Tensor.of(in.get(0).backend(), in.get(0).shape(), distances)));
  }

  private static void add(
      List<OpCase> cases, String name, List<Shape> inputs, List<Shape> parameters, OpCase.Function function) {
    cases.add(new OpCase(name, inputs, parameters, function));
  }

  private static List<Shape> shapes(Shape... shapes) {
    return Arrays.asList(shapes);
  }

  private static Normalization norm(List<Parameter> parameters, double epsilon) {
    return new Normalization(parameters.get(0), parameters.get(1), epsilon);
  }

  private static Variable constant(Variable like, int n) {
    return Variable.constant(OpCase.random(like.backend(), Shape.of(n), "constant"));
  }

  private static Tensor scale(Variable x) {
    return Tensor.of(x.backend(), Shape.of(2), 0.5, 2);
  }
}
