package org.swinengine.conformance;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;

@Tag("conformance")
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
        } else {
          String sentence =
              assertThrows(
                  IllegalArgumentException.class,
                  () -> backend.loss().crossEntropy(2, 3, logits, labels, 0, losses, logSumExp))
                  .getMessage();
          assertTrue(sentence.contains("label " + label) && sentence.contains("row 1"), sentence);
        }
        buffers.release();
      }
    }
  }
}
