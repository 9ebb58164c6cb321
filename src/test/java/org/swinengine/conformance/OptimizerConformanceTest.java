package org.swinengine.conformance;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.OptimizerKernels.AdamW;
import org.swinengine.backend.OptimizerKernels.Average;
import org.swinengine.backend.OptimizerKernels.Lamb;
import org.swinengine.backend.OptimizerKernels.Sgd;
import org.swinengine.backend.Span;

@Tag("conformance")
@Tag("numerics")
class OptimizerConformanceTest {
  private static int elements(Cases c) {
    return c.choose("length", 0, 0, 0, 1) == 0 ? c.size("n", 3000) : c.size("n", 900) + 131000;
  }

  @Test
  void clipControl() {
    double[] sums = {0, 1e-12, 0.3, 1, 7.25, 1e20, Double.POSITIVE_INFINITY, Double.NaN};
    for (double sum : sums) {
      for (double maximumNorm : new double[] {-1, 0, 0.5, 1, 5}) {
        Cases.run(
            "clipControl(" + sum + ", " + maximumNorm + ")",
            8,
            c -> {
              double[] sumOfSquares = {(float) sum};
              double[] before = {7, 7, c.choose("before", 0, 1, 1, 1)};
              double[] losses = c.uniform(c.choose("parts", 0, 1, 3), -2, 9);
              if (losses.length > 0 && c.flag("bad")) {
                losses[losses.length - 1] = c.flag("nan") ? Double.NaN : Double.NEGATIVE_INFINITY;
              }
              c.compare(
                  side -> side.backend()
                      .optimizer()
                      .clipControl(
                          side.master(sumOfSquares), losses.length == 0 ? null : side.master(losses),
                          losses.length, maximumNorm,
                          side.masterInOut("control", before, Tolerance.ROUNDING)));
            });
      }
    }
  }

  @Test
  void adamW() {
    Cases.run(
        "adamW",
        50,
        c -> {
          int n = elements(c);
          AdamW step =
              c.note(
                  "step",
                  new AdamW(
                      c.number("lr", 1e-5, 1e-2), 0.9, c.choose("beta2", 99, 999) == 99 ? 0.99 : 0.999, 1e-8,
                      c.flag("decay") ? 0.05 : 0, c.choose("t", 1, 2, 10, 1000, 100000),
                      c.flag("coupled")));
          boolean finite = c.choose("finite", 0, 1, 1, 1, 1) == 1;
          double[] control = {2.5, c.flag("clipped") ? 0.375 : 1, finite ? 1 : 0};
          double[] p = c.normal(n);
          double[] g = c.normal(n);
          double[] m = c.normal(n);
          double[] v = c.uniform(n, 1e-3, 2);
          double[] average = c.normal(n);
          boolean averages = c.flag("average");
          // m = β₁m + (1 − β₁)g and v likewise may each be rounded three times; √v halves its share.
          double tolerance = finite ? 2 * Tolerance.ROUNDING : Tolerance.EXACT;
          c.compare(
              side -> side.backend()
                  .optimizer()
                  .adamW(
                      n, step, side.master(control), side.masterInOut("p", p, tolerance), side.master(g),
                      side.masterInOut("m", m, tolerance), side.masterInOut("v", v, tolerance), null,
                      averages
                          ? new Average(side.masterInOut("average", average, 2 * tolerance), 0.875)
                          : null));
        });
  }

  /** The change of a parameter, not hidden behind the parameter itself. */
  @Test
  void adamWFromZero() {
    Cases.run(
        "adamW from zero",
        40,
        c -> {
          int n = elements(c);
          AdamW step = new AdamW(1, 0.9, 0.999, 1e-8, 0.05, c.choose("t", 1, 2, 3, 50));
          double[] g = c.normal(n);
          double[] zeros = new double[n];
          double[] control = {1, 1, 1};
          c.compare(
              side -> side.backend()
                  .optimizer()
                  .adamW(
                      n, step, side.master(control), side.masterInOut("p", zeros, Tolerance.ELEMENTARY),
                      side.master(g),
                      side.masterInOut("m", zeros, Tolerance.ROUNDING),
                      side.masterInOut("v", zeros, 2 * Tolerance.ROUNDING), null));
        });
  }

  @Test
  void sgd() {
    Cases.run(
        "sgd",
        60,
        c -> {
          int n = elements(c);
          double momentum = c.choose("momentum", 0, 9, 99) / 100.0;
          Sgd step =
              c.note(
                  "step",
                  new Sgd(
                      c.number("lr", 1e-3, 1), momentum, momentum > 0 && c.flag("nesterov"),
                      c.flag("decay") ? 0.05 : 0));
          boolean finite = c.choose("finite", 0, 1, 1, 1, 1) == 1;
          double[] control = {2.5, c.flag("clipped") ? 0.375 : 1, finite ? 1 : 0};
          double[] p = c.normal(n);
          double[] g = c.normal(n);
          double[] b = c.normal(n);
          double[] average = c.normal(n);
          boolean averages = c.flag("average");
          double tolerance = finite ? 2 * Tolerance.ROUNDING : Tolerance.EXACT;
          c.compare(
              side -> side.backend()
                  .optimizer()
                  .sgd(
                      n, step, side.master(control), side.masterInOut("p", p, tolerance), side.master(g),
                      momentum > 0 ? side.masterInOut("b", b, tolerance) : null, null,
                      averages
                          ? new Average(side.masterInOut("average", average, 2 * tolerance), 0.875)
                          : null));
        });
  }

  @Test
  void clipValue() {
    Cases.run(
        "clipValue",
        40,
        c -> {
          int n = elements(c);
          double[] g = c.normal(n);
          g[n / 2] = c.choose("bad", 0, 1, 2) == 0 ? Double.NaN : Double.NEGATIVE_INFINITY;
          double bound = (float) c.number("bound", 0.1, 2);
          c.compare(
              side -> side.backend()
                  .optimizer()
                  .clipValue(n, bound, side.masterInOut("g", g, Tolerance.EXACT)));
        });
  }

  /** Neighbouring stretches of any length, also of none, from some place on. */
  private static int[] bounds(Cases c, int count) {
    int[] bounds = new int[count + 1];
    bounds[0] = c.choose("from", 0, 16, 37);
    int[] lengths = c.below(count, c.choose("longest", 2, 40, 900, 5000));
    for (int s = 0; s < count; s++) {
      bounds[s + 1] = bounds[s] + lengths[s];
    }
    return bounds;
  }

  @Test
  void stretchSquares() {
    Cases.run(
        "stretchSquares",
        40,
        c -> {
          int count = c.size("count", 80);
          int[] bounds = bounds(c, count);
          double[] x = c.normal(bounds[count]);
          c.compare(
              side -> side.backend()
                  .optimizer()
                  .stretchSquares(
                      count, side.in(bounds), bounds[count] - bounds[0], side.master(x),
                      side.masterOut("sums", count, Tolerance.SUM)));
        });
  }

  @Test
  void adaptiveClip() {
    Cases.run(
        "adaptiveClip",
        40,
        c -> {
          int count = c.size("count", 80);
          int[] bounds = bounds(c, count);
          double[] g = c.normal(bounds[count]);
          double[] ofParameters = c.uniform(count, 0, 30);
          double[] ofGradients = c.uniform(count, 0, 3);
          ofParameters[0] = 0;
          ofGradients[count / 2] = 0;
          double factor = c.number("factor", 0.01, 0.4);
          c.compare(
              side -> side.backend()
                  .optimizer()
                  .adaptiveClip(
                      count, side.in(bounds), bounds[count] - bounds[0], factor, 1e-3,
                      side.master(ofParameters), side.master(ofGradients),
                      side.masterInOut("g", g, 2 * Tolerance.ROUNDING)));
        });
  }

  @Test
  void lambDirection() {
    Cases.run(
        "lambDirection",
        50,
        c -> {
          int n = elements(c);
          Lamb step =
              c.note(
                  "step",
                  new Lamb(
                      0.9, 0.999, 1e-6, c.flag("decay") ? 0.05 : 0, c.choose("t", 1, 2, 10, 1000),
                      c.flag("averaged"), c.flag("corrected")));
          boolean finite = c.choose("finite", 0, 1, 1, 1, 1) == 1;
          double[] control = {2.5, c.flag("clipped") ? 0.375 : 1, finite ? 1 : 0};
          double[] p = c.normal(n);
          double[] g = c.normal(n);
          double[] m = c.normal(n);
          double[] v = c.uniform(n, 1e-3, 2);
          double tolerance = finite ? 4 * Tolerance.ROUNDING : Tolerance.EXACT;
          c.compare(
              side -> side.backend()
                  .optimizer()
                  .lambDirection(
                      n, step, side.master(control), side.master(p), side.masterInOut("g", g, tolerance),
                      side.masterInOut("m", m, tolerance), side.masterInOut("v", v, tolerance)));
        });
  }

  @Test
  void trustStep() {
    Cases.run(
        "trustStep",
        50,
        c -> {
          int count = c.size("count", 80);
          int[] bounds = bounds(c, count);
          double[] u = c.normal(bounds[count]);
          double[] p = c.normal(bounds[count]);
          double[] ofParameters = c.uniform(count, 0, 30);
          double[] ofDirections = c.uniform(count, 1, 30);
          ofParameters[count / 2] = 0;
          ofDirections[count / 3] = 0;
          boolean adapts = c.flag("adapts");
          boolean bounded = c.flag("bounded");
          boolean finite = c.choose("finite", 0, 1, 1, 1, 1) == 1;
          double[] control = {2.5, 1, finite ? 1 : 0};
          double rate = c.number("rate", 1e-3, 1);
          c.compare(
              side -> side.backend()
                  .optimizer()
                  .trustStep(
                      count, side.in(bounds), bounds[count] - bounds[0], rate, bounded, side.master(control),
                      adapts ? side.master(ofParameters) : null, adapts ? side.master(ofDirections) : null,
                      side.master(u),
                      side.masterInOut("p", p, finite ? 3 * Tolerance.ROUNDING : Tolerance.EXACT), null));
        });
  }

  @Test
  void movingAverage() {
    Cases.run(
        "movingAverage",
        60,
        c -> {
          int n = elements(c);
          double decay = c.choose("decay", 0, 9, 999, 9999) == 0 ? 0 : c.number("value", 0.9, 0.9999);
          double[] p = c.normal(n);
          double[] average = c.normal(n);
          boolean known = c.flag("known");
          double[] control = {2.5, 1, c.choose("finite", 0, 1, 1)};
          c.compare(
              side -> side.backend()
                  .optimizer()
                  .movingAverage(
                      n, decay, known ? null : side.master(control), side.master(p),
                      side.masterInOut("average", average, 2 * Tolerance.ROUNDING)));
        });
  }
}
