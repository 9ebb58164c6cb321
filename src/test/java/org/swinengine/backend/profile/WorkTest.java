package org.swinengine.backend.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.AttentionKernels.FormGradients;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.LossKernels.BinaryCost;
import org.swinengine.backend.LossKernels.ClassCost;
import org.swinengine.backend.OptimizerKernels.AdamW;
import org.swinengine.backend.OptimizerKernels.Lamb;
import org.swinengine.backend.OptimizerKernels.Sgd;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.Span;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;

/**
 * Operations and bytes of calls that are small enough to count by hand; 4 bytes an element unless said
 * otherwise.
 */
class WorkTest {
  private static final Span F = span(DType.FLOAT32);
  private static final Span HALF = span(DType.BF16);
  private static final Span DOUBLE = span(DType.FLOAT64);
  private static final Span INT = span(DType.INT32);

  private record Weight(int outFeatures, int inFeatures) implements PreparedWeight {
    @Override
    public void invalidate() {}
  }

  private Work told;

  private static Span span(DType type) {
    return new Buffer(type, 1) {
      @Override
      protected void recycle() {}
    };
  }

  private void assertTold(String kind, double flop, double bytes) {
    assertEquals(new Work(kind, flop, bytes), told);
  }

  @Test
  void linear() {
    MatrixWork matrix = new MatrixWork(work -> told = work);
    Prologue norm = Prologue.layerNorm(F, F, 1e-5, null, null);
    // x 40, W 24, gamma and beta 4 each, y 60, bias 6, residual 60.
    matrix.linear(10, F, new Weight(6, 4), norm, Epilogue.biasResidual(F, null, 1, F), F);
    assertTold("linear 10x4->6 +LN +residual", 480, 4 * (40 + 24 + 8 + 60 + 6 + 60));
    // Statistics 10 each, pre-activation 60.
    Prologue kept = Prologue.layerNorm(F, F, 1e-5, F, F);
    matrix.linear(10, F, new Weight(6, 4), kept, Epilogue.biasGelu(F, F), F);
    assertTold("linear 10x4->6 +LN +GELU", 480, 4 * (40 + 24 + 8 + 20 + 60 + 6 + 60));
    // Factors of five samples of two rows; activations of 2 bytes.
    Epilogue dropped = Epilogue.biasResidual(F, F, 2, HALF);
    matrix.linear(10, HALF, new Weight(6, 4), Prologue.NONE, dropped, HALF);
    assertTold("linear 10x4->6 +residual", 480, 2 * (40 + 24 + 60 + 60) + 4 * (6 + 5));
  }

  @Test
  void linearBackward() {
    MatrixWork matrix = new MatrixWork(work -> told = work);
    matrix.linearBackwardInput(10, F, new Weight(6, 4), Epilogue.timesGeluGradient(F), F);
    assertTold("linearBackwardInput 10x6->4 *GELU'", 480, 4 * (60 + 24 + 40 + 40));
    matrix.linearBackwardInput(10, F, new Weight(6, 4), Epilogue.ACCUMULATE, F);
    assertTold("linearBackwardInput 10x6->4", 480, 4 * (60 + 24 + 2 * 40));
    matrix.linearBackwardWeight(10, F, Prologue.GELU, F, 6, 4, F, F, true);
    assertTold("linearBackwardWeight 6x10->4 of GELU", 480, 4 * (40 + 60 + 2 * 24 + 2 * 6));
    matrix.linearBackwardWeight(10, F, Prologue.NONE, F, 6, 4, F, null, false);
    assertTold("linearBackwardWeight 6x10->4", 480, 4 * (40 + 60 + 24));
  }

  /** A pair takes the work of the product with the tensor that would hold both. */
  @Test
  void linearOfPair() {
    MatrixWork matrix = new MatrixWork(work -> told = work);
    Weight weight = new Weight(6, 4);
    matrix.linear(10, HALF, weight, Prologue.NONE, Epilogue.bias(F), HALF);
    Work whole = told;
    matrix.linearOfPair(10, 2, HALF, HALF, weight, F, HALF);
    assertTold("linearOfPair 10x(2+2)->6", whole.flop(), whole.bytes());
    matrix.linearBackwardInput(10, HALF, weight, Epilogue.NONE, HALF);
    whole = told;
    matrix.linearOfPairBackwardInput(10, 2, HALF, weight, HALF, false, HALF, false);
    assertTold("linearOfPairBackwardInput 10x6->(2+2)", whole.flop(), whole.bytes());
    matrix.linearBackwardInput(10, HALF, weight, Epilogue.ACCUMULATE, HALF);
    whole = told;
    matrix.linearOfPairBackwardInput(10, 2, HALF, weight, HALF, true, HALF, true);
    assertTold("linearOfPairBackwardInput 10x6->(2+2)", whole.flop(), whole.bytes());
    // Half of the weight, and the one gradient that is wanted.
    matrix.linearOfPairBackwardInput(10, 2, HALF, weight, null, false, HALF, true);
    assertTold("linearOfPairBackwardInput 10x6->(2+2)", 240, 2 * (60 + 12 + 2 * 20));
    for (boolean accumulate : new boolean[] {false, true}) {
      matrix.linearBackwardWeight(10, HALF, Prologue.NONE, HALF, 6, 4, F, F, accumulate);
      whole = told;
      matrix.linearOfPairBackwardWeight(10, 2, HALF, HALF, HALF, 6, F, F, accumulate);
      assertTold("linearOfPairBackwardWeight 6x10->(2+2)", whole.flop(), whole.bytes());
    }
  }

  @Test
  void mlpAndGeneralProduct() {
    MatrixWork matrix = new MatrixWork(work -> told = work);
    Epilogue epilogue = Epilogue.biasResidual(F, null, 1, F);
    matrix.mlp(10, F, Prologue.NONE, new Weight(8, 4), F, null, new Weight(4, 8), epilogue, F);
    assertTold("mlp 10x4->8->4 +GELU +residual", 1280, 4 * (40 + 32 + 32 + 8 + 40 + 4 + 40));
    matrix.mlp(10, F, Prologue.NONE, new Weight(8, 4), F, F, new Weight(4, 8), epilogue, F);
    assertTold("mlp 10x4->8->4 +GELU +residual", 1280, 4 * (40 + 32 + 32 + 8 + 80 + 40 + 4 + 40));
    // Three products of 2x4 and 4x3 that share A and add to C.
    matrix.gemm(new Gemm(false, false, 2, 3, 4, 1, 1, 4, 3, 3, 3, 0, 12, 6), F, F, F);
    assertTold("gemm 2x4->3 of 3", 144, 4 * (8 + 36 + 2 * 18));
    matrix.gemm(Gemm.dense(false, false, 2, 3, 4), DOUBLE, DOUBLE, DOUBLE);
    assertTold("gemm 2x4->3", 48, 8 * (8 + 12 + 6));
  }

  /** Two images of 5x6 tokens make four padded windows of 4x4 each; three heads of eight channels. */
  @Test
  void windowAttention() {
    AttentionWork attention = new AttentionWork(work -> told = work);
    WindowGeometry geometry = new WindowGeometry(2, 5, 6, 4, 4, 2, 2, PaddingOrder.PAD_THEN_SHIFT);
    AttentionForm form = AttentionForm.table(3, 8, 1, F, F);
    double product = 2.0 * 8 * 3 * 16 * 16 * 8;
    double tokens = 2 * 5 * 6 * 24;
    double statistics = 8 * 3 * 16 * 2;
    double operands = 49 * 3 + 72;
    attention.windowForward(geometry, form, F, F, F);
    assertTold("windowForward 4x4 heads 3 dim 8", 2 * product, 4 * (4 * tokens + statistics + operands));
    FormGradients gradients = new FormGradients(F, null, null, F);
    attention.windowBackward(geometry, form, F, F, F, F, gradients);
    assertTold("windowBackward 4x4 heads 3 dim 8", 5 * product, 4 * (7 * tokens + statistics + 2 * operands));
    WindowGeometry whole = new WindowGeometry(1, 4, 4, 4, 4, 0, 0, PaddingOrder.PAD_THEN_SHIFT);
    attention.windowForward(whole, new AttentionForm(3, 8, 1, null, F, F, F), F, F, null);
    assertTold("windowForward 4x4 heads 3 dim 8", 4 * 3 * 256 * 8, 4 * (4 * 16 * 24 + 3 * 256 + 3));
  }

  @Test
  void globalAttention() {
    AttentionWork attention = new AttentionWork(work -> told = work);
    attention.globalForward(2, 5, AttentionForm.plain(2, 4), F, F, null);
    assertTold("globalForward 2x5 heads 2 dim 4", 1600, 4 * (240 + 80));
    attention.globalBackward(2, 5, AttentionForm.plain(2, 4), F, F, F, F, F);
    assertTold("globalBackward 2x5 heads 2 dim 4", 4000, 4 * (240 + 80 + 40 + 80 + 240));
  }

  @Test
  void norm() {
    NormWork norm = new NormWork(work -> told = work);
    norm.layerNorm(10, 4, F, F, F, 1e-5, F, F, F);
    assertTold("layerNorm 10x4", 320, 4 * (40 + 40 + 4 + 4 + 10 + 10));
    norm.layerNormBackward(10, 4, F, F, F, F, F, F, true, null, null, false);
    assertTold("layerNormBackward 10x4", 400, 4 * (40 + 40 + 10 + 10 + 4 + 2 * 40));
    norm.layerNormBackward(10, 4, F, F, F, F, F, null, false, F, F, true);
    assertTold("layerNormBackward 10x4", 120, 4 * (40 + 40 + 10 + 10 + 4 + 4 * 4));
  }

  @Test
  void movesOfPixelsAndTokens() {
    PatchWork patch = new PatchWork(work -> told = work);
    patch.embedGather(1, 3, 5, 6, 4, F, F);
    assertTold("embedGather 1x3x5x6 by 4", 0, 4 * (90 + 4 * 48));
    patch.mergeScatter(2, 5, 4, 3, F, F);
    assertTold("mergeScatter 2x5x4x3", 0, 4 * (120 + 2 * 3 * 2 * 12));
    patch.exchange(2, 3, 4, 5, F, F);
    assertTold("exchange 2x3x4x5", 0, 4 * 240);
    WindowWork window = new WindowWork(work -> told = work);
    window.partition(new WindowGeometry(2, 5, 6, 4, 4, 0, 0, PaddingOrder.PAD_THEN_SHIFT), 3, F, F);
    assertTold("partition 2x5x6x3", 0, 4 * (2 * 30 * 3 + 2 * 64 * 3));
  }

  @Test
  void elementsAndSums() {
    PointwiseWork pointwise = new PointwiseWork(work -> told = work);
    pointwise.add(10, F, F, F);
    assertTold("add 10", 10, 120);
    pointwise.unaryBackward(UnaryFunction.GELU, 10, F, F, F);
    assertTold("geluBackward 10", 50, 120);
    pointwise.addRow(5, 2, HALF, F, HALF);
    assertTold("addRow 5x2", 10, 2 * 20 + 4 * 2);
    pointwise.scaleRows(5, 2, F, F, F);
    assertTold("scaleRows 5x2", 10, 4 * 25);
    ReduceWork reduce = new ReduceWork(work -> told = work);
    reduce.sumRows(5, 2, F, F, true);
    assertTold("sumRows 5x2", 10, 4 * (10 + 4));
    reduce.meanTokensBackward(2, 5, 3, F, F);
    assertTold("meanTokensBackward 2x5x3", 30, 4 * (30 + 6));
  }

  @Test
  void lossOptimizerRandomMemory() {
    LossWork loss = new LossWork(work -> told = work);
    loss.crossEntropy(2, 5, HALF, INT, 0, F, F);
    assertTold("crossEntropy 2x5", 40, 2 * 10 + 4 * (2 + 2 + 2));
    loss.crossEntropyBackward(2, 5, F, INT, 0, F, F, 1, F);
    assertTold("crossEntropyBackward 2x5", 40, 4 * (10 + 2 + 2 + 1 + 10));
    OptimizerWork optimizer = new OptimizerWork(work -> told = work);
    optimizer.adamW(100, new AdamW(0, 0.9, 0.999, 1e-8, 0, 1), F, F, F, F, F, null);
    assertTold("adamW", 1500, 4 * (3 + 7 * 100));
    optimizer.sgd(100, new Sgd(0, 0, false, 0), F, F, F, null, null);
    assertTold("sgd", 500, 4 * (3 + 3 * 100));
    optimizer.lambDirection(100, new Lamb(0.9, 0.999, 1e-6, 0, 1, true, true), F, F, F, F, F);
    assertTold("lambDirection", 1400, 4 * (3 + 7 * 100));
    optimizer.trustStep(2, INT, 100, 0, false, F, F, F, F, F, null);
    assertTold("trustStep", 200, 4 * (3 + 3 + 2 + 2 + 3 * 100));
    optimizer.stretchSquares(2, INT, 100, F, F);
    assertTold("stretchSquares", 200, 4 * (3 + 100 + 2));
    optimizer.adaptiveClip(2, INT, 100, 0, 0, F, F, F);
    assertTold("adaptiveClip", 100, 4 * (3 + 2 + 2 + 2 * 100));
    optimizer.clipValue(100, 1, F);
    assertTold("clipValue", 200, 4 * 200);
    loss.softCrossEntropy(2, 5, HALF, F, F, F);
    assertTold("softCrossEntropy 2x5", 60, 2 * 10 + 4 * (10 + 2 + 2));
    loss.softCrossEntropyBackward(2, 5, HALF, F, F, F, HALF);
    assertTold("softCrossEntropyBackward 2x5", 60, 2 * 10 + 4 * (10 + 2 + 2) + 2 * 10);
    loss.weightedCrossEntropy(2, 5, F, INT, null, new ClassCost(0, 2), F, F, F);
    assertTold("weightedCrossEntropy 2x5", 40, 4 * (10 + 2 + 2 + 2 + 2));
    loss.weightedCrossEntropyBackward(2, 5, F, INT, F, new ClassCost(0, 2), F, F, F);
    assertTold("weightedCrossEntropyBackward 2x5", 50, 4 * (10 + 2 + 5 + 2 + 2 + 10));
    loss.binaryCrossEntropy(2, 5, F, F, null, BinaryCost.PLAIN, F);
    assertTold("binaryCrossEntropy 2x5", 60, 4 * (10 + 10 + 2));
    loss.binaryCrossEntropyBackward(2, 5, F, F, F, BinaryCost.PLAIN, F, F);
    assertTold("binaryCrossEntropyBackward 2x5", 60, 4 * (10 + 10 + 5 + 2 + 10));
    new RandomWork(work -> told = work).dropPathScale(new RandomKey(1, 2, 3), 0, 8, 0.9, F);
    assertTold("dropPathScales", 0, 32);
    MemoryWork memory = new MemoryWork(work -> told = work);
    memory.copy(HALF, F, 10);
    assertTold("copy", 0, 60);
    memory.download(F, new double[10], 0, 10);
    assertTold("download", 0, 120);
  }
}
