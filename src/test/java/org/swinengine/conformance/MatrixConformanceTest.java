package org.swinengine.conformance;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.DropoutMask;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.RowFactors;
import org.swinengine.backend.Span;
import org.swinengine.conformance.Cases.Side;

@Tag("conformance")
@Tag("libraries")
@Tag("numerics")
class MatrixConformanceTest {
  /** Multiply-adds of a case at most, so that hundreds of cases take seconds. */
  private static final int LARGEST = 1_500_000;

  private record Sizes(int rows, int out, int in) {}

  /** Random sizes; about one case in four has an inner dimension of several K blocks. */
  private static Sizes sizes(Cases c) {
    int in = c.choose("deep", 0, 0, 0, 1) == 1 ? 770 + c.size("beyond 769", 1700) : c.size("in", 800);
    int out = c.size("out", Math.min(700, Math.max(1, LARGEST / in / 8)));
    int rows = c.size("rows", Math.min(300, Math.max(1, LARGEST / in / out)));
    return new Sizes(rows, out, in);
  }

  /** Values whose products with {@code terms} terms are of order one. */
  static double[] weight(Cases c, int n, int terms) {
    double[] values = c.normal(n);
    for (int i = 0; i < n; i++) {
      values[i] = (float) (values[i] / Math.sqrt(terms));
    }
    return values;
  }

  /** A random prologue: operands drawn once, spans made for each side. */
  private static final class RandomPrologue {
    final Prologue.Kind kind;
    final boolean keep;
    final int rows;
    final double[] gamma;
    final double[] beta;

    RandomPrologue(Cases c, int rows, int columns) {
      this.kind = c.choose("prologue", Prologue.Kind.values());
      this.keep = kind == Prologue.Kind.LAYER_NORM && c.flag("statistics kept");
      this.rows = rows;
      this.gamma = c.normal(columns);
      this.beta = c.normal(columns);
    }

    double[] input(Cases c, int rows, int columns) {
      return kind == Prologue.Kind.LAYER_NORM
          ? NormConformanceTest.spreadRows(c, rows, columns, 0)
          : c.normal(rows * columns);
    }

    Prologue forward(Side side) {
      return switch (kind) {
        case NONE -> Prologue.NONE;
        case GELU -> Prologue.GELU;
        case LAYER_NORM ->
            Prologue.layerNorm(
                side.master(gamma),
                side.master(beta),
                1e-5,
                keep ? side.masterOut("mean", rows, Tolerance.SUM, 1) : null,
                keep ? side.masterOut("inverseDeviation", rows, Tolerance.SUM) : null);
      };
    }

    Prologue backward(Side side, double[] mean, double[] inverseDeviation) {
      return kind == Prologue.Kind.LAYER_NORM
          ? Prologue.layerNorm(side.master(gamma), side.master(beta), 1e-5, side.master(mean),
              side.master(inverseDeviation))
          : forward(side);
    }
  }

  /** A random epilogue: any combination of its steps. */
  static final class RandomEpilogue {
    final boolean accumulate;
    final boolean gelu;
    final boolean keepPreActivation;
    final int rowsPerScale;
    final boolean residualIsResult;
    final int n;
    final double[] bias;
    final double[] geluGradientOf;
    final double[] rowScale;
    final double[] residual;
    final double[] before;
    final DropoutMask dropout;

    RandomEpilogue(Cases c, int rows, int columns) {
      n = rows * columns;
      accumulate = c.choose("accumulate", 0, 0, 1) == 1;
      bias = c.flag("bias") ? c.normal(columns) : null;
      keepPreActivation = c.choose("preActivation", 0, 0, 1) == 1;
      gelu = c.choose("gelu", 0, 0, 1) == 1;
      geluGradientOf = c.choose("geluGradient", 0, 0, 1) == 1 ? c.normal(n) : null;
      rowsPerScale = c.choose("rowScale", 0, 0, 1) == 1 ? c.size("rowsPerScale", rows) : 1;
      rowScale = c.flag("scaled") ? c.uniform((rows - 1) / rowsPerScale + 1, 0, 2) : null;
      boolean hasResidual = c.flag("residual");
      residualIsResult = hasResidual && c.flag("residual is result");
      residual = hasResidual && !residualIsResult ? c.normal(n) : null;
      before = c.normal(n);
      RandomKey key = new RandomKey(c.anyLong("seed"), RandomKey.streamOf("drop1"), 77777);
      dropout =
          c.choose("dropout", 0, 0, 1) == 1
              ? new DropoutMask(
                  key, c.choose("first", 0, 1, 2, 3) - 2L + (1L << 32), c.size("rowsPerSample", rows),
                  c.number("keep", 0.3, 1))
              : null;
    }

    /** The result's span and the epilogue that goes with it. */
    Span result(Side side, double tolerance) {
      return accumulate || residualIsResult
          ? side.inOut("y", before, tolerance, 1)
          : side.out("y", n, tolerance, 1);
    }

    Epilogue epilogue(Side side, Span y, double tolerance) {
      return new Epilogue(
          accumulate,
          side.master(bias),
          keepPreActivation ? side.out("preActivation", n, tolerance, 1) : null,
          gelu,
          side.in(geluGradientOf),
          side.master(rowScale),
          rowsPerScale,
          residualIsResult ? y : side.in(residual)).dropping(dropout);
    }
  }

  @Test
  void linear() {
    Cases.run(
        "linear",
        60,
        c -> {
          c.roundsBetween(Tolerance.HALF_BETWEEN); // weights are rounded to bf16
          Sizes s = sizes(c);
          RandomPrologue prologue = new RandomPrologue(c, s.rows, s.in);
          RandomEpilogue epilogue = new RandomEpilogue(c, s.rows, s.out);
          double[] x = prologue.input(c, s.rows, s.in);
          double[] w = weight(c, s.out * s.in, s.in);
          double tolerance = prologue.kind == Prologue.Kind.NONE ? Tolerance.PRODUCT : Tolerance.FUSED;
          c.compare(
              side -> {
                PreparedWeight weight = side.backend().matrix().prepare(side.master(w), s.out, s.in);
                Span y = epilogue.result(side, tolerance);
                side.backend()
                    .matrix()
                    .linear(
                        s.rows, side.in(x), weight, prologue.forward(side),
                        epilogue.epilogue(side, y, tolerance), y);
              });
        });
  }

  @Test
  void linearAfterTheWeightChanged() {
    Cases.run(
        "linear after the weight changed",
        20,
        c -> {
          c.roundsBetween(Tolerance.HALF_BETWEEN); // weights are rounded to bf16
          Sizes s = sizes(c);
          double[] x = c.normal(s.rows * s.in);
          double[] w = weight(c, s.out * s.in, s.in);
          double[] dy = c.normal(s.rows * s.out);
          c.compare(
              side -> {
                Span master = side.masterInOut("weight", w, Tolerance.ROUNDING, Tolerance.SCALE);
                PreparedWeight weight = side.backend().matrix().prepare(master, s.out, s.in);
                Span input = side.in(x);
                Span y = side.out("y", s.rows * s.out, Tolerance.PRODUCT, 1);
                Span dx = side.out("dx", s.rows * s.in, Tolerance.PRODUCT, 1);
                side.backend().matrix().linear(s.rows, input, weight, Prologue.NONE, Epilogue.NONE, y);
                side.backend()
                    .matrix()
                    .linearBackwardInput(s.rows, side.in(dy), weight, Epilogue.NONE, dx);
                side.backend().pointwise().scale(w.length, -2, master, master);
                weight.invalidate();
                side.backend().matrix().linear(s.rows, input, weight, Prologue.NONE, Epilogue.NONE, y);
                side.backend()
                    .matrix()
                    .linearBackwardInput(s.rows, side.in(dy), weight, Epilogue.NONE, dx);
              });
        });
  }

  @Test
  void linearBackwardInput() {
    Cases.run(
        "linearBackwardInput",
        50,
        c -> {
          c.roundsBetween(Tolerance.HALF_BETWEEN); // weights are rounded to bf16
          Sizes s = sizes(c);
          RandomEpilogue epilogue = new RandomEpilogue(c, s.rows, s.in);
          double[] dy = c.normal(s.rows * s.out);
          double[] w = weight(c, s.out * s.in, s.out);
          c.compare(
              side -> {
                PreparedWeight weight = side.backend().matrix().prepare(side.master(w), s.out, s.in);
                Span dx = epilogue.result(side, Tolerance.PRODUCT);
                side.backend()
                    .matrix()
                    .linearBackwardInput(
                        s.rows, side.in(dy), weight, epilogue.epilogue(side, dx, Tolerance.PRODUCT), dx);
              });
        });
  }

  @Test
  void linearBackwardWeight() {
    Cases.run(
        "linearBackwardWeight",
        50,
        c -> {
          // Here the rows are the inner dimension.
          boolean deep = c.choose("deep", 0, 0, 0, 1) == 1;
          int rows = deep ? 770 + c.size("beyond 769", 1700) : c.size("rows", 800);
          int out = c.size("out", Math.min(400, Math.max(1, LARGEST / rows / 8)));
          int in = c.size("in", Math.min(400, Math.max(1, LARGEST / rows / out)));
          RandomPrologue prologue = new RandomPrologue(c, rows, in);
          double[] x = prologue.input(c, rows, in);
          double[] mean = c.uniform(rows, -0.5, 0.5);
          double[] inverseDeviation = c.uniform(rows, 0.2, 1);
          double[] dy = weight(c, rows * out, rows);
          double[] dWeight = c.normal(out * in);
          double[] dBias = c.normal(out);
          boolean bias = c.flag("bias");
          boolean accumulate = c.flag("accumulate");
          boolean dropPath = c.choose("dropPath", 0, 0, 1) == 1;
          int rowsPerFactor = dropPath ? c.size("rowsPerFactor", rows) : 1;
          double[] factors = dropPath ? dropPath(c, (rows - 1) / rowsPerFactor + 1) : null;
          boolean copies = dropPath && !(c.isAligned() && out % 8 == 0 && in % 8 == 0);
          if (prologue.kind != Prologue.Kind.NONE || copies) {
            // The prologue's result is rounded to bf16, and so is a scaled copy of what has no whole chunks.
            c.roundsBetween(Tolerance.HALF_BETWEEN);
          }
          double tolerance = prologue.kind == Prologue.Kind.NONE ? Tolerance.PRODUCT : Tolerance.FUSED;
          c.compare(
              side -> side.backend()
                  .matrix()
                  .linearBackwardWeight(
                      rows, side.in(x), prologue.backward(side, mean, inverseDeviation),
                      side.in(dy),
                      dropPath ? new RowFactors(side.master(factors), rowsPerFactor) : null, out, in,
                      side.masterOutOrSum("dWeight", accumulate, dWeight, tolerance, 1),
                      bias ? side.masterOutOrSum("dBias", accumulate, dBias, Tolerance.SUM, 1) : null,
                      accumulate));
        });
  }

  /** DropPath's factors of samples: 0, or 1/keep. */
  static double[] dropPath(Cases c, int samples) {
    double keep = (float) c.number("1/keep", 1, 2);
    return Arrays.stream(c.uniform(samples, 0, 1)).map(v -> v < 0.4 ? 0 : keep).toArray();
  }

  /** Layers of two tensors side by side: where a backend has kernels for them, by these. */
  @Test
  void linearOfPair() {
    Cases.run(
        "linearOfPair",
        16,
        c -> {
          c.roundsBetween(Tolerance.HALF_BETWEEN); // weights are rounded to bf16
          int columns = c.choose("columns", 1, 24, 32, 64, 64, 96, 160);
          int out = c.choose("out", 5, 8, 24, 72, 136);
          int rows = c.size("rows", 160);
          int n = rows * columns;
          double[] first = c.normal(n);
          double[] second = c.normal(n);
          double[] w = weight(c, out * 2 * columns, 2 * columns);
          double[] bias = c.flag("bias") ? c.normal(out) : null;
          double[] dy = weight(c, rows * out, rows);
          double[] dFirst = c.choose("first's gradient", 0, 1, 1) == 1 ? c.normal(n) : null;
          double[] dSecond = c.choose("second's gradient", 0, 1, 1) == 1 ? c.normal(n) : null;
          boolean addsToFirst = c.choose("adds to first", 0, 0, 1) == 1;
          boolean addsToSecond = c.choose("adds to second", 0, 0, 1) == 1;
          boolean accumulate = c.flag("accumulate");
          double[] dWeight = c.normal(out * 2 * columns);
          double[] dBias = c.normal(out);
          c.compare(
              side -> {
                MatrixKernels matrix = side.backend().matrix();
                if (!side.backend().multipliesPairs(side.backend().computeType(), columns, out)) {
                  return;
                }
                PreparedWeight weight = matrix.prepare(side.master(w), out, 2 * columns);
                Span a = side.in(first);
                Span b = side.in(second);
                Span gradient = side.in(dy);
                matrix.linearOfPair(
                    rows, columns, a, b, weight, side.master(bias),
                    side.out("y", rows * out, Tolerance.PRODUCT, 1));
                matrix.linearOfPairBackwardInput(
                    rows, columns, gradient, weight,
                    dFirst == null ? null
                        : side.outOrSum("dFirst", addsToFirst, dFirst, Tolerance.PRODUCT, 1),
                    addsToFirst,
                    dSecond == null ? null
                        : side.outOrSum("dSecond", addsToSecond, dSecond, Tolerance.PRODUCT, 1),
                    addsToSecond);
                matrix.linearOfPairBackwardWeight(
                    rows, columns, a, b, gradient, out,
                    side.masterOutOrSum("dWeight", accumulate, dWeight, Tolerance.PRODUCT, 1),
                    bias == null
                        ? null
                        : side.masterOutOrSum("dBias", accumulate, dBias, Tolerance.SUM, 1),
                    accumulate);
              });
        });
  }

  @Test
  void mlp() {
    Cases.run(
        "mlp",
        40,
        c -> {
          c.roundsBetween(Tolerance.HALF_BETWEEN); // weights are rounded to bf16
          int in = c.size("in", 300);
          int hidden =
              c.choose("deep", 0, 0, 1) == 1 ? 768 + c.size("beyond 768", 900) : c.size("hidden", 800);
          int out = c.size("out", 300);
          int rows = c.size("rows", Math.min(200, Math.max(1, LARGEST / hidden / (in + out))));
          RandomPrologue prologue = new RandomPrologue(c, rows, in);
          RandomEpilogue epilogue = new RandomEpilogue(c, rows, out);
          double[] x = prologue.input(c, rows, in);
          double[] w1 = weight(c, hidden * in, in);
          double[] w2 = weight(c, out * hidden, hidden);
          double[] b1 = c.normal(hidden);
          boolean keepHidden = c.flag("hidden kept");
          c.compare(
              side -> {
                PreparedWeight weight1 = side.backend().matrix().prepare(side.master(w1), hidden, in);
                PreparedWeight weight2 = side.backend().matrix().prepare(side.master(w2), out, hidden);
                Span y = epilogue.result(side, Tolerance.FUSED);
                side.backend()
                    .matrix()
                    .mlp(
                        rows, side.in(x), prologue.forward(side), weight1, side.master(b1),
                        keepHidden ? side.out("hidden", rows * hidden, Tolerance.FUSED, 1) : null, weight2,
                        epilogue.epilogue(side, y, Tolerance.FUSED), y);
              });
        });
  }

  /** The branch of a block: LayerNorm, MLP, DropPath; the result lies over the input, its residual. */
  @Test
  void mlpOverItsInput() {
    Cases.run(
        "mlp over its input",
        20,
        c -> {
          c.roundsBetween(Tolerance.HALF_BETWEEN); // weights are rounded to bf16
          int channels = c.size("channels", 300);
          int hidden =
              c.choose("deep", 0, 0, 1) == 1 ? 768 + c.size("beyond 768", 900) : c.size("hidden", 800);
          int rows = c.size("rows", Math.min(200, Math.max(1, LARGEST / hidden / (2 * channels))));
          int rowsPerScale = c.size("rowsPerScale", rows);
          double[] x = NormConformanceTest.spreadRows(c, rows, channels, 0);
          double[] gamma = c.normal(channels);
          double[] beta = c.normal(channels);
          double[] w1 = weight(c, hidden * channels, channels);
          double[] w2 = weight(c, channels * hidden, hidden);
          double[] b1 = c.normal(hidden);
          double[] b2 = c.normal(channels);
          double[] rowScale = c.uniform((rows - 1) / rowsPerScale + 1, 0, 2);
          c.compare(
              side -> {
                PreparedWeight weight1 = side.backend().matrix().prepare(side.master(w1), hidden, channels);
                PreparedWeight weight2 = side.backend().matrix().prepare(side.master(w2), channels, hidden);
                Span y = side.inOut("y", x, Tolerance.FUSED, 1);
                Prologue prologue =
                    Prologue.layerNorm(side.master(gamma), side.master(beta), 1e-5, null, null);
                Epilogue epilogue =
                    Epilogue.biasResidual(side.master(b2), side.master(rowScale), rowsPerScale, y);
                side.backend()
                    .matrix()
                    .mlp(rows, y, prologue, weight1, side.master(b1), null, weight2, epilogue, y);
              });
        });
  }

  @Test
  void gemm() {
    Cases.run(
        "gemm",
        60,
        c -> {
          int k = c.choose("deep", 0, 0, 0, 1) == 1 ? 770 + c.size("beyond 769", 900) : c.size("k", 300);
          int m = c.size("m", 200);
          int n = c.size("n", Math.min(200, Math.max(1, LARGEST / 4 / k / m)));
          int batches = c.choose("batches", 1, 1, 2, 3);
          boolean transposeA = c.flag("transposeA");
          boolean transposeB = c.flag("transposeB");
          int strideA = (transposeA ? m : k) + c.choose("gap A", 0, 0, 3);
          int strideB = (transposeB ? k : n) + c.choose("gap B", 0, 0, 3);
          int strideC = n + c.choose("gap C", 0, 0, 3);
          int sizeA = ((transposeA ? k : m) - 1) * strideA + (transposeA ? m : k);
          int sizeB = ((transposeB ? n : k) - 1) * strideB + (transposeB ? k : n);
          int sizeC = (m - 1) * strideC + n;
          int batchStrideA = c.flag("one A for all") ? 0 : sizeA + c.choose("between A", 0, 5);
          int batchStrideB = c.flag("one B for all") ? 0 : sizeB + c.choose("between B", 0, 5);
          int batchStrideC = sizeC + c.choose("between C", 0, 5);
          double alpha = c.flag("alpha 1") ? 1 : c.number("alpha", -2, 2);
          double beta = c.choose("beta 0, 1 or other", 0, 1, 2);
          beta = beta == 2 ? c.number("beta", -2, 2) : beta;
          double[] a = weight(c, (batches - 1) * batchStrideA + sizeA, k);
          double[] b = c.normal((batches - 1) * batchStrideB + sizeB);
          double[] before = c.normal((batches - 1) * batchStrideC + sizeC);
          if (beta == 0) {
            forgetResults(before, m, n, strideC, batches, batchStrideC);
          }
          Gemm sizes =
              c.note(
                  "sizes",
                  new Gemm(
                      transposeA, transposeB, m, n, k, alpha, beta, strideA, strideB, strideC, batches,
                      batchStrideA, batchStrideB, batchStrideC));
          c.compare(
              side -> side.backend()
                  .matrix()
                  .gemm(sizes, side.in(a), side.in(b), side.inOut("C", before, Tolerance.PRODUCT, 1)));
        });
  }

  /** NaN where C will be written; what lies in its gaps stays. */
  private static void forgetResults(double[] c, int m, int n, int stride, int batches, int batchStride) {
    for (int batch = 0; batch < batches; batch++) {
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          c[batch * batchStride + i * stride + j] = Double.NaN;
        }
      }
    }
  }

  /** Sizes that Swin-T asks for. */
  @Test
  void sizesOfModels() {
    int[][] sizes = {{49, 288, 96}, {49, 96, 96}, {98, 384, 96}, {49, 96, 384}, {8, 1000, 768}, {1, 10, 768}};
    for (int[] size : sizes) {
      Cases.run(
          "linear " + size[0] + "×" + size[1] + "×" + size[2],
          1,
          c -> {
            c.roundsBetween(Tolerance.HALF_BETWEEN); // weights are rounded to bf16
            double[] x = c.normal(size[0] * size[2]);
            double[] w = weight(c, size[1] * size[2], size[2]);
            double[] bias = c.normal(size[1]);
            c.compare(
                side -> side.backend()
                    .matrix()
                    .linear(
                        size[0], side.in(x),
                        side.backend().matrix().prepare(side.master(w), size[1], size[2]), Prologue.NONE,
                        Epilogue.bias(side.master(bias)),
                        side.out("y", size[0] * size[1], Tolerance.PRODUCT, 1)));
          });
    }
  }
}
