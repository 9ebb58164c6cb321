package org.swinengine.conformance;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.ExpandedRows;
import org.swinengine.backend.Span;

@Tag("conformance")
@Tag("numerics")
class NormConformanceTest {
  /**
   * Rows whose deviation is of order one, whatever their length: rows of nearly equal numbers would magnify
   * the rounding of their mean without limit.
   */
  static double[] spreadRows(Cases c, int rows, int columns, double offset) {
    double[] x = c.normal(rows * columns);
    for (int r = 0; r < rows; r++) {
      for (int j = 0; j < columns; j++) {
        double spread = columns < 16 ? 3 * (j - (columns - 1) / 2.0) : 0;
        x[r * columns + j] = (float) (x[r * columns + j] + spread + offset);
      }
    }
    return x;
  }

  /** Any length, or a model's: those have kernels of their own on a GPU. */
  private static int columns(Cases c) {
    return c.choose("columns", 0, 0, 1) == 0
        ? c.size("columns", 1600)
        : c.choose("columns", 96, 192, 384, 512, 768, 1024, 1536);
  }

  private static int rows(Cases c, int columns) {
    int elements = BackendsUnderTest.isEmulated() ? 20000 : 60000;
    return c.size("rows", Math.max(1, Math.min(400, elements / columns)));
  }

  @Test
  void layerNorm() {
    Cases.run(
        "layerNorm",
        100,
        c -> {
          int columns = columns(c);
          int rows = rows(c, columns);
          int offset = c.choose("offset", 0, 0, 3);
          double[] x = spreadRows(c, rows, columns, offset);
          double[] gamma = c.normal(columns);
          double[] beta = c.normal(columns);
          boolean keepMean = c.flag("mean kept");
          boolean keepInverseDeviation = c.flag("inverse deviation kept");
          boolean overlay = c.flag("overlay");
          // The rounding of the mean is relative to the mean.
          double tolerance = (1 + offset) * Tolerance.NORM;
          c.compare(
              side -> {
                Span in = overlay ? side.inOut("y", x, tolerance) : side.in(x);
                Span y = overlay ? in : side.out("y", rows * columns, tolerance);
                side.backend()
                    .norm()
                    .layerNorm(
                        rows, columns, in, side.master(gamma), side.master(beta), 1e-5, y,
                        keepMean ? side.masterOut("mean", rows, Tolerance.SUM, 1) : null,
                        keepInverseDeviation ? side.masterOut("inverseDeviation", rows, Tolerance.SUM)
                            : null);
              });
        });
  }

  /** Short rows as a decoder has them, and any; cells of 1 to 16 rows. */
  private static ExpandedRows places(Cases c, int columns) {
    int factor = c.choose("factor", 1, 2, 2, 3, 4);
    int width = c.size("width", 7);
    int most = (BackendsUnderTest.isEmulated() ? 20000 : 60000) / columns / (factor * factor * width);
    return new ExpandedRows(c.size("outer", Math.max(1, Math.min(9, most))), width, factor);
  }

  @Test
  void layerNormExpand() {
    Cases.run(
        "layerNormExpand",
        60,
        c -> {
          int columns = columns(c);
          ExpandedRows places = places(c, columns);
          int rows = places.rows();
          double[] x = spreadRows(c, rows, columns, 0);
          double[] gamma = c.normal(columns);
          double[] beta = c.normal(columns);
          boolean keep = c.flag("statistics kept");
          c.compare(
              side -> side.backend()
                  .norm()
                  .layerNorm(
                      places, places.rows(), columns, side.in(x), side.master(gamma), side.master(beta), 1e-5,
                      side.out("y", rows * columns, Tolerance.NORM),
                      keep ? side.masterOut("mean", rows, Tolerance.SUM, 1) : null,
                      keep ? side.masterOut("inverseDeviation", rows, Tolerance.SUM) : null));
        });
  }

  @Test
  void layerNormExpandBackward() {
    Cases.run(
        "layerNormExpandBackward",
        60,
        c -> {
          int columns = columns(c);
          ExpandedRows places = places(c, columns);
          gradients(c, places, places.rows(), columns);
        });
  }

  @Test
  void layerNormOfConstantRows() {
    Cases.run(
        "layerNorm of constant rows",
        20,
        c -> {
          int columns = c.size("columns", 800);
          double[] x = new double[3 * columns];
          Arrays.fill(x, 0.5);
          double[] gamma = c.normal(columns);
          double[] beta = c.normal(columns);
          c.compare(
              side -> side.backend()
                  .norm()
                  .layerNorm(
                      3, columns, side.in(x), side.master(gamma), side.master(beta), 1e-5,
                      side.out("y", 3 * columns, Tolerance.NORM),
                      side.masterOut("mean", 3, Tolerance.ROUNDING),
                      side.masterOut("inverseDeviation", 3, Tolerance.ROUNDING)));
        });
  }

  @Test
  void layerNormBackward() {
    Cases.run(
        "layerNormBackward",
        120,
        c -> {
          int columns = columns(c);
          gradients(c, null, rows(c, columns), columns);
        });
  }

  /** @param places null: rows stay where they are, and dx may be dy's memory */
  private static void gradients(Cases c, @Nullable ExpandedRows places, int rows, int columns) {
    int n = rows * columns;
    double[] x = spreadRows(c, rows, columns, 0);
    double[] dy = c.normal(n);
    double[] gamma = c.normal(columns);
    double[] mean = c.uniform(rows, -0.1, 0.1);
    double[] inverseDeviation = c.uniform(rows, 0.3, 2);
    double[] dxBefore = c.normal(n);
    double[] dGammaBefore = c.normal(columns);
    double[] dBetaBefore = c.normal(columns);
    int input =
        places == null ? c.choose("dx (0 not wanted, 1 replaced, 2 added to, 3 over dy)", 0, 1, 2, 3)
            : c.choose("dx (0 not wanted, 1 replaced, 2 added to)", 0, 1, 2);
    boolean parameters = c.flag("parameters wanted") || input == 0;
    boolean accumulate = c.flag("parameters accumulated");
    double scale = Math.sqrt(rows);
    c.compare(
        side -> {
          Span gradient = input == 3 ? side.inOut("dx", dy, Tolerance.NORM, 1) : side.in(dy);
          Span dx =
              switch (input) {
                case 0 -> null;
                case 1 -> side.out("dx", n, Tolerance.NORM, 1);
                case 2 -> side.inOut("dx", dxBefore, Tolerance.NORM, 1);
                default -> gradient;
              };
          Span dGamma =
              parameters ? side.masterOutOrSum("dGamma", accumulate, dGammaBefore, Tolerance.SUM, scale)
                  : null;
          Span dBeta =
              parameters ? side.masterOutOrSum("dBeta", accumulate, dBetaBefore, Tolerance.SUM, scale) : null;
          side.backend()
              .norm()
              .layerNormBackward(
                  places, rows, columns, gradient, side.in(x), side.master(mean),
                  side.master(inverseDeviation), side.master(gamma), dx, input == 2, dGamma, dBeta,
                  accumulate);
        });
  }
}
