package org.swinengine.train.task;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.inference.segmentation.PixelLabels;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** Cross-entropy of pixels, against the formula. */
class PixelLossTest {
  private static final int CLASSES = 3;
  private static final int PIXELS = 2 * 4 * 5;

  private static double expected(float[] logits, int[] labels, double[] weights, double gamma) {
    double sum = 0;
    double weight = 0;
    for (int i = 0; i < PIXELS; i++) {
      int label = labels[i];
      if (label == SegmentationDataset.IGNORED) {
        continue;
      }
      int plane = PIXELS / 2;
      int first = i / plane * CLASSES * plane + i % plane;
      double total = 0;
      for (int c = 0; c < CLASSES; c++) {
        total += Math.exp(logits[first + c * plane]);
      }
      double q = Math.exp(logits[first + label * plane]) / total;
      sum += weights[label] * Math.pow(1 - q, gamma) * -Math.log(q);
      weight += gamma > 0 ? 1 : weights[label];
    }
    return sum / weight;
  }

  @Test
  void pixelsThatAreIgnoredCountNowhere() {
    Random random = new Random(3);
    float[] logits = new float[PIXELS * CLASSES];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) random.nextGaussian();
    }
    int[] all = new int[PIXELS];
    int[] some = new int[PIXELS];
    for (int i = 0; i < PIXELS; i++) {
      all[i] = random.nextInt(CLASSES);
      some[i] = i % 3 == 0 ? SegmentationDataset.IGNORED : all[i];
    }
    double[] ones = {1, 1, 1};
    double[] weights = {0.5, 1, 2.5};
    try (Backend backend = Backends.open("cpu", 1); Scope scope = Scope.open()) {
      Variable x = Variable.constant(Tensor.of(backend, Shape.of(2, CLASSES, 4, 5), logits));
      for (int[] labels : new int[][] {all, some}) {
        PixelLabels pixels = new PixelLabels(backend, labels, 2, 4, 5);
        assertEquals(
            expected(logits, labels, ones, 0), pixels.crossEntropy(x, null, 0, 0).value().item(), 1e-5);
        assertEquals(
            expected(logits, labels, weights, 0), pixels.crossEntropy(x, weights, 0, 0).value().item(), 1e-5);
        assertEquals(
            expected(logits, labels, ones, 2), pixels.crossEntropy(x, null, 0, 2).value().item(), 1e-5);
      }
    }
  }
}
