package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;

/**
 * LayerNorm that the product after it carries out ({@code normFold.cuh}), and the statistics of rows that go
 * from kernel to kernel for it ({@code rowStatistics.cuh}).
 */
@Tag("cuda")
class NormFoldTest {
  private static final double EPSILON = 1e-5;

  /** bf16's rounding, relative. */
  private static final double ROUNDING = 1.0 / 256 / 2;

  private static CudaBackend backend;

  private final SplittableRandom random = new SplittableRandom(23);

  @BeforeAll
  static void open() {
    backend = (CudaBackend) CudaBackendsForTests.open(DType.BF16);
  }

  @AfterAll
  static void close() {
    if (backend != null) {
      backend.close();
    }
  }

  private static double rounded(double value) {
    return BrainFloat.toFloat(BrainFloat.of((float) value));
  }

  private double[] floats(int n, double center, double spread) {
    return random.doubles(n, center - spread, center + spread).map(v -> (float) v).toArray();
  }

  /** A layer with its norm, and what it should give: everything but the operands' own rounding in float64. */
  private final class Layer {
    final int rows;
    final int in;
    final int out;
    final double[] x;
    final double[] weight;
    final double[] gamma;
    final double[] beta;
    final double[] bias;

    Layer(int rows, int in, int out, double[] x) {
      this.rows = rows;
      this.in = in;
      this.out = out;
      this.x = Arrays.stream(x).map(NormFoldTest::rounded).toArray();
      weight = floats(out * in, 0, 0.1);
      gamma = floats(in, 1, 0.5);
      beta = floats(in, 0, 0.5);
      bias = floats(out, 0, 1);
    }

    double[] expected(boolean gelu) {
      double[] result = new double[rows * out];
      for (int r = 0; r < rows; r++) {
        double[] row = Arrays.copyOfRange(x, r * in, (r + 1) * in);
        double mean = Arrays.stream(row).average().orElseThrow();
        double variance = Arrays.stream(row).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
        double inverse = 1 / Math.sqrt(variance + EPSILON);
        for (int j = 0; j < out; j++) {
          double sum = bias[j];
          for (int k = 0; k < in; k++) {
            sum += ((row[k] - mean) * inverse * gamma[k] + beta[k]) * weight[j * in + k];
          }
          result[r * out + j] = gelu ? sum * normalDistribution(sum) : sum;
        }
      }
      return result;
    }

    /**
     * @param folded whether the product carries the norm out, or a kernel before it
     * @param given whether the statistics of the rows are there already
     */
    double[] found(boolean gelu, boolean folded, boolean given) {
      TestBuffers buffers = new TestBuffers(backend, true);
      Span rowsOfX = buffers.of(x);
      Span statistics = given ? buffers.result(DType.FLOAT32, rows * size(in)) : null;
      if (given) {
        ((CudaNorm) backend.norm()).rowStatistics(rows, in, rowsOfX, statistics);
      }
      Span g = buffers.of(DType.FLOAT32, gamma);
      Span b = buffers.of(DType.FLOAT32, beta);
      Prologue prologue =
          folded ? Prologue.steadyLayerNorm(g, b, EPSILON, statistics, 0)
              : Prologue.layerNorm(g, b, EPSILON, null, null);
      Span shift = buffers.of(DType.FLOAT32, bias);
      Span y = buffers.result(rows * out);
      PreparedWeight prepared = backend.matrix().prepare(buffers.of(DType.FLOAT32, weight), out, in);
      backend.matrix().linear(
          rows, rowsOfX, prepared, prologue, gelu ? Epilogue.biasGelu(shift, null) : Epilogue.bias(shift), y);
      double[] result = buffers.read(y);
      buffers.assertGuardsIntact();
      buffers.release();
      return result;
    }
  }

  private static int size(int columns) {
    return backend.norm().rowStatisticsSize(DType.BF16, columns);
  }

  private static double normalDistribution(double x) {
    // Abramowitz and Stegun 7.1.26 is good to 1.5e-7.
    double t = 1 / (1 + 0.3275911 * Math.abs(x) / Math.sqrt(2));
    double tail =
        t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
            * Math.exp(-x * x / 2) / 2;
    return x < 0 ? tail : 1 - tail;
  }

  private static double largest(double[] values) {
    return Arrays.stream(values).map(Math::abs).max().orElseThrow();
  }

  private static double error(double[] expected, double[] found) {
    double most = 0;
    for (int i = 0; i < expected.length; i++) {
      assertFalse(Double.isNaN(found[i]), "element " + i);
      most = Math.max(most, Math.abs(expected[i] - found[i]));
    }
    return most / largest(expected);
  }

  private void check(String what, Layer layer) {
    for (boolean gelu : new boolean[] {false, true}) {
      double[] expected = layer.expected(gelu);
      double[] found = layer.found(gelu, true, false);
      assertArrayEquals(found, layer.found(gelu, true, true), what + ": whoever made the statistics");
      double error = error(expected, found);
      double unfolded = error(expected, layer.found(gelu, false, false));
      // Weights are rounded once, results once; terms may cancel by a third.
      assertTrue(error <= 3 * ROUNDING, what + ": " + error + " of the largest element");
      assertTrue(error <= 1.1 * unfolded + 0.1 * ROUNDING,
          what + ": " + error + ", in a kernel of its own " + unfolded);
    }
  }

  /** One to 24 parts of a row, whole tiles and others. */
  @Test
  void theProductNormalises() {
    for (int in : new int[] {32, 96, 384, 768}) {
      check(in + " columns", new Layer(70, in, 96, floats(70 * in, 0, 2)));
    }
  }

  /** A mean a hundred times the deviation: what a row has to itself is a bit and a half of each number. */
  @Test
  void aLargeMeanVanishes() {
    for (double mean : new double[] {100, -100, 25600}) {
      int in = 384;
      check("mean " + mean,
          new Layer(40, in, 64, floats(40 * in, mean, Math.abs(mean) / 100 * Math.sqrt(3))));
    }
  }

  /** Some channels a hundred times as large as the others, as residual streams have them; a row of zeros. */
  @Test
  void outliersSpoilNoMoreThanInAKernelOfItsOwn() {
    int in = 192;
    double[] x = floats(48 * in, 0, 1);
    for (int i = 0; i < x.length; i++) {
      int channel = i % in;
      x[i] = channel == 5 || channel == 77 ? 100 + x[i] : channel == 130 ? 200 * x[i] : x[i];
    }
    Arrays.fill(x, 0, in, 0);
    check("outliers", new Layer(48, in, 96, x));
  }

  /** Small and large tiles, every order of threads: the same rows give the same bits. */
  @Test
  void aRowDoesNotDependOnItsBatch() {
    int many = 12 * 128;
    Layer large = new Layer(many, 64, 11 * 128, floats(many * 64, 1, 2));
    int few = 70;
    double[] expected = null;
    for (int rows : new int[] {few, many}) {
      Layer layer = new Layer(rows, 64, large.out, Arrays.copyOf(large.x, rows * 64));
      System.arraycopy(large.weight, 0, layer.weight, 0, large.weight.length);
      System.arraycopy(large.gamma, 0, layer.gamma, 0, 64);
      System.arraycopy(large.beta, 0, layer.beta, 0, 64);
      System.arraycopy(large.bias, 0, layer.bias, 0, large.out);
      for (int schedule : rows == few ? CudaBackendsForTests.schedules() : new int[] {0}) {
        CudaBackendsForTests.schedule(schedule);
        double[] found = Arrays.copyOf(layer.found(false, true, false), few * large.out);
        expected = expected == null ? found : expected;
        assertArrayEquals(expected, found, rows + " rows, schedule " + schedule);
      }
      CudaBackendsForTests.schedule(0);
    }
  }

  /** The residual's epilogue, a normalised product and merging keep what is made of the rows in memory. */
  @Test
  void whoeverWritesRowsKeepsTheSameStatistics() {
    int in = 64;
    int out = 96;
    for (int rows : new int[] {70, 6000}) {
      for (int schedule : rows == 70 ? CudaBackendsForTests.schedules() : new int[] {1}) {
        CudaBackendsForTests.schedule(schedule);
        TestBuffers buffers = new TestBuffers(backend, true);
        PreparedWeight weight =
            backend.matrix().prepare(buffers.of(DType.FLOAT32, floats(out * in, 0, 1)), out, in);
        Span x = buffers.of(floats(rows * in, 3, 1));
        Span y = buffers.of(floats(rows * out, 0, 1));
        Span kept = buffers.result(DType.FLOAT32, rows * size(out));
        Span made = buffers.result(DType.FLOAT32, rows * size(out));
        backend.matrix().linear(
            rows, x, weight, Prologue.NONE, Epilogue.biasResidual(null, null, 1, y).keeping(kept), y);
        ((CudaNorm) backend.norm()).rowStatistics(rows, out, y, made);
        assertArrayEquals(buffers.read(made), buffers.read(kept), "residual, " + rows + " rows");

        Span gamma = buffers.of(DType.FLOAT32, floats(in, 1, 1));
        Prologue norm = Prologue.steadyLayerNorm(gamma, gamma, EPSILON, null, 0);
        backend.matrix().linear(rows, x, weight, norm, Epilogue.NONE.keeping(kept), y);
        ((CudaNorm) backend.norm()).rowStatistics(rows, out, y, made);
        assertArrayEquals(buffers.read(made), buffers.read(kept), "normalised, " + rows + " rows");
        buffers.assertGuardsIntact();
        buffers.release();
      }
      CudaBackendsForTests.schedule(0);
    }
    for (int channels : new int[] {24, 32, 96}) {
      TestBuffers buffers = new TestBuffers(backend, true);
      Span x = buffers.of(floats(2 * 5 * 7 * channels, 0, 1));
      int rows = 2 * 3 * 4;
      Span merged = buffers.result(rows * 4 * channels);
      Span plain = buffers.result(rows * 4 * channels);
      Span kept = buffers.result(DType.FLOAT32, rows * size(4 * channels));
      Span made = buffers.result(DType.FLOAT32, rows * size(4 * channels));
      backend.patch().mergeGather(2, 5, 7, channels, x, merged, kept);
      backend.patch().mergeGather(2, 5, 7, channels, x, plain);
      ((CudaNorm) backend.norm()).rowStatistics(rows, 4 * channels, plain, made);
      assertArrayEquals(buffers.read(plain), buffers.read(merged), channels + " channels");
      assertArrayEquals(buffers.read(made), buffers.read(kept), channels + " channels");
      buffers.assertGuardsIntact();
      buffers.release();
    }
  }

  /** What is made of the parameters is made once, and again after any of them has changed. */
  @Test
  void changedParametersAreFoldedAnew() {
    int in = 32;
    TestBuffers buffers = new TestBuffers(backend, true);
    Span master = buffers.of(DType.FLOAT32, floats(16 * in, 0, 1));
    PreparedWeight weight = backend.matrix().prepare(master, 16, in);
    Span gamma = buffers.of(DType.FLOAT32, floats(in, 1, 1));
    Span beta = buffers.of(DType.FLOAT32, floats(in, 0, 1));
    Span bias = buffers.of(DType.FLOAT32, floats(16, 0, 1));
    Span x = buffers.of(floats(8 * in, 0, 1));
    Span y = buffers.result(8 * 16);
    int version = 0;
    double[] before = {};
    for (Span changed : new Span[] {null, gamma, beta, bias}) {
      if (changed != null) {
        buffers.write(changed, floats(changed == bias ? 16 : in, 2, 1));
      }
      double[] after = linear(buffers, x, weight, gamma, beta, version++, bias, y);
      assertFalse(Arrays.equals(before, after), "an old form was taken");
      double[] again = linear(buffers, x, weight, gamma, beta, version - 1, bias, y);
      assertArrayEquals(after, again);
      before = after;
    }
    buffers.write(master, floats(16 * in, 1, 1));
    weight.invalidate();
    assertFalse(Arrays.equals(before, linear(buffers, x, weight, gamma, beta, version - 1, bias, y)));
    buffers.release();
  }

  private static double[] linear(
      TestBuffers buffers, Span x, PreparedWeight weight, Span gamma, Span beta, long version, Span bias,
      Span y) {
    Prologue prologue = Prologue.steadyLayerNorm(gamma, beta, EPSILON, null, version);
    backend.matrix().linear(8, x, weight, prologue, Epilogue.bias(bias), y);
    return buffers.read(y);
  }

  /** Rows that do not consist of parts, and those that start anywhere, are normalised by a kernel. */
  @Test
  void otherRowsAreNormalisedByThemselves() {
    assertEquals(0, size(48));
    assertEquals(0, backend.norm().rowStatisticsSize(DType.FLOAT32, 96));
    int rows = 5;
    int in = 96;
    Layer layer = new Layer(rows, in, 32, floats(rows * in, 0, 1));
    TestBuffers buffers = new TestBuffers(backend, false);
    Buffer y = backend.memory().allocate(DType.BF16, rows * 32L);
    Prologue prologue =
        Prologue.steadyLayerNorm(
            buffers.of(DType.FLOAT32, layer.gamma), buffers.of(DType.FLOAT32, layer.beta), EPSILON, null, 0);
    PreparedWeight weight = backend.matrix().prepare(buffers.of(DType.FLOAT32, layer.weight), 32, in);
    Span bias = buffers.of(DType.FLOAT32, layer.bias);
    Buffer kept = backend.memory().allocate(DType.FLOAT32, rows * (long) size(32));
    Span nowhere = buffers.result(DType.FLOAT32, rows * size(32));
    Span x = buffers.of(layer.x);
    Epilogue wrong = Epilogue.bias(bias).keeping(nowhere);
    assertThrows(
        IllegalArgumentException.class,
        () -> backend.matrix().linear(rows, x, weight, prologue, wrong, y));
    backend.matrix().linear(rows, x, weight, prologue, Epilogue.bias(bias).keeping(kept), y);
    double[] found = new double[rows * 32];
    backend.memory().download(y, found, 0, found.length);
    assertArrayEquals(layer.found(false, false, false), found);
    double[] statistics = new double[rows * size(32)];
    backend.memory().download(kept, statistics, 0, statistics.length);
    for (int r = 0; r < rows; r++) {
      double mean = Arrays.stream(found, r * 32, r * 32 + 32).average().orElseThrow();
      assertEquals(mean, statistics[2 * r], 1e-6, "statistics of another kernel's rows");
    }
    y.release();
    kept.release();
    buffers.release();
  }
}
