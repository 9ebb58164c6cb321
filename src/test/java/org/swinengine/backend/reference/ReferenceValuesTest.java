package org.swinengine.backend.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.OptimizerKernels.AdamW;
import org.swinengine.backend.OptimizerKernels.Sgd;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;

/** The reference against worked examples and values that PyTorch computed in float64. */
@Tag("numerics")
class ReferenceValuesTest {
  private static final double EXACT = 1e-14;

  private final Backend backend = new ReferenceBackend();
  private final TestBuffers buffers = new TestBuffers(backend);

  @Test
  void geluOfOne() {
    Span y = buffers.result(1);
    backend.pointwise().unary(UnaryFunction.GELU, 1, buffers.of(1), y);
    assertEquals(0.841344746068543, buffers.read(y)[0], 5e-16);
  }

  @Test
  void layerNormIsPyTorchs() {
    Span y = buffers.result(6);
    backend
        .norm()
        .layerNorm(
            2, 3, buffers.of(1, 2, 4, -1, 0.5, 0.25), buffers.of(1, 2, -1), buffers.of(0, 0.5, 0.25), 1e-5, y,
            null, null);
    double[] expected = {
      -1.0690415314502977, -0.03452076572514906, -1.0863019143128718,
      -1.3969851740426587, 2.2779811305997475, -0.257994608742785
    };
    assertArrayEquals(expected, buffers.read(y), EXACT);
  }

  @Test
  void smoothedCrossEntropyIsPyTorchs() {
    Span logits = buffers.of(1, 2, -1, 0.5, 0, -3, 4, 100);
    Span labels = buffers.ofInts(2, 0);
    Span losses = buffers.result(2);
    Span logSumExp = buffers.result(2);
    backend.loss().crossEntropy(2, 4, logits, labels, 0.1, losses, logSumExp);
    assertArrayEquals(new double[] {3.332681898085856, 97.475}, buffers.read(losses), EXACT * 100);
    Span dLogits = buffers.result(8);
    backend.loss().crossEntropyBackward(2, 4, logits, labels, 0.1, logSumExp, buffers.of(1), 0.5, dLogits);
    double[] expected = {
      0.09960390902410057, 0.29223001879943855, -0.44732838572029193, 0.055494457896752766,
      -0.4625, -0.0125, -0.0125, 0.4875
    };
    assertArrayEquals(expected, buffers.read(dLogits), EXACT);
  }

  @Test
  void labelsBeyondTheClassesAreRefused() {
    Span two = buffers.result(2);
    Span labels = buffers.ofInts(1, 3);
    Span logits = buffers.of(0, 0, 0, 0, 0, 0);
    String sentence =
        assertThrows(
            IllegalArgumentException.class,
            () -> backend.loss().crossEntropy(2, 3, logits, labels, 0, two, two))
            .getMessage();
    assertTrue(sentence.contains("label 3 of row 1"), sentence);
  }

  @Test
  void threeClippedAdamWStepsArePyTorchs() {
    // torch.optim.AdamW(lr 0.01, betas (0.9, 0.99), eps 1e-6, weight_decay 0.1) after clip_grad_norm_(1.0).
    double[][] gradients = {{0.3, -0.2, 1.5, 0}, {-0.1, 0.4, 1, 2e-6}, {0.25, 0.05, -3, 0}};
    double[] norms = {1.5427248620541512, 1.0816653826410456, 3.0108138434649194};
    double[][] expected = {
      {0.48950005142393094, -1.238750077135698, 1.9880000102848285, 0.0},
      {0.48615188953612953, -1.2423098111438, 1.9760271920552102, -0.00421148856906651},
      {0.48129539328494014, -1.2450525724709236, 1.9716679740519787, -0.007177328234803222}
    };
    Span p = buffers.of(0.5, -1.25, 2, 0);
    Span m = buffers.of(0, 0, 0, 0);
    Span v = buffers.of(0, 0, 0, 0);
    for (int step = 0; step < 3; step++) {
      Span g = buffers.of(gradients[step]);
      Span squares = buffers.result(1);
      Span control = buffers.result(3);
      backend.reduce().sumOfSquares(4, g, squares);
      backend.optimizer().clipControl(squares, null, 0, 1.0, control);
      assertEquals(norms[step], buffers.read(control)[0], EXACT * 10);
      backend.optimizer().adamW(4, new AdamW(0.01, 0.9, 0.99, 1e-6, 0.1, step + 1), control, p, g, m, v,
          null);
      assertArrayEquals(expected[step], buffers.read(p), EXACT * 10, "step " + (step + 1));
    }
    double[] firstMoment = {
      0.01573424503073322, 0.024441767491339084, 0.06232085375715712, 1.6640990502127264e-07
    };
    double[] secondMoment = {
      0.0005241872498183806, 0.00152132398417944, 0.027655451112091334, 3.384609126456435e-14
    };
    assertArrayEquals(firstMoment, buffers.read(m), EXACT);
    assertArrayEquals(secondMoment, buffers.read(v), EXACT);
  }

  @Test
  void threeStepsOfSgdArePyTorchs() {
    // torch.optim.SGD(lr 0.1, momentum 0.9, weight_decay 0.01), plain and Nesterov's.
    double[][] gradients = {{0.3, -0.2, 1.5}, {-0.1, 0.4, 1}, {0.25, 0.05, -3}};
    double[][] plain = {
      {0.4695, -1.22875, 1.848},
      {0.4515805, -1.24839625, 1.609352},
      {0.4100013695, -1.26982947875, 1.692959448}
    };
    double[][] nesterov = {
      {0.44205, -1.209625, 1.7112},
      {0.435505105, -1.2661142125, 1.39482872},
      {0.3726850848005, -1.28913754924625, 1.768984473432}
    };
    for (double[][] expected : new double[][][] {plain, nesterov}) {
      Sgd sgd = new Sgd(0.1, 0.9, expected == nesterov, 0.01);
      Span p = buffers.of(0.5, -1.25, 2);
      Span momentum = buffers.of(0, 0, 0);
      for (int step = 0; step < 3; step++) {
        backend.optimizer().sgd(3, sgd, buffers.of(7, 1, 1), p, buffers.of(gradients[step]), momentum, null);
        assertArrayEquals(expected[step], buffers.read(p), EXACT, "step " + (step + 1));
      }
    }
  }

  @Test
  void oneAdamWStepByHand() {
    // g = 2: m = 0.2, v = 0.004; m/(1 − 0.9) = 2, √v/√(1 − 0.999) = 2; so p = 1·(1 − 0.1·0.5) − 0.1·2/2.
    Span p = buffers.of(1);
    Span m = buffers.of(0);
    Span v = buffers.of(0);
    backend
        .optimizer()
        .adamW(1, new AdamW(0.1, 0.9, 0.999, 0, 0.5, 1), buffers.of(2, 1, 1), p, buffers.of(2), m, v, null);
    assertEquals(0.85, buffers.read(p)[0], EXACT);
    assertEquals(0.2, buffers.read(m)[0], EXACT);
    assertEquals(0.004, buffers.read(v)[0], EXACT);
  }

  @Test
  void anInfiniteNormStopsTheStep() {
    Span control = buffers.result(3);
    backend.optimizer().clipControl(buffers.of(Double.NaN), null, 0, 1, control);
    assertEquals(0, buffers.read(control)[2]);
    backend.optimizer().clipControl(buffers.of(Double.POSITIVE_INFINITY), null, 0, 0, control);
    assertEquals(0, buffers.read(control)[2]);
    Span p = buffers.of(1);
    Span m = buffers.of(2);
    Span v = buffers.of(3);
    backend.optimizer().adamW(1, new AdamW(0.1, 0.9, 0.999, 0, 0.5, 1), control, p, buffers.of(5), m, v,
        null);
    assertEquals(1, buffers.read(p)[0]);
    assertEquals(2, buffers.read(m)[0]);
    assertEquals(3, buffers.read(v)[0]);
  }

  @Test
  void patchMergingOrderIsSwins() {
    Span merged = buffers.result(4);
    backend.patch().mergeGather(1, 2, 2, 1, buffers.of(0, 1, 2, 3), merged);
    assertArrayEquals(new double[] {0, 2, 1, 3}, buffers.read(merged));
    // An odd edge: the image is one row of three tokens of two channels.
    Span ragged = buffers.result(16);
    backend.patch().mergeGather(1, 1, 3, 2, buffers.of(1, 2, 3, 4, 5, 6), ragged);
    assertArrayEquals(
        new double[] {1, 2, 0, 0, 3, 4, 0, 0, 5, 6, 0, 0, 0, 0, 0, 0}, buffers.read(ragged));
  }

  @Test
  void patchRowsAreInTheOrderOfAConvolutionsWeight() {
    // Two channels of 2×4 pixels, patches of 2: channel slowest, then row, then column.
    Span rows = buffers.result(16);
    backend.patch().embedGather(
        1, 2, 2, 4, 2, buffers.of(0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17), rows);
    assertArrayEquals(
        new double[] {0, 1, 4, 5, 10, 11, 14, 15, 2, 3, 6, 7, 12, 13, 16, 17}, buffers.read(rows));
  }

  @Test
  void attentionGathersItsBiasByQueryAndKey() {
    // q = k = 0 and V the unit vectors of a window's six tokens: the result is the probabilities themselves.
    WindowGeometry geometry = new WindowGeometry(1, 2, 3, 2, 3, 0, 0, PaddingOrder.PAD_THEN_SHIFT);
    double[] table = new double[15];
    for (int i = 0; i < 15; i++) {
      table[i] = Math.log(i + 1);
    }
    Span out = buffers.result(36);
    backend
        .attention()
        .windowForward(
            geometry, AttentionForm.table(1, 6, 1, buffers.of(table), null), unitValues(6), out, null);
    double[] probabilities = buffers.read(out);
    int[] firstRow = {8, 7, 6, 3, 2, 1};
    int[] lastRow = {15, 14, 13, 10, 9, 8};
    for (int key = 0; key < 6; key++) {
      assertEquals(firstRow[key] / 27.0, probabilities[key], EXACT);
      assertEquals(lastRow[key] / 69.0, probabilities[30 + key], EXACT);
    }
  }

  @Test
  void attentionMasksOtherRegions() {
    WindowGeometry geometry = new WindowGeometry(1, 8, 8, 4, 4, 2, 2, PaddingOrder.PAD_THEN_SHIFT);
    double[] qkv = new double[64 * 48];
    for (int y = 0; y < 8; y++) {
      for (int x = 0; x < 8; x++) {
        // Where the token stands in its window once the image is rolled by (−2, −2).
        int place = (y + 6) % 8 % 4 * 4 + (x + 6) % 8 % 4;
        qkv[(y * 8 + x) * 48 + 32 + place] = 1;
      }
    }
    Span out = buffers.result(64 * 16);
    backend
        .attention()
        .windowForward(geometry, AttentionForm.plain(1, 16), buffers.of(qkv), out, null);
    double[] result = buffers.read(out);
    // First queries of the windows 1, 2 and 3: rolled places (0, 4), (4, 0), (4, 4).
    int[] imageTokens = {2 * 8 + 6, 6 * 8 + 2, 6 * 8 + 6};
    for (int key = 0; key < 16; key++) {
      boolean left = key % 4 < 2;
      boolean upper = key < 8;
      assertEquals(left ? 1 / 8.0 : 0, result[imageTokens[0] * 16 + key], EXACT, "window 1, key " + key);
      assertEquals(upper ? 1 / 8.0 : 0, result[imageTokens[1] * 16 + key], EXACT, "window 2, key " + key);
      double both = left && upper ? 1 / 4.0 : 0;
      assertEquals(both, result[imageTokens[2] * 16 + key], EXACT, "window 3, key " + key);
    }
  }

  private Span unitValues(int tokens) {
    double[] qkv = new double[tokens * 3 * tokens];
    for (int t = 0; t < tokens; t++) {
      qkv[(t * 3 + 2) * tokens + t] = 1;
    }
    return buffers.of(qkv);
  }

  @Test
  void buffersOfAnotherTypeAreRefused() {
    String sentence =
        assertThrows(
            IllegalArgumentException.class, () -> backend.memory().allocate(DType.FLOAT32, 3))
            .getMessage();
    assertTrue(sentence.contains("FLOAT64"), sentence);
    Span integers = buffers.ofInts(1, 2);
    assertThrows(
        IllegalArgumentException.class,
        () -> backend.pointwise().unary(UnaryFunction.GELU, 2, integers, buffers.result(2)));
  }

  @Test
  void readingBeyondABufferIsRefused() {
    Buffer buffer = backend.memory().allocate(DType.FLOAT64, 3);
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> backend.pointwise().unary(UnaryFunction.GELU, 4, buffer, buffer));
  }

  @Test
  void buffersThatWereGivenBackAreRefused() {
    Buffer buffer = backend.memory().allocate(DType.FLOAT64, 3);
    buffer.release();
    assertThrows(IllegalStateException.class, () -> backend.memory().fill(buffer, 3, 0));
  }
}
