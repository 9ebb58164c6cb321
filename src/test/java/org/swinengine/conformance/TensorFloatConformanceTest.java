package org.swinengine.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.RowFactors;
import org.swinengine.backend.Span;
import org.swinengine.backend.cuda.RecordedCalls;

/** Products in TF32 ({@code tf32.cu}) against the reference, as {@link MatrixConformanceTest} does. */
@Tag("conformance")
@Tag("numerics")
class TensorFloatConformanceTest {
  private static final int MOST = 130;

  private boolean dropped;

  @BeforeAll
  static void needsDevice() {
    BackendsUnderTest.tensorFloat();
  }

  /** Does a layer's product, and looks at its kernel: none is left to strict float32, nor is dropout. */
  private void multiply(Cases.Side side, String layout, Epilogue epilogue, Runnable product) {
    if (side.backend() == BackendsUnderTest.REFERENCE || !BackendsUnderTest.isEmulated()) {
      product.run();
      return;
    }
    List<String> kernels = RecordedCalls.of(product).stream().map(RecordedCalls.Call::kernel)
        .filter(kernel -> !kernel.isEmpty()).toList();
    String dropout = epilogue.dropout() == null ? "" : "dropout_";
    assertEquals(1, kernels.size(), kernels::toString);
    assertTrue(kernels.get(0).matches("product_" + layout + "_" + dropout + "(64|any)_tf32"), kernels.get(0));
    dropped |= epilogue.dropout() != null;
  }

  private void assertDropped() {
    assertTrue(dropped || !BackendsUnderTest.isEmulated(), "no case had dropout");
  }

  @Test
  void linear() {
    Cases.run(
        "linear in TF32",
        24,
        c -> {
          int rows = c.size("rows", MOST);
          int out = c.size("out", MOST);
          int in = c.size("in", MOST);
          MatrixConformanceTest.RandomEpilogue epilogue =
              new MatrixConformanceTest.RandomEpilogue(c, rows, out);
          double[] x = c.normal(rows * in);
          double[] w = MatrixConformanceTest.weight(c, out * in, in);
          c.compare(
              BackendsUnderTest.tensorFloat(),
              side -> {
                PreparedWeight weight = side.backend().matrix().prepare(side.master(w), out, in);
                Span y = epilogue.result(side, Tolerance.TENSOR_FLOAT);
                Span left = side.in(x);
                Epilogue steps = epilogue.epilogue(side, y, Tolerance.TENSOR_FLOAT);
                multiply(
                    side, "nt", steps,
                    () -> side.backend().matrix().linear(rows, left, weight, Prologue.NONE, steps, y));
              });
        });
    assertDropped();
  }

  @Test
  void linearBackwardInput() {
    Cases.run(
        "linearBackwardInput in TF32",
        16,
        c -> {
          int rows = c.size("rows", MOST);
          int out = c.size("out", MOST);
          int in = c.size("in", MOST);
          MatrixConformanceTest.RandomEpilogue epilogue =
              new MatrixConformanceTest.RandomEpilogue(c, rows, in);
          double[] dy = c.normal(rows * out);
          double[] w = MatrixConformanceTest.weight(c, out * in, out);
          c.compare(
              BackendsUnderTest.tensorFloat(),
              side -> {
                PreparedWeight weight = side.backend().matrix().prepare(side.master(w), out, in);
                Span dx = epilogue.result(side, Tolerance.TENSOR_FLOAT);
                Span left = side.in(dy);
                Epilogue steps = epilogue.epilogue(side, dx, Tolerance.TENSOR_FLOAT);
                multiply(
                    side, "nn", steps,
                    () -> side.backend().matrix().linearBackwardInput(rows, left, weight, steps, dx));
              });
        });
    assertDropped();
  }

  /** Rows enough for several slices in one case of four; the bias's gradient is float32's. */
  @Test
  void linearBackwardWeight() {
    Cases.run(
        "linearBackwardWeight in TF32",
        16,
        c -> {
          int rows = c.choose("slices", 0, 0, 0, 1) == 1 ? 1500 : c.size("rows", MOST);
          int out = c.size("out", 70);
          int in = c.size("in", 70);
          double[] x = c.normal(rows * in);
          double[] dy = MatrixConformanceTest.weight(c, rows * out, rows);
          double[] dWeight = c.normal(out * in);
          double[] dBias = c.normal(out);
          boolean bias = c.flag("bias");
          boolean accumulate = c.flag("accumulate");
          boolean drops = c.choose("dropPath", 0, 0, 1) == 1;
          int each = drops ? c.size("rowsPerFactor", rows) : 1;
          double[] factors = drops ? MatrixConformanceTest.dropPath(c, (rows - 1) / each + 1) : null;
          c.compare(
              BackendsUnderTest.tensorFloat(),
              side -> side.backend().matrix().linearBackwardWeight(
                  rows, side.in(x), Prologue.NONE, side.in(dy),
                  drops ? new RowFactors(side.master(factors), each) : null, out, in,
                  side.masterOutOrSum("dWeight", accumulate, dWeight, Tolerance.TENSOR_FLOAT, 1),
                  bias ? side.masterOutOrSum("dBias", accumulate, dBias, Tolerance.SUM, 1) : null,
                  accumulate));
        });
  }

  @Test
  void mlp() {
    Cases.run(
        "mlp in TF32",
        8,
        c -> {
          int rows = c.size("rows", 70);
          int channels = c.size("channels", 70);
          int hidden = c.size("hidden", MOST);
          double[] x = c.normal(rows * channels);
          double[] gamma = c.normal(channels);
          double[] beta = c.normal(channels);
          double[] w1 = MatrixConformanceTest.weight(c, hidden * channels, channels);
          double[] w2 = MatrixConformanceTest.weight(c, channels * hidden, hidden);
          double[] b1 = c.normal(hidden);
          c.compare(
              BackendsUnderTest.tensorFloat(),
              side -> {
                PreparedWeight weight1 = side.backend().matrix().prepare(side.master(w1), hidden, channels);
                PreparedWeight weight2 = side.backend().matrix().prepare(side.master(w2), channels, hidden);
                Span y = side.inOut("y", x, Tolerance.TENSOR_FLOAT, 1);
                Prologue prologue =
                    Prologue.layerNorm(side.master(gamma), side.master(beta), 1e-5, null, null);
                side.backend().matrix().mlp(rows, y, prologue, weight1, side.master(b1), null, weight2,
                    Epilogue.biasResidual(null, null, 1, y), y);
              });
        });
  }

  @Test
  void gemm() {
    Cases.run(
        "gemm in TF32",
        24,
        c -> {
          int m = c.size("m", MOST);
          int n = c.size("n", MOST);
          int k = c.size("k", MOST);
          int batches = c.choose("batches", 1, 2, 3);
          boolean transposeA = c.flag("transposeA");
          boolean transposeB = c.flag("transposeB");
          int strideA = (transposeA ? m : k) + c.choose("gap A", 0, 0, 3, 4);
          int strideB = (transposeB ? k : n) + c.choose("gap B", 0, 0, 3, 4);
          int strideC = n + c.choose("gap C", 0, 0, 3, 4);
          int sizeA = (transposeA ? k : m) * strideA;
          int sizeB = (transposeB ? n : k) * strideB;
          int sizeC = m * strideC;
          int batchStrideA = c.flag("one A for all") ? 0 : sizeA;
          double[] a = MatrixConformanceTest.weight(c, batches * sizeA, k);
          double[] b = c.normal(batches * sizeB);
          double[] before = c.normal(batches * sizeC);
          Gemm sizes =
              c.note(
                  "sizes",
                  new Gemm(
                      transposeA, transposeB, m, n, k, c.number("alpha", -2, 2), c.choose("beta", 0, 1, -2),
                      strideA, strideB, strideC, batches, batchStrideA, sizeB, sizeC));
          c.compare(
              BackendsUnderTest.tensorFloat(),
              side -> side.backend().matrix().gemm(sizes, side.in(a), side.in(b),
                  side.inOut("C", before, Tolerance.TENSOR_FLOAT, 1)));
        });
  }
}
