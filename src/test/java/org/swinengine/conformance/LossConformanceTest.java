package org.swinengine.conformance;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.LossKernels.BinaryCost;
import org.swinengine.backend.LossKernels.ClassCost;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;

@Tag("conformance")
@Tag("libraries")
@Tag("numerics")
class LossConformanceTest {
  private static double smoothing(Cases c) {
    return c.flag("smoothed") ? c.number("smoothing", 0, 0.5) : 0;
  }

  private static double[] logits(Cases c, int rows, int classes) {
    double width = c.choose("width", 1, 10, 80);
    return c.uniform(rows * classes, -width, width);
  }

  @Test
  void crossEntropy() {
    Cases.run(
        "crossEntropy",
        60,
        c -> {
          int rows = c.size("rows", 300);
          int classes = c.size("classes", 200);
          double[] logits = logits(c, rows, classes);
          int[] labels = c.below(rows, classes);
          double smoothing = smoothing(c);
          c.compare(
              side -> side.backend()
                  .loss()
                  .crossEntropy(
                      rows, classes, side.in(logits), side.in(labels), smoothing,
                      side.masterOut("losses", rows, Tolerance.ELEMENTARY, 1),
                      side.masterOut("logSumExp", rows, Tolerance.ELEMENTARY, 1)));
        });
  }

  @Test
  void crossEntropyBackward() {
    Cases.run(
        "crossEntropyBackward",
        60,
        c -> {
          int rows = c.size("rows", 300);
          int classes = c.size("classes", 200);
          double[] logits = logits(c, rows, classes);
          int[] labels = c.below(rows, classes);
          double smoothing = smoothing(c);
          double[] dLoss = c.uniform(1, 0.5, 2);
          double factor = c.choose("mean or sum", 0, 1) == 0 ? 1.0 / rows : 1;
          // exp(logit − logSumExp): both are rounded; the error of their difference becomes a relative one.
          double largest = 0;
          for (double logit : logits) {
            largest = Math.max(largest, Math.abs(logit));
          }
          double tolerance = Tolerance.ELEMENTARY + Math.ulp((float) largest);
          double scale = factor * dLoss[0] / classes;
          c.compare(
              side -> {
                Span x = side.in(logits);
                Span label = side.in(labels);
                Span logSumExp = side.masterScratch(rows);
                side.backend()
                    .loss()
                    .crossEntropy(rows, classes, x, label, smoothing, side.masterScratch(rows), logSumExp);
                side.backend()
                    .loss()
                    .crossEntropyBackward(
                        rows, classes, x, label, smoothing, logSumExp, side.master(dLoss), factor,
                        side.out("dLogits", rows * classes, tolerance, scale));
              });
        });
  }

  /** Shares of 1 in most rows, some of them 0; any weights in others. */
  private static double[] targets(Cases c, int rows, int classes) {
    double[] targets = c.uniform(rows * classes, 0, 1);
    for (int i = 0; i < targets.length; i++) {
      targets[i] = targets[i] < 0.3 ? 0 : targets[i];
    }
    for (int r = 1; r < rows; r++) {
      double sum = 0;
      for (int i = r * classes; i < (r + 1) * classes; i++) {
        sum += targets[i];
      }
      for (int i = r * classes; i < (r + 1) * classes && sum > 0; i++) {
        targets[i] = (float) (targets[i] / sum);
      }
    }
    return targets;
  }

  private static double largest(double[] logits) {
    double largest = 0;
    for (double logit : logits) {
      largest = Math.max(largest, Math.abs(logit));
    }
    return largest;
  }

  @Test
  void softCrossEntropy() {
    Cases.run(
        "softCrossEntropy",
        60,
        c -> {
          int rows = c.size("rows", 300);
          int classes = c.size("classes", 200);
          double[] logits = logits(c, rows, classes);
          double[] targets = targets(c, rows, classes);
          c.compare(
              side -> side.backend()
                  .loss()
                  .softCrossEntropy(
                      rows, classes, side.in(logits), side.master(targets),
                      side.masterOut("losses", rows, Tolerance.ELEMENTARY, 1),
                      side.masterOut("logSumExp", rows, Tolerance.ELEMENTARY, 1)));
        });
  }

  @Test
  void softCrossEntropyBackward() {
    Cases.run(
        "softCrossEntropyBackward",
        60,
        c -> {
          int rows = c.size("rows", 300);
          int classes = c.size("classes", 200);
          double[] logits = logits(c, rows, classes);
          double[] targets = targets(c, rows, classes);
          double[] dLosses = c.uniform(rows, 0.5, 2);
          // As in crossEntropyBackward; the first row's targets add up to more than 1.
          double tolerance = Tolerance.ELEMENTARY + Math.ulp((float) largest(logits));
          c.compare(
              side -> {
                Span x = side.in(logits);
                Span target = side.master(targets);
                Span logSumExp = side.masterScratch(rows);
                side.backend()
                    .loss()
                    .softCrossEntropy(rows, classes, x, target, side.masterScratch(rows), logSumExp);
                side.backend()
                    .loss()
                    .softCrossEntropyBackward(
                        rows, classes, x, target, logSumExp, side.master(dLosses),
                        side.out("dLogits", rows * classes, tolerance, 1.0 / classes));
              });
        });
  }

  private static ClassCost classCost(Cases c) {
    return c.note(
        "cost",
        new ClassCost(
            smoothing(c), c.choose("gamma", 0, 0, 5, 10, 20, 35) / 10.0));
  }

  private static double[] classWeights(Cases c, int classes) {
    return c.flag("weighted") ? c.uniform(classes, 0.1, 3) : null;
  }

  @Test
  void weightedCrossEntropy() {
    Cases.run(
        "weightedCrossEntropy",
        60,
        c -> {
          int rows = c.size("rows", 300);
          int classes = c.size("classes", 200);
          double[] logits = logits(c, rows, classes);
          int[] labels = c.below(rows, classes);
          double[] weights = classWeights(c, classes);
          ClassCost cost = classCost(c);
          boolean wanted = c.flag("row weights wanted");
          c.compare(
              side -> side.backend()
                  .loss()
                  .weightedCrossEntropy(
                      rows, classes, side.in(logits), side.in(labels), side.master(weights), cost,
                      side.masterOut("losses", rows, 2 * Tolerance.ELEMENTARY, 1),
                      side.masterOut("logSumExp", rows, Tolerance.ELEMENTARY, 1),
                      wanted ? side.masterOut("rowWeights", rows, Tolerance.EXACT) : null));
        });
  }

  @Test
  void weightedCrossEntropyBackward() {
    Cases.run(
        "weightedCrossEntropyBackward",
        60,
        c -> {
          int rows = c.size("rows", 300);
          int classes = c.size("classes", 200);
          double[] logits = logits(c, rows, classes);
          int[] labels = c.below(rows, classes);
          double[] weights = classWeights(c, classes);
          ClassCost cost = classCost(c);
          double[] dLosses = c.uniform(rows, 0.5, 2);
          // As in crossEntropyBackward; the focal factor γ·(1 − q)^(γ−1) of a rounded q multiplies it.
          double steepness = cost.gamma() < 1 ? 4 : 1 + cost.gamma();
          double tolerance = steepness * (Tolerance.ELEMENTARY + Math.ulp((float) largest(logits)));
          c.compare(
              side -> {
                Span x = side.in(logits);
                Span label = side.in(labels);
                Span weight = side.master(weights);
                Span logSumExp = side.masterScratch(rows);
                side.backend()
                    .loss()
                    .weightedCrossEntropy(
                        rows, classes, x, label, weight, cost, side.masterScratch(rows), logSumExp, null);
                side.backend()
                    .loss()
                    .weightedCrossEntropyBackward(
                        rows, classes, x, label, weight, cost, logSumExp, side.master(dLosses),
                        side.out("dLogits", rows * classes, tolerance, 1.0 / classes));
              });
        });
  }

  private static BinaryCost binaryCost(Cases c) {
    return c.note(
        "cost",
        new BinaryCost(
            c.choose("alpha", -100, 25, 75) / 100.0, c.choose("gamma", 0, 0, 10, 20, 25) / 10.0));
  }

  /** Noes, yeses, and what is between them. */
  private static double[] answers(Cases c, int n) {
    double[] targets = c.uniform(n, -1, 2);
    for (int i = 0; i < n; i++) {
      targets[i] = Math.min(1, Math.max(0, targets[i]));
    }
    return targets;
  }

  @Test
  void binaryCrossEntropy() {
    Cases.run(
        "binaryCrossEntropy",
        60,
        c -> {
          int rows = c.size("rows", 300);
          int classes = c.size("classes", 200);
          double[] logits = logits(c, rows, classes);
          double[] targets = answers(c, rows * classes);
          double[] weights = classWeights(c, classes);
          BinaryCost cost = binaryCost(c);
          c.compare(
              side -> side.backend()
                  .loss()
                  .binaryCrossEntropy(
                      rows, classes, side.in(logits), side.master(targets), side.master(weights), cost,
                      side.masterOut("losses", rows, 2 * Tolerance.ELEMENTARY, 1)));
        });
  }

  @Test
  void binaryCrossEntropyBackward() {
    Cases.run(
        "binaryCrossEntropyBackward",
        60,
        c -> {
          int rows = c.size("rows", 300);
          int classes = c.size("classes", 200);
          double[] logits = logits(c, rows, classes);
          double[] targets = answers(c, rows * classes);
          double[] weights = classWeights(c, classes);
          BinaryCost cost = binaryCost(c);
          double[] dLosses = c.uniform(rows, 0.5, 2);
          c.compare(
              side -> side.backend()
                  .loss()
                  .binaryCrossEntropyBackward(
                      rows, classes, side.in(logits), side.master(targets), side.master(weights), cost,
                      side.master(dLosses),
                      side.out("dLogits", rows * classes, 2 * Tolerance.ELEMENTARY, 1)));
        });
  }

  @Test
  void softmax() {
    Cases.run(
        "softmax",
        60,
        c -> {
          int rows = c.size("rows", 300);
          int classes = c.size("classes", 200);
          double[] x = logits(c, rows, classes);
          c.compare(
              side -> side.backend()
                  .loss()
                  .softmax(
                      rows, classes, side.in(x),
                      side.out("y", rows * classes, Tolerance.ELEMENTARY)));
        });
  }

  /** Refused where the kernel runs while it is called; where it runs later, their loss is NaN. */
  @Test
  void labelsBeyondTheClassesDoNotPass() {
    ClassCost focal = new ClassCost(0.1, 2);
    for (BackendsUnderTest.Group group : BackendsUnderTest.groups()) {
      Backend backend = group.backends().get(0);
      for (int label : new int[] {-1, 3}) {
        TestBuffers buffers = new TestBuffers(backend);
        Span logits = buffers.of(1, 2, 3, 4, 5, 6);
        Span labels = buffers.ofInts(2, label);
        Span losses = buffers.result(backend.masterType(), 2);
        Span logSumExp = buffers.result(backend.masterType(), 2);
        if (backend.name().equals("cuda")) {
          backend.loss().crossEntropy(2, 3, logits, labels, 0, losses, logSumExp);
          double[] values = buffers.read(losses);
          assertTrue(Double.isFinite(values[0]) && Double.isNaN(values[1]), "losses");
          backend.loss().weightedCrossEntropy(2, 3, logits, labels, null, focal, losses, logSumExp, null);
          values = buffers.read(losses);
          assertTrue(Double.isFinite(values[0]) && Double.isNaN(values[1]), "focal losses");
        } else {
          String sentence =
              assertThrows(
                  IllegalArgumentException.class,
                  () -> backend.loss().crossEntropy(2, 3, logits, labels, 0, losses, logSumExp))
                  .getMessage();
          assertTrue(sentence.contains("label " + label) && sentence.contains("row 1"), sentence);
          assertThrows(
              IllegalArgumentException.class,
              () -> backend.loss()
                  .weightedCrossEntropy(2, 3, logits, labels, null, focal, losses, logSumExp, null));
        }
        buffers.release();
      }
    }
  }
}
