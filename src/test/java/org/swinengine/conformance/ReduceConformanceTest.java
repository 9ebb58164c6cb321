package org.swinengine.conformance;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("conformance")
@Tag("numerics")
class ReduceConformanceTest {
  private static int elements(Cases c) {
    return c.choose("length", 0, 0, 0, 1) == 0 ? c.size("n", 3000) : c.size("n", 900) + 131000;
  }

  @Test
  void sum() {
    Cases.run(
        "sum",
        40,
        c -> {
          int n = elements(c);
          double[] x = c.normal(n);
          // Terms of both signs cancel; what is left of n of them is about √n.
          double scale = Math.sqrt(n);
          c.compare(
              side -> side.backend()
                  .reduce()
                  .sum(n, side.in(x), side.masterOut("sum", 1, Tolerance.DOUBLE_SUM, scale)));
        });
  }

  @Test
  void sumOfSquares() {
    Cases.run(
        "sumOfSquares",
        40,
        c -> {
          int n = elements(c);
          double[] x = c.normal(n);
          c.compare(
              side -> side.backend()
                  .reduce()
                  .sumOfSquares(n, side.in(x), side.masterOut("sum", 1, Tolerance.DOUBLE_SUM)));
        });
  }

  @Test
  void sumOfSquaresOfWhatIsNotFinite() {
    for (double value : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
      Cases.run(
          "sumOfSquares with " + value,
          20,
          c -> {
            int n = c.size("n", 500);
            double[] x = c.normal(n);
            x[c.below(1, n)[0]] = value;
            c.compare(
                side -> side.backend()
                    .reduce()
                    .sumOfSquares(n, side.in(x), side.masterOut("sum", 1, Tolerance.DOUBLE_SUM)));
          });
    }
  }

  @Test
  void sumRows() {
    Cases.run(
        "sumRows",
        50,
        c -> {
          int rows = c.size("rows", 1500);
          int columns = c.size("columns", Math.max(1, Math.min(1100, 200000 / rows)));
          double[] x = c.normal(rows * columns);
          double[] before = c.normal(columns);
          boolean accumulate = c.flag("accumulate");
          double scale = Math.sqrt(rows);
          c.compare(
              side -> side.backend()
                  .reduce()
                  .sumRows(
                      rows, columns, side.in(x),
                      side.masterOutOrSum("sums", accumulate, before, Tolerance.SUM, scale), accumulate));
        });
  }

  @Test
  void meanTokens() {
    Cases.run(
        "meanTokens",
        40,
        c -> {
          int batch = c.size("batch", 5);
          int tokens = c.size("tokens", 200);
          int channels = c.size("channels", 200);
          double[] x = c.normal(batch * tokens * channels);
          double scale = 1 / Math.sqrt(tokens);
          c.compare(
              side -> side.backend()
                  .reduce()
                  .meanTokens(
                      batch, tokens, channels, side.in(x),
                      side.out("means", batch * channels, Tolerance.SUM, scale)));
        });
  }

  @Test
  void meanTokensBackward() {
    Cases.run(
        "meanTokensBackward",
        40,
        c -> {
          int batch = c.size("batch", 5);
          int tokens = c.size("tokens", 200);
          int channels = c.size("channels", 200);
          double[] dy = c.normal(batch * channels);
          c.compare(
              side -> side.backend()
                  .reduce()
                  .meanTokensBackward(
                      batch, tokens, channels, side.in(dy),
                      side.out("dx", batch * tokens * channels, 2 * Tolerance.ROUNDING)));
        });
  }
}
