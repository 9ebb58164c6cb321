package org.swinengine.backend.cpu.matrix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.backend.cpu.CpuBackendsForTests;
import org.swinengine.backend.cpu.simd.Simd;

/** The matrix family against plain double loops, and its bits across threads and vector widths. */
@Tag("registers")
class CpuMatrixTest {
  /**
   * {rows, in, out}: ragged edges, one of everything, several blocks of the inner dimension and of rows,
   * several groups of panels.
   */
  private static final int[][] SHAPES = {
    {1, 1, 1}, {1, 7, 50}, {2, 16, 48}, {9, 33, 47}, {31, 96, 49}, {49, 770, 95}, {300, 40, 100},
    {5, 1600, 17},
    {600, 20, 21}, {17, 768, 96}, {260, 803, 7}, {9, 5, 803},
  };

  private static final double EPSILON = 1e-5;

  private enum Variant {
    PLAIN,
    BIAS,
    ACCUMULATE,
    GELU,
    GELU_KEPT,
    GELU_RESIDUAL,
    SCALE_RESIDUAL,
    RESIDUAL_IN_PLACE,
    GELU_GRADIENT,
    EVERYTHING
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void linearWithEveryEpilogue(Variant variant) {
    for (int[] shape : SHAPES) {
      checkLinear(shape[0], shape[1], shape[2], variant, Prologue.Kind.NONE);
    }
  }

  @ParameterizedTest
  @EnumSource(Prologue.Kind.class)
  void linearWithEveryPrologue(Prologue.Kind kind) {
    for (int[] shape : SHAPES) {
      checkLinear(shape[0], shape[1], shape[2], Variant.BIAS, kind);
    }
  }

  private static void checkLinear(int rows, int in, int out, Variant variant, Prologue.Kind kind) {
    MatrixCase data = new MatrixCase(rows, in, out);
    List<float[]> vector = run(2, Simd.isVector(), m -> linear(m, data, variant, kind));
    List<float[]> oneThread = run(1, Simd.isVector(), m -> linear(m, data, variant, kind));
    List<float[]> scalar = run(3, false, m -> linear(m, data, variant, kind));
    String name = variant + " " + kind + " " + rows + "×" + in + "×" + out;
    assertBits(vector, oneThread, name);
    assertBits(vector, scalar, name);

    double[] x = prologue(data, kind);
    double[] product = PlainMath.product(rows, in, out, x, data.weight);
    double[] pre = new double[rows * out];
    double[] y = new double[rows * out];
    for (int i = 0; i < y.length; i++) {
      int r = i / out;
      double t = product[i];
      t += variant == Variant.ACCUMULATE || variant == Variant.EVERYTHING ? data.old[i] : 0;
      t += variant == Variant.PLAIN || variant == Variant.ACCUMULATE ? 0 : data.bias[i % out];
      pre[i] = t;
      t = variant.name().startsWith("GELU") && variant != Variant.GELU_GRADIENT
          || variant == Variant.EVERYTHING
              ? PlainMath.gelu(t)
              : t;
      t *= variant == Variant.GELU_GRADIENT || variant == Variant.EVERYTHING
          ? PlainMath.geluGradient(data.other[i])
          : 1;
      t *= variant == Variant.SCALE_RESIDUAL || variant == Variant.EVERYTHING ? data.scale[r / 2] : 1;
      t += switch (variant) {
        case GELU_RESIDUAL, SCALE_RESIDUAL, EVERYTHING -> data.residual[i];
        case RESIDUAL_IN_PLACE -> data.old[i];
        default -> 0;
      };
      y[i] = t;
    }
    assertClose(y, vector.get(0), in, name);
    if (variant == Variant.GELU_KEPT || variant == Variant.EVERYTHING) {
      assertClose(pre, vector.get(1), in, name);
    }
  }

  private static void linear(Machine m, MatrixCase data, Variant variant, Prologue.Kind kind) {
    Buffer y = m.put(data.old);
    Buffer pre = m.put(new float[data.rows * data.out]);
    Buffer bias = m.put(data.bias);
    Buffer residual = m.put(data.residual);
    Buffer scale = m.put(data.scale);
    Buffer other = m.put(data.other);
    Epilogue epilogue =
        switch (variant) {
          case PLAIN -> Epilogue.NONE;
          case BIAS -> Epilogue.bias(bias);
          case ACCUMULATE -> Epilogue.ACCUMULATE;
          case GELU -> Epilogue.biasGelu(bias, null);
          case GELU_KEPT -> Epilogue.biasGelu(bias, pre);
          case GELU_RESIDUAL -> new Epilogue(false, bias, null, true, null, null, 1, residual);
          case SCALE_RESIDUAL -> Epilogue.biasResidual(bias, scale, 2, residual);
          case RESIDUAL_IN_PLACE -> Epilogue.biasResidual(bias, null, 1, y);
          case GELU_GRADIENT -> new Epilogue(false, bias, null, false, other, null, 1, null);
          case EVERYTHING -> new Epilogue(true, bias, pre, true, other, scale, 2, residual);
        };
    PreparedWeight weight = m.matrix.prepare(m.put(data.weight), data.out, data.in);
    m.matrix.linear(data.rows, m.put(data.x), weight, m.prologue(data, kind), epilogue, y);
    m.results(y, pre, m.mean, m.inverse);
  }

  @Test
  void keepsTheRowStatistics() {
    MatrixCase data = new MatrixCase(70, 50, 8);
    List<float[]> results =
        run(2, Simd.isVector(), m -> linear(m, data, Variant.BIAS, Prologue.Kind.LAYER_NORM));
    for (int r = 0; r < data.rows; r++) {
      double mean = mean(data, r);
      assertEquals(mean, results.get(2)[r], 1e-6);
      assertEquals(1 / Math.sqrt(variance(data, r, mean) + EPSILON), results.get(3)[r], 1e-5);
    }
  }

  @Test
  void backwardInput() {
    for (int[] shape : SHAPES) {
      MatrixCase data = new MatrixCase(shape[0], shape[2], shape[1]); // in and out swapped: data.x is dy
      int in = shape[1];
      float[] weight = data.random(shape[2] * in);
      Runner runner =
          m -> {
            Buffer dx = m.put(data.old);
            PreparedWeight w = m.matrix.prepare(m.put(weight), shape[2], in);
            m.matrix.linearBackwardInput(
                data.rows, m.put(data.x), w, Epilogue.timesGeluGradient(m.put(data.other)), dx);
            m.results(dx);
          };
      List<float[]> vector = run(2, Simd.isVector(), runner);
      assertBits(vector, run(1, false, runner), "dx");
      double[] dx = new double[data.rows * in];
      for (int r = 0; r < data.rows; r++) {
        for (int c = 0; c < in; c++) {
          double sum = 0;
          for (int n = 0; n < shape[2]; n++) {
            sum += (double) data.x[r * shape[2] + n] * weight[n * in + c];
          }
          dx[r * in + c] = sum * PlainMath.geluGradient(data.other[r * in + c]);
        }
      }
      assertClose(dx, vector.get(0), shape[2], "dx " + shape[0] + "×" + in + "×" + shape[2]);
    }
  }

  @ParameterizedTest
  @EnumSource(Prologue.Kind.class)
  void backwardWeight(Prologue.Kind kind) {
    for (int[] shape : SHAPES) {
      for (boolean accumulate : new boolean[] {false, true}) {
        checkBackwardWeight(new MatrixCase(shape[0], shape[1], shape[2]), kind, accumulate);
      }
    }
  }

  private static void checkBackwardWeight(MatrixCase data, Prologue.Kind kind, boolean accumulate) {
    Runner runner =
        m -> {
          Buffer dWeight = m.put(data.weight);
          Buffer dBias = m.put(data.bias);
          Buffer x = m.put(data.x);
          Prologue prologue = m.prologue(data, kind);
          if (kind == Prologue.Kind.LAYER_NORM) {
            PreparedWeight w = m.matrix.prepare(m.put(data.weight), data.out, data.in);
            m.matrix.linear(data.rows, x, w, prologue, Epilogue.NONE, m.put(data.old));
          }
          m.matrix.linearBackwardWeight(
              data.rows, x, prologue, m.put(data.other), data.out, data.in, dWeight, dBias, accumulate);
          m.results(dWeight, dBias);
        };
    String name = "dW " + kind + " " + data.rows + "×" + data.in + "×" + data.out;
    List<float[]> vector = run(2, Simd.isVector(), runner);
    assertBits(vector, run(1, Simd.isVector(), runner), name);
    assertBits(vector, run(4, false, runner), name);
    double[] x = prologue(data, kind);
    double[] dWeight = new double[data.out * data.in];
    double[] dBias = new double[data.out];
    for (int n = 0; n < data.out; n++) {
      dBias[n] = accumulate ? data.bias[n] : 0;
      for (int c = 0; c < data.in; c++) {
        dWeight[n * data.in + c] = accumulate ? data.weight[n * data.in + c] : 0;
      }
      for (int r = 0; r < data.rows; r++) {
        double dy = data.other[r * data.out + n];
        dBias[n] += dy;
        for (int c = 0; c < data.in; c++) {
          dWeight[n * data.in + c] += dy * x[r * data.in + c];
        }
      }
    }
    assertClose(dWeight, vector.get(0), data.rows, name);
    assertClose(dBias, vector.get(1), data.rows, name);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void mlpIsItsTwoLayers(boolean keep) {
    for (int[] shape : SHAPES) {
      MatrixCase data = new MatrixCase(shape[0], shape[1], shape[2]);
      float[] second = data.random(data.in * data.out);
      Runner fused = m -> mlp(m, data, second, keep, true);
      List<float[]> vector = run(2, Simd.isVector(), fused);
      assertBits(vector, run(1, Simd.isVector(), fused), "mlp");
      assertBits(vector, run(2, false, fused), "mlp");
      assertBits(vector, run(2, Simd.isVector(), m -> mlp(m, data, second, keep, false)), "two layers");
    }
  }

  private static void mlp(Machine m, MatrixCase data, float[] second, boolean keep, boolean fused) {
    MatrixKernels k = m.matrix;
    PreparedWeight w1 = k.prepare(m.put(data.weight), data.out, data.in);
    PreparedWeight w2 = k.prepare(m.put(second), data.in, data.out);
    Buffer x = m.put(data.x);
    Buffer bias1 = m.put(data.bias);
    Buffer hidden = m.put(new float[data.rows * data.out]);
    Prologue prologue = m.prologue(data, Prologue.Kind.LAYER_NORM);
    Epilogue epilogue = Epilogue.biasResidual(m.put(data.beta), m.put(data.scale), 2, x);
    if (fused) {
      k.mlp(data.rows, x, prologue, w1, bias1, keep ? hidden : null, w2, epilogue, x);
    } else {
      Buffer middle = m.put(new float[data.rows * data.out]);
      k.linear(data.rows, x, w1, prologue, Epilogue.biasGelu(bias1, keep ? hidden : null), middle);
      k.linear(data.rows, middle, w2, Prologue.NONE, epilogue, x);
    }
    m.results(x, hidden, m.mean, m.inverse);
  }

  @Test
  void weightIsPreparedAnewAfterInvalidate() {
    MatrixCase data = new MatrixCase(3, 5, 4);
    try (CpuBackend backend = new CpuBackend(2)) {
      Machine m = new Machine(backend);
      Buffer weight = m.put(data.weight);
      PreparedWeight prepared = backend.matrix().prepare(weight, data.out, data.in);
      Buffer x = m.put(data.x);
      Buffer y = m.put(data.old);
      backend.matrix().linear(data.rows, x, prepared, Prologue.NONE, Epilogue.NONE, y);
      backend.memory().fill(weight, weight.size(), 0);
      prepared.invalidate();
      backend.matrix().linear(data.rows, x, prepared, Prologue.NONE, Epilogue.NONE, y);
      m.results(y);
      assertArrayEquals(new float[data.rows * data.out], m.results.get(0));
    }
  }

  @Test
  void generalProducts() {
    Random random = new Random(5);
    for (int trial = 0; trial < 60; trial++) {
      boolean transposeA = random.nextBoolean();
      boolean transposeB = random.nextBoolean();
      int m = 1 + random.nextInt(40);
      int n = 1 + random.nextInt(120);
      int k = trial % 10 == 0 ? 900 : 1 + random.nextInt(70);
      int strideA = (transposeA ? m : k) + random.nextInt(3);
      int strideB = (transposeB ? k : n) + random.nextInt(3);
      int strideC = n + random.nextInt(3);
      int batches = 1 + random.nextInt(3);
      double beta = random.nextInt(3) * 0.5;
      int sizeA = (transposeA ? k : m) * strideA;
      int sizeB = (transposeB ? n : k) * strideB;
      Gemm sizes =
          new Gemm(
              transposeA, transposeB, m, n, k, 0.75, beta, strideA, strideB, strideC, batches,
              trial % 3 == 0 ? 0 : sizeA, sizeB, m * strideC);
      checkGemm(sizes, sizeA * batches, sizeB * batches, m * strideC * batches, trial);
    }
  }

  private static void checkGemm(Gemm s, int sizeA, int sizeB, int sizeC, int seed) {
    MatrixCase data = new MatrixCase(1, 1, seed + 1);
    float[] a = data.random(sizeA);
    float[] b = data.random(sizeB);
    float[] c = data.random(sizeC);
    Runner runner =
        m -> {
          Buffer result = m.put(c);
          m.matrix.gemm(s, m.put(a), m.put(b), result);
          m.results(result);
        };
    List<float[]> vector = run(2, Simd.isVector(), runner);
    assertBits(vector, run(1, false, runner), s.toString());
    double[] expected = new double[sizeC];
    for (int i = 0; i < sizeC; i++) {
      expected[i] = c[i];
    }
    for (int batch = 0; batch < s.batches(); batch++) {
      for (int i = 0; i < s.m(); i++) {
        for (int j = 0; j < s.n(); j++) {
          double sum = 0;
          for (int k = 0; k < s.k(); k++) {
            int atA = s.transposeA() ? k * s.strideA() + i : i * s.strideA() + k;
            int atB = s.transposeB() ? j * s.strideB() + k : k * s.strideB() + j;
            sum += (double) a[(int) (batch * s.batchStrideA()) + atA]
                * b[(int) (batch * s.batchStrideB()) + atB];
          }
          int at = (int) (batch * s.batchStrideC()) + i * s.strideC() + j;
          expected[at] = s.alpha() * sum + (s.beta() == 0 ? 0 : s.beta() * c[at]);
        }
      }
    }
    assertClose(expected, vector.get(0), s.k(), s.toString());
  }

  @Test
  void zeroBetaDoesNotReadC() {
    List<float[]> results =
        run(
            2,
            Simd.isVector(),
            m -> {
              Buffer c = m.put(new float[] {Float.NaN});
              m.matrix.gemm(
                  Gemm.dense(false, false, 1, 1, 2), m.put(new float[] {1, 2}), m.put(new float[] {3, 4}), c);
              m.results(c);
            });
    assertEquals(11f, results.get(0)[0]);
  }

  @Test
  void scalarTwinRunsBesideTheVectorKernels() {
    assumeTrue(Simd.isVector());
    try (CpuBackend backend = CpuBackendsForTests.open(1, false)) {
      assertEquals("cpu: 1 thread, scalar kernels (asked for by a test), float32", backend.describe());
    }
  }

  // ---- plain double versions ----

  private static double[] prologue(MatrixCase data, Prologue.Kind kind) {
    double[] x = new double[data.rows * data.in];
    for (int r = 0; r < data.rows; r++) {
      double mean = mean(data, r);
      double inverse = 1 / Math.sqrt(variance(data, r, mean) + EPSILON);
      for (int c = 0; c < data.in; c++) {
        double v = data.x[r * data.in + c];
        x[r * data.in + c] =
            switch (kind) {
              case NONE -> v;
              case GELU -> PlainMath.gelu(v);
              case LAYER_NORM -> (v - mean) * inverse * data.gamma[c] + data.beta[c];
            };
      }
    }
    return x;
  }

  private static double mean(MatrixCase data, int row) {
    double sum = 0;
    for (int c = 0; c < data.in; c++) {
      sum += data.x[row * data.in + c];
    }
    return sum / data.in;
  }

  private static double variance(MatrixCase data, int row, double mean) {
    double sum = 0;
    for (int c = 0; c < data.in; c++) {
      double d = data.x[row * data.in + c] - mean;
      sum += d * d;
    }
    return sum / data.in;
  }

  // ---- running ----

  private interface Runner {
    void run(Machine machine);
  }

  private static List<float[]> run(int threads, boolean vector, Runner runner) {
    try (CpuBackend backend = CpuBackendsForTests.open(threads, vector)) {
      Machine machine = new Machine(backend);
      runner.run(machine);
      return machine.results;
    }
  }

  private static void assertBits(List<float[]> expected, List<float[]> actual, String name) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), name);
    }
  }

  /** Rounding grows with the root of the number of terms; the terms are of size one. */
  private static void assertClose(double[] expected, float[] actual, int terms, String name) {
    double tolerance = 1e-6 * (4 + 2 * Math.sqrt(terms));
    assertEquals(expected.length, actual.length);
    for (int i = 0; i < expected.length; i++) {
      double allowed = tolerance * Math.max(1, Math.abs(expected[i]));
      if (!(Math.abs(expected[i] - actual[i]) <= allowed)) {
        assertEquals(expected[i], actual[i], allowed, name + " element " + i);
      }
    }
  }

  /** A backend with buffers that do not start at the beginning of their cache lines. */
  private static final class Machine {
    final CpuBackend backend;
    final MatrixKernels matrix;
    final List<float[]> results = new ArrayList<>();
    Buffer mean;
    Buffer inverse;

    Machine(CpuBackend backend) {
      this.backend = backend;
      matrix = backend.matrix();
      mean = put(new float[1]);
      inverse = put(new float[1]);
    }

    Buffer put(float[] values) {
      Buffer buffer = backend.memory().allocate(DType.FLOAT32, values.length);
      backend.memory().upload(values, 0, buffer, values.length);
      return buffer;
    }

    Prologue prologue(MatrixCase data, Prologue.Kind kind) {
      switch (kind) {
        case LAYER_NORM:
          mean = put(new float[data.rows]);
          inverse = put(new float[data.rows]);
          return Prologue.layerNorm(put(data.gamma), put(data.beta), EPSILON, mean, inverse);
        case GELU:
          return Prologue.GELU;
        default:
          return Prologue.NONE;
      }
    }

    void results(Buffer... buffers) {
      for (Buffer buffer : buffers) {
        float[] values = new float[(int) buffer.size()];
        backend.memory().download(buffer, values, 0, values.length);
        results.add(values);
      }
    }
  }
}
