package org.swinengine.backend.cpu.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.AttentionKernels.FormGradients;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.backend.cpu.CpuBackendsForTests;
import org.swinengine.backend.cpu.generator.AttentionTilesGenerator;
import org.swinengine.backend.cpu.simd.Lanes;
import org.swinengine.backend.cpu.simd.Simd;

@Tag("registers")
class CpuAttentionTest {
  private static final double TOLERANCE = 2e-5;

  private static final CpuBackend SCALAR = CpuBackendsForTests.open(1, false);
  private static final CpuBackend ONE = CpuBackendsForTests.open(1, Simd.isVector());
  private static final CpuBackend TWO = CpuBackendsForTests.open(2, Simd.isVector());

  @AfterAll
  static void close() {
    for (CpuBackend backend : List.of(SCALAR, ONE, TWO)) {
      backend.close();
    }
  }

  /** What a case adds to dot products. */
  enum Bias {
    NONE,
    TABLE,
    MATRIX,
    BOTH
  }

  record Case(
      WindowGeometry geometry, int heads, int headDim, Bias bias, boolean cosine, boolean paddedRow) {}

  static Stream<Case> cases() {
    PaddingOrder padShift = PaddingOrder.PAD_THEN_SHIFT;
    PaddingOrder shiftPad = PaddingOrder.SHIFT_THEN_PAD;
    List<Case> cases = new ArrayList<>();
    cases.add(new Case(new WindowGeometry(2, 14, 14, 7, 7, 3, 3, shiftPad), 3, 32, Bias.TABLE, false, false));
    cases.add(new Case(new WindowGeometry(1, 7, 7, 7, 7, 0, 0, shiftPad), 4, 32, Bias.TABLE, false, false));
    cases.add(new Case(new WindowGeometry(3, 10, 13, 7, 7, 3, 3, padShift), 2, 32, Bias.TABLE, false, true));
    cases.add(new Case(new WindowGeometry(3, 10, 13, 7, 7, 3, 3, shiftPad), 2, 32, Bias.TABLE, false, true));
    cases.add(new Case(new WindowGeometry(2, 9, 11, 4, 5, 0, 2, padShift), 2, 24, Bias.TABLE, false, false));
    cases.add(new Case(new WindowGeometry(2, 8, 16, 8, 8, 0, 4, shiftPad), 2, 16, Bias.MATRIX, true, false));
    cases.add(new Case(new WindowGeometry(2, 11, 9, 8, 8, 4, 4, padShift), 3, 20, Bias.MATRIX, true, true));
    cases.add(
        new Case(new WindowGeometry(1, 24, 24, 12, 12, 6, 6, padShift), 2, 32, Bias.TABLE, false, false));
    cases.add(
        new Case(new WindowGeometry(1, 12, 17, 12, 17, 0, 0, padShift), 1, 48, Bias.NONE, false, false));
    cases.add(new Case(new WindowGeometry(2, 5, 6, 2, 3, 1, 1, padShift), 2, 1, Bias.TABLE, false, true));
    cases.add(new Case(new WindowGeometry(2, 5, 6, 1, 1, 0, 0, padShift), 3, 5, Bias.BOTH, false, true));
    cases.add(new Case(new WindowGeometry(1, 1, 1, 7, 7, 3, 3, shiftPad), 1, 80, Bias.TABLE, false, true));
    cases.add(new Case(new WindowGeometry(20, 8, 8, 4, 4, 2, 2, shiftPad), 5, 8, Bias.BOTH, true, true));
    Random random = new Random(11);
    for (int i = 0; i < 25; i++) {
      int windowHeight = 1 + random.nextInt(9);
      int windowWidth = 1 + random.nextInt(9);
      WindowGeometry geometry =
          new WindowGeometry(
              1 + random.nextInt(3),
              1 + random.nextInt(20),
              1 + random.nextInt(20),
              windowHeight,
              windowWidth,
              random.nextInt(windowHeight),
              random.nextInt(windowWidth),
              random.nextBoolean() ? padShift : shiftPad);
      int headDim = random.nextBoolean() ? 16 * (1 + random.nextInt(4)) : 1 + random.nextInt(40);
      Bias bias = Bias.values()[random.nextInt(4)];
      cases.add(
          new Case(geometry, 1 + random.nextInt(5), headDim, bias, random.nextInt(3) == 0,
              random.nextBoolean()));
    }
    return cases.stream();
  }

  /** Everything that forward and backward give, rounded to float. */
  private record Results(
      float[] out,
      float[] statistics,
      float[] dQkv,
      float[] dTable,
      float[] dMatrix,
      float[] dLogitScale,
      float[] dPadded) {
    void assertSameBits(Results other) {
      assertArrayEquals(out, other.out);
      assertArrayEquals(statistics, other.statistics);
      assertArrayEquals(dQkv, other.dQkv);
      assertArrayEquals(dTable, other.dTable);
      assertArrayEquals(dMatrix, other.dMatrix);
      assertArrayEquals(dLogitScale, other.dLogitScale);
      assertArrayEquals(dPadded, other.dPadded);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void windowAttentionEqualsThePlainOne(Case c) {
    PlainAttention plain = plain(c);
    double[] dOut = values(c.geometry.batch() * tokens(c) * c.heads * c.headDim, 1, 77);
    plain.run(dOut);
    Results results = run(ONE, c, plain, dOut);
    assertClose("out", plain.out, results.out);
    assertClose("dQkv", plain.dQkv, results.dQkv);
    if (plain.biasTable != null) {
      assertClose("dBiasTable", plain.dBiasTable, results.dTable);
    }
    if (plain.biasMatrix != null) {
      assertClose("dBiasMatrix", plain.dBiasMatrix, results.dMatrix);
    }
    if (plain.logitScale != null) {
      assertClose("dLogitScale", plain.dLogitScale, results.dLogitScale);
    }
    if (plain.paddedQkv != null) {
      assertClose("dPaddedQkv", plain.dPaddedQkv, results.dPadded);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void threadsAndVectorWidthDoNotChangeABit(Case c) {
    PlainAttention plain = plain(c);
    double[] dOut = values(c.geometry.batch() * tokens(c) * c.heads * c.headDim, 1, 78);
    Results one = run(ONE, c, plain, dOut);
    one.assertSameBits(run(TWO, c, plain, dOut));
    one.assertSameBits(run(SCALAR, c, plain, dOut));
  }

  /** The plain implementation's own gradients, against central differences. */
  @Test
  void thePlainGradientsAreDerivatives() {
    WindowGeometry geometry = new WindowGeometry(2, 4, 5, 3, 2, 1, 1, PaddingOrder.PAD_THEN_SHIFT);
    for (boolean cosine : new boolean[] {false, true}) {
      PlainAttention plain = plain(new Case(geometry, 2, 3, Bias.BOTH, cosine, true));
      double[] dOut = values(2 * 4 * 5 * 6, 1, 79);
      plain.run(dOut);
      double[][] operands = {plain.qkv, plain.biasTable, plain.biasMatrix, plain.paddedQkv, plain.logitScale};
      double[][] gradients = {
        plain.dQkv, plain.dBiasTable, plain.dBiasMatrix, plain.dPaddedQkv, plain.dLogitScale
      };
      for (int i = 0; i < (cosine ? 5 : 4); i++) {
        assertDerivative(plain, dOut, operands[i], gradients[i]);
      }
    }
  }

  private static void assertDerivative(PlainAttention plain, double[] dOut, double[] x, double[] expected) {
    double step = 1e-5;
    for (int i = 0; i < x.length; i += 1 + x.length / 40) {
      double kept = x[i];
      x[i] = kept + step;
      plain.run(null);
      double above = sumOfProducts(plain.out, dOut);
      x[i] = kept - step;
      plain.run(null);
      double below = sumOfProducts(plain.out, dOut);
      x[i] = kept;
      assertEquals((above - below) / (2 * step), expected[i], 1e-7);
    }
  }

  private static double sumOfProducts(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  @Test
  void anAbsentOperandHasNoGradientAndStatisticsAreOptional() {
    Case c =
        new Case(
            new WindowGeometry(1, 6, 6, 4, 4, 2, 2, PaddingOrder.SHIFT_THEN_PAD), 2, 16, Bias.NONE, false,
            false);
    PlainAttention plain = plain(c);
    plain.run(null);
    Buffer qkv = upload(ONE, plain.qkv);
    Buffer out = ONE.memory().allocate(DType.FLOAT32, plain.out.length);
    ONE.attention().windowForward(c.geometry, AttentionForm.plain(2, 16), qkv, out, null);
    assertClose("out", plain.out, download(ONE, out));
  }

  /** Logits far apart: masked keys get exactly nothing, and nothing becomes NaN. */
  @Test
  void extremeLogitsStayFinite() {
    Case c =
        new Case(
            new WindowGeometry(1, 8, 8, 4, 4, 2, 2, PaddingOrder.SHIFT_THEN_PAD), 1, 16, Bias.TABLE, false,
            false);
    PlainAttention plain = plain(c);
    for (int i = 0; i < plain.qkv.length; i++) {
      plain.qkv[i] = (float) (40 * plain.qkv[i]);
    }
    double[] dOut = values(64 * 16, 1, 80);
    plain.run(dOut);
    Results results = run(ONE, c, plain, dOut);
    assertClose("out", plain.out, results.out);
    for (float[] x : List.of(results.out, results.statistics, results.dQkv, results.dTable)) {
      for (float value : x) {
        assertTrue(Float.isFinite(value));
      }
    }
  }

  @Test
  void aZeroQueryUnderCosineAttentionIsNoNaN() {
    Case c =
        new Case(
            new WindowGeometry(1, 4, 4, 4, 4, 0, 0, PaddingOrder.SHIFT_THEN_PAD), 1, 16, Bias.NONE, true,
            false);
    PlainAttention plain = plain(c);
    java.util.Arrays.fill(plain.qkv, 0, 32, 0); // q and k of the first token
    double[] dOut = values(16 * 16, 1e-9, 81);
    plain.run(dOut);
    Results results = run(ONE, c, plain, dOut);
    assertClose("out", plain.out, results.out);
    assertClose("dQkv", plain.dQkv, results.dQkv);
  }

  static Stream<int[]> sequences() {
    // batch, tokens, heads, headDim
    return Stream.of(
        new int[] {2, 197, 3, 64},
        new int[] {1, 1, 1, 16},
        new int[] {3, 65, 2, 24},
        new int[] {1, 128, 2, 80},
        new int[] {1, 129, 1, 1},
        new int[] {1, 300, 2, 32},
        new int[] {2, 64, 1, 48},
        new int[] {1, 577, 1, 7});
  }

  @ParameterizedTest
  @MethodSource("sequences")
  void globalAttentionEqualsThePlainOne(int[] sizes) {
    PlainAttention plain = plainGlobal(sizes);
    double[] dOut = values(sizes[0] * sizes[1] * sizes[2] * sizes[3], 1, 82);
    plain.run(dOut);
    Results one = runGlobal(ONE, sizes, plain, dOut);
    assertClose("out", plain.out, one.out);
    assertClose("dQkv", plain.dQkv, one.dQkv);
    one.assertSameBits(runGlobal(TWO, sizes, plain, dOut));
    one.assertSameBits(runGlobal(SCALAR, sizes, plain, dOut));
  }

  /** A sequence is one window: both kernels keep the same statistics within rounding. */
  @Test
  void globalStatisticsAreThoseOfOneWindow() {
    int[] sizes = {1, 150, 2, 16};
    PlainAttention plain = plainGlobal(sizes);
    double[] dOut = values(150 * 32, 1, 83);
    Results global = runGlobal(ONE, sizes, plain, dOut);
    WindowGeometry geometry = new WindowGeometry(1, 1, 150, 1, 150, 0, 0, PaddingOrder.SHIFT_THEN_PAD);
    Results window = run(ONE, new Case(geometry, 2, 16, Bias.NONE, false, false), plain, dOut);
    for (int i = 0; i < global.statistics.length; i++) {
      assertEquals(window.statistics[i], global.statistics[i], 1e-5 * Math.abs(window.statistics[i]));
    }
  }

  @Test
  void globalAttentionRefusesABias() {
    Buffer x = ONE.memory().allocate(DType.FLOAT32, 300);
    AttentionForm form = AttentionForm.table(1, 16, 0.25, x, null);
    assertThrows(
        IllegalArgumentException.class, () -> ONE.attention().globalForward(1, 4, form, x, x, null));
  }

  @Test
  void everyVectorWidthIsCoveredOnlyWithTheVectorModule() {
    assumeTrue(Simd.isVector(), "no Vector API in this JVM: the tests above compared scalar kernels only");
    assertEquals(0, AttentionLoops.WIDTH % Lanes.COUNT);
  }

  @Test
  void theTilesAreWhatTheirGeneratorWrites() throws IOException {
    assertEquals(AttentionTilesGenerator.generate(), Files.readString(AttentionTilesGenerator.FILE));
  }

  private static int tokens(Case c) {
    return c.geometry.height() * c.geometry.width();
  }

  private static PlainAttention plain(Case c) {
    PlainAttention plain = new PlainAttention();
    WindowGeometry geometry = c.geometry;
    plain.batch = geometry.batch();
    plain.height = geometry.height();
    plain.width = geometry.width();
    plain.windowHeight = geometry.windowHeight();
    plain.windowWidth = geometry.windowWidth();
    plain.shiftHeight = geometry.shiftHeight();
    plain.shiftWidth = geometry.shiftWidth();
    plain.order = geometry.order();
    plain.heads = c.heads;
    plain.headDim = c.headDim;
    plain.scale = (float) (1 / Math.sqrt(c.headDim));
    int channels = c.heads * c.headDim;
    int n = geometry.windowHeight() * geometry.windowWidth();
    int tableRows = (2 * geometry.windowHeight() - 1) * (2 * geometry.windowWidth() - 1);
    plain.qkv = values(geometry.batch() * tokens(c) * 3 * channels, 1, 1);
    boolean table = c.bias == Bias.TABLE || c.bias == Bias.BOTH;
    boolean matrix = c.bias == Bias.MATRIX || c.bias == Bias.BOTH;
    plain.biasTable = table ? values(tableRows * c.heads, 1, 2) : null;
    plain.biasMatrix = matrix ? values(c.heads * n * n, 1, 3) : null;
    plain.logitScale = c.cosine ? values(c.heads, 3, 4) : null;
    plain.paddedQkv = c.paddedRow ? values(3 * channels, 1, 5) : null;
    return plain;
  }

  private static PlainAttention plainGlobal(int[] sizes) {
    WindowGeometry geometry =
        new WindowGeometry(sizes[0], 1, sizes[1], 1, sizes[1], 0, 0, PaddingOrder.PAD_THEN_SHIFT);
    return plain(new Case(geometry, sizes[2], sizes[3], Bias.NONE, false, false));
  }

  private static AttentionForm form(CpuBackend backend, Case c, PlainAttention plain) {
    return new AttentionForm(
        c.heads,
        c.headDim,
        1 / Math.sqrt(c.headDim),
        upload(backend, plain.biasTable),
        upload(backend, plain.biasMatrix),
        upload(backend, plain.logitScale),
        upload(backend, plain.paddedQkv));
  }

  private static Results run(CpuBackend backend, Case c, PlainAttention plain, double[] dOut) {
    WindowGeometry geometry = c.geometry;
    AttentionForm form = form(backend, c, plain);
    Buffer qkv = upload(backend, plain.qkv);
    Buffer out = spoiled(backend, dOut.length);
    int rows = geometry.batch() * geometry.windows() * c.heads * geometry.windowTokens();
    Buffer statistics = spoiled(backend, 2 * rows);
    backend.attention().windowForward(geometry, form, qkv, out, statistics);
    Buffer dQkv = spoiled(backend, plain.qkv.length);
    FormGradients gradients =
        new FormGradients(
            like(backend, plain.biasTable),
            like(backend, plain.biasMatrix),
            like(backend, plain.logitScale),
            like(backend, plain.paddedQkv));
    Buffer incoming = upload(backend, dOut);
    backend.attention().windowBackward(geometry, form, qkv, statistics, incoming, dQkv, gradients);
    return new Results(
        download(backend, out),
        download(backend, statistics),
        download(backend, dQkv),
        download(backend, (Buffer) gradients.biasTable()),
        download(backend, (Buffer) gradients.biasMatrix()),
        download(backend, (Buffer) gradients.logitScale()),
        download(backend, (Buffer) gradients.paddedQkv()));
  }

  private static Results runGlobal(CpuBackend backend, int[] sizes, PlainAttention plain, double[] dOut) {
    AttentionForm form = AttentionForm.plain(sizes[2], sizes[3]);
    Buffer qkv = upload(backend, plain.qkv);
    Buffer out = spoiled(backend, dOut.length);
    Buffer statistics = spoiled(backend, sizes[0] * sizes[1] * sizes[2] * 2);
    backend.attention().globalForward(sizes[0], sizes[1], form, qkv, out, statistics);
    Buffer dQkv = spoiled(backend, plain.qkv.length);
    Buffer incoming = upload(backend, dOut);
    backend.attention().globalBackward(sizes[0], sizes[1], form, qkv, out, statistics, incoming, dQkv);
    return new Results(
        download(backend, out), download(backend, statistics), download(backend, dQkv), null, null, null,
        null);
  }

  /** Normal numbers that are floats. */
  private static double[] values(int n, double deviation, long seed) {
    Random random = new Random(seed);
    double[] x = new double[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) (deviation * random.nextGaussian());
    }
    return x;
  }

  private static Buffer upload(CpuBackend backend, double[] x) {
    if (x == null) {
      return null;
    }
    Buffer buffer = backend.memory().allocate(DType.FLOAT32, x.length);
    backend.memory().upload(x, 0, buffer, x.length);
    return buffer;
  }

  /** A buffer full of NaN: what a kernel does not write shows. */
  private static Buffer spoiled(CpuBackend backend, int n) {
    Buffer buffer = backend.memory().allocate(DType.FLOAT32, n);
    backend.memory().fill(buffer, n, Double.NaN);
    return buffer;
  }

  private static Buffer like(CpuBackend backend, double[] x) {
    return x == null ? null : spoiled(backend, x.length);
  }

  private static float[] download(CpuBackend backend, Buffer buffer) {
    if (buffer == null) {
      return null;
    }
    float[] x = new float[(int) buffer.size()];
    backend.memory().download(buffer, x, 0, x.length);
    return x;
  }

  private static void assertClose(String what, double[] expected, float[] actual) {
    assertEquals(expected.length, actual.length);
    double largest = 1e-30;
    for (double value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs(expected[i] - actual[i]) / largest;
      assertTrue(error <= TOLERANCE, what + "[" + i + "] is " + actual[i] + ", expected " + expected[i]);
    }
  }
}
