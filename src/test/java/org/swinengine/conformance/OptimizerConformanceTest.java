package org.swinengine.conformance;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.OptimizerKernels.AdamW;
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
            1,
            c -> {
              double[] sumOfSquares = {(float) sum};
              c.compare(
                  side -> {
                    Span control = side.masterOut("control", 3, Tolerance.ROUNDING);
                    side.backend().optimizer().clipControl(side.master(sumOfSquares), maximumNorm, control);
                  });
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
                      c.flag("decay") ? 0.05 : 0, c.choose("t", 1, 2, 10, 1000, 100000)));
          boolean finite = c.choose("finite", 0, 1, 1, 1, 1) == 1;
          double[] control = {2.5, c.flag("clipped") ? 0.375 : 1, finite ? 1 : 0};
          double[] p = c.normal(n);
          double[] g = c.normal(n);
          double[] m = c.normal(n);
          double[] v = c.uniform(n, 1e-3, 2);
          // m = β₁m + (1 − β₁)g and v likewise may each be rounded three times; √v halves its share.
          double tolerance = finite ? 2 * Tolerance.ROUNDING : Tolerance.EXACT;
          c.compare(
              side -> side.backend()
                  .optimizer()
                  .adamW(
                      n, step, side.master(control), side.masterInOut("p", p, tolerance), side.master(g),
                      side.masterInOut("m", m, tolerance), side.masterInOut("v", v, tolerance)));
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
                      side.masterInOut("v", zeros, 2 * Tolerance.ROUNDING)));
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
          double tolerance = finite ? 2 * Tolerance.ROUNDING : Tolerance.EXACT;
          c.compare(
              side -> side.backend()
                  .optimizer()
                  .sgd(
                      n, step, side.master(control), side.masterInOut("p", p, tolerance), side.master(g),
                      momentum > 0 ? side.masterInOut("b", b, tolerance) : null));
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
          c.compare(
              side -> side.backend()
                  .optimizer()
                  .movingAverage(
                      n, decay, side.master(p),
                      side.masterInOut("average", average, 2 * Tolerance.ROUNDING)));
        });
  }
}
