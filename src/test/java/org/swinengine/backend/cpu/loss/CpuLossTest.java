package org.swinengine.backend.cpu.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.swinengine.backend.cpu.CpuVariants.agreed;
import static org.swinengine.backend.cpu.CpuVariants.assertClose;
import static org.swinengine.backend.cpu.CpuVariants.floats;
import static org.swinengine.backend.cpu.CpuVariants.ints;
import static org.swinengine.backend.cpu.CpuVariants.random;
import static org.swinengine.backend.cpu.CpuVariants.read;
import static org.swinengine.backend.cpu.CpuVariants.result;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.CpuBackend;

@Tag("numerics")
class CpuLossTest {
  @ParameterizedTest
  @CsvSource({"1, 1, 0", "1, 2, 0", "7, 10, 0.1", "5, 1000, 0.1", "2001, 9, 0", "3, 21841, 0.1"})
  void crossEntropyAndItsGradient(int rows, int classes, double smoothing) {
    float[] logits = random(1, rows * classes);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = 4 * logits[i] + 30;
    }
    int[] labels = new Random(2).ints(rows, 0, classes).toArray();
    double[] losses = new double[rows];
    double[] logSums = new double[rows];
    double[] gradients = new double[rows * classes];
    double[] probabilities = new double[rows * classes];
    for (int r = 0; r < rows; r++) {
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        sum += Math.exp(logits[r * classes + c]);
      }
      logSums[r] = Math.log(sum);
      for (int c = 0; c < classes; c++) {
        double target = smoothing / classes + (c == labels[r] ? 1 - smoothing : 0);
        double logProbability = logits[r * classes + c] - logSums[r];
        losses[r] -= target * logProbability;
        probabilities[r * classes + c] = Math.exp(logProbability);
        gradients[r * classes + c] = 0.5 * 3 * (Math.exp(logProbability) - target);
      }
    }
    float[] actual =
        agreed(
            backend -> {
              Span x = floats(backend, logits);
              Span label = ints(backend, labels);
              Span loss = result(backend, rows);
              Span logSum = result(backend, rows);
              Span dx = result(backend, rows * classes);
              Span softmax = result(backend, rows * classes);
              Span dLoss = floats(backend, 3);
              backend.loss().softmax(rows, classes, x, softmax);
              backend.loss().crossEntropy(rows, classes, x, label, smoothing, loss, logSum);
              backend
                  .loss()
                  .crossEntropyBackward(rows, classes, x, label, smoothing, logSum, dLoss, 0.5, dx);
              return read(backend, loss, logSum, dx, softmax);
            });
    int n = rows * classes;
    assertClose(losses, Arrays.copyOf(actual, rows), 1e-6);
    assertClose(logSums, Arrays.copyOfRange(actual, rows, 2 * rows), 1e-6);
    // logSumExp is a float near 40: half a unit of its last place, 2e-6, is a relative error
    // of the probabilities.
    assertClose(gradients, Arrays.copyOfRange(actual, 2 * rows, 2 * rows + n), 4e-6);
    assertClose(probabilities, Arrays.copyOfRange(actual, 2 * rows + n, 2 * rows + 2 * n), 1e-6);
  }

  @Test
  void logitsOfAnySize() {
    float[] logits = {1e4f, -1e4f, 0, Float.NEGATIVE_INFINITY, 5, 5};
    float[] actual =
        agreed(
            backend -> {
              Span loss = result(backend, 2);
              Span logSum = result(backend, 2);
              Span softmax = result(backend, 6);
              Span x = floats(backend, logits);
              backend.loss().crossEntropy(2, 3, x, ints(backend, 0, 1), 0, loss, logSum);
              backend.loss().softmax(2, 3, x, softmax);
              return read(backend, loss, logSum, softmax);
            });
    float log2 = (float) Math.log(2);
    assertArrayEquals(new float[] {0, log2, 1e4f, 5 + log2, 1, 0, 0, 0, 0.5f, 0.5f}, actual, 1e-6f);
  }

  @Test
  void refusesALabelThatIsNoClass() {
    try (CpuBackend backend = new CpuBackend(1)) {
      Span x = floats(backend, new float[6]);
      Span out = result(backend, 2);
      Exception e =
          assertThrows(
              IllegalArgumentException.class,
              () -> backend.loss().crossEntropy(2, 3, x, ints(backend, 0, 3), 0, out, out));
      assertEquals("crossEntropy: label 3 of row 1 is not one of the 3 classes, 0 to 2", e.getMessage());
    }
  }
}
