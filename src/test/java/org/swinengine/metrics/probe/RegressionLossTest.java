package org.swinengine.metrics.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A loss and its gradient, of samples that fill blocks and of such that do not. */
final class RegressionLossTest {
  private static final int WIDTH = 5;
  private static final int CLASSES = 3;

  private static float[] features(int samples) {
    Random random = new Random(5);
    float[] features = new float[samples * WIDTH];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) (random.nextGaussian() * (1 + i % WIDTH) + i % WIDTH);
    }
    return features;
  }

  private static void check(int samples, int[] rows) {
    int[] targets = IntStream.range(0, rows.length).map(i -> i * 7 % CLASSES).toArray();
    float[] features = features(samples);
    RegressionLoss loss = new RegressionLoss(features, WIDTH, rows, targets, CLASSES, 0.1);
    Random random = new Random(6);
    double[] point = random.doubles(CLASSES * (WIDTH + 1), -1, 1).toArray();
    double[] gradient = new double[point.length];
    double value = loss.at(point, gradient);
    assertEquals(plainly(features, rows, targets, loss.ofPlainFeatures(point), point), value, 1e-12);
    double step = 1e-5;
    for (int i = 0; i < point.length; i++) {
      double before = point[i];
      point[i] = before + step;
      double above = loss.at(point, new double[point.length]);
      point[i] = before - step;
      double below = loss.at(point, new double[point.length]);
      point[i] = before;
      assertEquals((above - below) / (2 * step), gradient[i], 1e-8, "entry " + i + " of " + rows.length);
    }
  }

  private static double plainly(
      float[] features, int[] rows, int[] targets, double[] plain, double[] point) {
    double loss = 0;
    for (int r = 0; r < rows.length; r++) {
      double[] exponentials = new double[CLASSES];
      double sum = 0;
      for (int c = 0; c < CLASSES; c++) {
        double score = plain[c * (WIDTH + 1) + WIDTH];
        for (int k = 0; k < WIDTH; k++) {
          score += plain[c * (WIDTH + 1) + k] * features[rows[r] * WIDTH + k];
        }
        exponentials[c] = Math.exp(score);
        sum += exponentials[c];
      }
      loss -= Math.log(exponentials[targets[r]] / sum) / rows.length;
    }
    for (int i = 0; i < point.length; i++) {
      loss += i % (WIDTH + 1) == WIDTH ? 0 : 0.05 * point[i] * point[i];
    }
    return loss;
  }

  @Test
  void gradientIsTheDifferenceOfValues() {
    check(140, IntStream.range(0, 64).map(i -> 2 * i).toArray());
    check(140, IntStream.range(0, 135).map(i -> i + 3).toArray());
    check(3, new int[] {2, 0, 1});
  }
}
