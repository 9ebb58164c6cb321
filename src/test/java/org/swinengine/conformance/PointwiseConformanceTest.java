package org.swinengine.conformance;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.swinengine.backend.PointwiseKernels;
import org.swinengine.backend.Span;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.conformance.Cases.Side;

@Tag("conformance")
@Tag("numerics")
class PointwiseConformanceTest {
  /** Where a result lies. */
  private enum Overlay {
    NOTHING,
    FIRST,
    SECOND
  }

  @FunctionalInterface
  private interface Binary {
    void run(PointwiseKernels kernels, long n, Span a, Span b, Span y);
  }

  private static int elements(Cases c) {
    // Now and then enough for the threads to share the work.
    return c.choose("length", 0, 0, 0, 1) == 0 ? c.size("n", 3000) : c.size("n", 900) + 66000;
  }

  private static void binary(String name, double tolerance, double scale, Binary kernel) {
    Cases.run(
        name,
        40,
        c -> {
          int n = elements(c);
          double[] a = c.normal(n);
          double[] b = c.normal(n);
          Overlay overlay = c.choose("overlay", Overlay.values());
          c.compare(
              side -> {
                Span left = overlay == Overlay.FIRST ? side.inOut("y", a, tolerance, scale) : side.in(a);
                Span right = overlay == Overlay.SECOND ? side.inOut("y", b, tolerance, scale) : side.in(b);
                Span y = overlay == Overlay.NOTHING ? side.out("y", n, tolerance, scale) : null;
                kernel.run(
                    side.backend().pointwise(), n, left, right,
                    overlay == Overlay.FIRST ? left : overlay == Overlay.SECOND ? right : y);
              });
        });
  }

  /** The result's span, or the operand's, which then is compared. */
  private static Span[] operandAndResult(Side side, boolean overlay, double[] x, double tolerance) {
    Span operand = overlay ? side.inOut("y", x, tolerance) : side.in(x);
    return new Span[] {operand, overlay ? operand : side.out("y", x.length, tolerance)};
  }

  @Test
  void add() {
    binary("add", Tolerance.ROUNDING, Tolerance.SCALE, PointwiseKernels::add);
  }

  @Test
  void multiply() {
    binary("multiply", Tolerance.ROUNDING, Tolerance.SCALE, PointwiseKernels::multiply);
  }

  @Test
  void addOfOneOperandWithItself() {
    Cases.run(
        "add in place",
        20,
        c -> {
          int n = elements(c);
          double[] a = c.normal(n);
          c.compare(
              side -> {
                Span y = side.inOut("y", a, Tolerance.ROUNDING);
                side.backend().pointwise().add(n, y, y, y);
              });
        });
  }

  @Test
  void scale() {
    Cases.run(
        "scale",
        40,
        c -> {
          int n = elements(c);
          double alpha = c.number("alpha", -3, 3);
          double[] a = c.normal(n);
          boolean overlay = c.flag("overlay");
          c.compare(
              side -> {
                Span[] spans = operandAndResult(side, overlay, a, Tolerance.ROUNDING);
                side.backend().pointwise().scale(n, alpha, spans[0], spans[1]);
              });
        });
  }

  private static void unary(String name, double tolerance, Unary kernel) {
    Cases.run(
        name,
        40,
        c -> {
          int n = elements(c);
          double width = c.choose("width", 1, 4, 12, 200);
          double[] x = c.uniform(n, -width, width);
          boolean overlay = c.flag("overlay");
          c.compare(
              side -> {
                Span[] spans = operandAndResult(side, overlay, x, tolerance);
                kernel.run(side.backend().pointwise(), n, spans[0], spans[1]);
              });
        });
  }

  @FunctionalInterface
  private interface Unary {
    void run(PointwiseKernels kernels, long n, Span x, Span y);
  }

  private static double tolerance(UnaryFunction f) {
    return f == UnaryFunction.RELU ? Tolerance.EXACT : Tolerance.ELEMENTARY;
  }

  @ParameterizedTest
  @EnumSource
  void unary(UnaryFunction f) {
    unary(f.label(), tolerance(f), (kernels, n, x, y) -> kernels.unary(f, n, x, y));
  }

  /** The first operand is any number, also where the kernel takes it for a result. */
  @ParameterizedTest
  @EnumSource
  void unaryBackward(UnaryFunction f) {
    // Terms of order one cancel: Φ(x) and x·φ(x) of GELU near x = −0.75, 1 − y of the sigmoid near 1.
    binary(
        f.label() + "Backward", tolerance(f), 1,
        (kernels, n, saved, dy, dx) -> kernels.unaryBackward(f, n, saved, dy, dx));
  }

  /** With bounds that float32 and bf16 hold exactly, and results of order one. */
  @Test
  void expAtMost() {
    for (double most : new double[] {-1, 0.5, 2}) {
      unary(
          "expAtMost " + most, Tolerance.ELEMENTARY,
          (kernels, n, x, y) -> kernels.expAtMost(n, most, x, y));
    }
  }

  @Test
  void expAtMostBackward() {
    for (double most : new double[] {-1, 0.5, 2}) {
      binary(
          "expAtMostBackward " + most, Tolerance.ELEMENTARY, 1,
          (kernels, n, x, dy, dx) -> kernels.expAtMostBackward(n, most, x, dy, dx));
    }
  }

  /** Numbers at the edges of float32, and none at all. */
  @Test
  void functionsOfSpecialValues() {
    double[] special = {
      0, -0.0, 1e-40, -1e-40, 30, -30, 90, -90, 1e30, -1e30, Double.NaN, Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY
    };
    for (double value : special) {
      Cases.run(
          "special value " + value,
          1,
          c -> {
            double[] x = new double[19];
            Arrays.fill(x, (float) value);
            c.compare(
                side -> {
                  PointwiseKernels kernels = side.backend().pointwise();
                  for (UnaryFunction f : UnaryFunction.values()) {
                    kernels.unary(f, 19, side.in(x), side.out(f.label(), 19, tolerance(f)));
                  }
                  kernels.expAtMost(19, 4, side.in(x), side.out("exp", 19, Tolerance.ELEMENTARY));
                });
          });
    }
  }

  /** Far out and at the edges of the approximations' ranges. */
  @Test
  void geluOfSpecialValues() {
    double[] special = {
      0, -0.0, 1e-40, -1e-40, 1e-20, 1, -1, 5.5, -5.5, 9, -9, 13.9, -13.9, 40, -40, 1e10, -1e10, 1e30, -1e30,
      Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
    };
    for (double value : special) {
      Cases.run(
          "gelu of " + value,
          1,
          c -> {
            double[] x = new double[19];
            Arrays.fill(x, (float) value);
            // x times the absolute error of Φ(x); beyond −6 the result vanishes, and so must the error.
            double scale = Double.isNaN(value) ? 1 : Math.max(1e-30, Math.min(Math.abs(value), 6));
            c.compare(
                side -> side.backend()
                    .pointwise()
                    .unary(
                        UnaryFunction.GELU, 19, side.in(x),
                        side.out("y", 19, Tolerance.ELEMENTARY, scale)));
            double[] dy = c.normal(19);
            if (!Double.isInfinite(value)) {
              c.compare(
                  side -> side.backend()
                      .pointwise()
                      .unaryBackward(
                          UnaryFunction.GELU, 19, side.in(x), side.in(dy),
                          side.out("dx", 19, Tolerance.ELEMENTARY, 1)));
            }
          });
    }
  }

  @Test
  void addRow() {
    Cases.run(
        "addRow",
        40,
        c -> {
          boolean wide = c.choose("wide", 0, 0, 0, 1) == 1;
          int rows = c.size("rows", wide ? 3 : 60);
          int columns = wide ? 40000 : c.size("columns", 800);
          double[] x = c.normal(rows * columns);
          double[] v = c.normal(columns);
          boolean overlay = c.flag("overlay");
          boolean parameter = c.flag("v is a parameter");
          c.compare(
              side -> {
                Span[] spans = operandAndResult(side, overlay, x, Tolerance.ROUNDING);
                Span row = parameter ? side.master(v) : side.in(v);
                side.backend().pointwise().addRow(rows, columns, spans[0], row, spans[1]);
              });
        });
  }

  @Test
  void multiplyRow() {
    Cases.run(
        "multiplyRow",
        40,
        c -> {
          boolean wide = c.choose("wide", 0, 0, 0, 1) == 1;
          int rows = c.size("rows", wide ? 3 : 60);
          int columns = wide ? 40000 : c.size("columns", 800);
          double[] x = c.normal(rows * columns);
          double[] v = c.normal(columns);
          boolean overlay = c.flag("overlay");
          c.compare(
              side -> {
                Span[] spans = operandAndResult(side, overlay, x, Tolerance.ROUNDING);
                side.backend().pointwise().multiplyRow(rows, columns, spans[0], side.master(v), spans[1]);
              });
        });
  }

  @Test
  void scaleRows() {
    Cases.run(
        "scaleRows",
        40,
        c -> {
          boolean wide = c.choose("wide", 0, 0, 0, 1) == 1;
          int rows = c.size("rows", wide ? 3 : 60);
          int columns = wide ? 40000 : c.size("columns", 800);
          double[] x = c.normal(rows * columns);
          double[] scale = c.normal(rows);
          boolean overlay = c.flag("overlay");
          c.compare(
              side -> {
                Span[] spans = operandAndResult(side, overlay, x, Tolerance.ROUNDING);
                side.backend().pointwise().scaleRows(rows, columns, spans[0], side.master(scale), spans[1]);
              });
        });
  }
}
