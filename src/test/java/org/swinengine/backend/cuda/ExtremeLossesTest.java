package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.LossKernels.ClassCost;

/** Losses of logits that no fair case has: infinite, NaN of either sign, very far apart. */
@Tag("cuda")
final class ExtremeLossesTest {
  private static final float NEGATIVE_NAN = Float.intBitsToFloat(0xffc00000);

  /** A row each; its label is 1 in the first half, 0 in the second. */
  private static final float[][] LOGITS = {
    {NEGATIVE_NAN, 1}, {Float.NaN, 1}, {Float.POSITIVE_INFINITY, 0}, {0, Float.POSITIVE_INFINITY},
    {200, 0}, {0, 200}, {Float.NEGATIVE_INFINITY, 0}, {3e38f, -3e38f}};

  /** Bits of the losses: of cross-entropy, then of focal losses. */
  private static int[] bits(Backend backend) {
    int rows = LOGITS.length;
    float[] values = new float[2 * rows];
    int[] labels = new int[rows];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(LOGITS[row], 0, values, 2 * row, 2);
      labels[row] = row < rows / 2 ? 1 : 0;
    }
    Buffer logits = backend.memory().allocate(DType.FLOAT32, values.length);
    backend.memory().upload(values, 0, logits, values.length);
    Buffer classes = backend.memory().allocate(DType.INT32, rows);
    backend.memory().upload(labels, 0, classes, rows);
    Buffer losses = backend.memory().allocate(DType.FLOAT32, rows);
    Buffer sums = backend.memory().allocate(DType.FLOAT32, rows);
    double[] gammas = {0, 0.5, 1, 1.5, 2, 3, 4};
    int[] bits = new int[rows * (1 + gammas.length)];
    backend.loss().crossEntropy(rows, 2, logits, classes, 0, losses, sums);
    add(backend, losses, bits, 0);
    for (int i = 0; i < gammas.length; i++) {
      backend.loss().weightedCrossEntropy(
          rows, 2, logits, classes, null, new ClassCost(0, gammas[i]), losses, sums, null);
      add(backend, losses, bits, rows * (1 + i));
    }
    return bits;
  }

  private static void add(Backend backend, Buffer losses, int[] bits, int at) {
    float[] values = new float[LOGITS.length];
    backend.memory().download(losses, values, 0, values.length);
    for (int i = 0; i < values.length; i++) {
      bits[at + i] = Float.floatToIntBits(values[i]); // one NaN is as good as another
    }
  }

  @Test
  void theyAreTheProcessors() {
    int[] expected;
    try (Backend processor = Backends.open("cpu", 1)) {
      expected = bits(processor);
    }
    assertTrue(Float.isNaN(Float.intBitsToFloat(expected[0])), "a NaN is no loss");
    try (Backend device = CudaBackendsForTests.open(DType.FLOAT32)) {
      assertArrayEquals(expected, bits(device));
    }
  }
}
