package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.DropoutMask;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;

/**
 * Products in tiles of 128 × 128, which the sizes of the conformance tests are too small for. Operands are
 * small whole numbers, which bf16 and TF32 hold: every sum is exact in float32, so that results are expected
 * to the bit, after one rounding in bf16.
 */
@Tag("cuda")
class CudaMatrixTest {
  /** 12 × 11 tiles of 128, as few as are done in large ones; the last ones are not full. */
  private static final int ROWS = 11 * 128 + 8;

  private static final int COLUMNS = 10 * 128 + 16;

  /** Four strips of a bf16 product, one more than its ring has; the last is not full. */
  private static final int INNER = 104;

  private static CudaBackend single;
  private static CudaBackend half;
  private static CudaBackend tensorFloat;

  private final SplittableRandom random = new SplittableRandom(17);

  @BeforeAll
  static void open() {
    single = (CudaBackend) CudaBackendsForTests.open(DType.FLOAT32);
    half = (CudaBackend) CudaBackendsForTests.open(DType.BF16);
    tensorFloat = (CudaBackend) CudaBackendsForTests.openTensorFloat();
  }

  @AfterAll
  static void close() {
    for (CudaBackend backend : new CudaBackend[] {single, half, tensorFloat}) {
      if (backend != null) {
        backend.close();
      }
    }
  }

  private static String name(Backend backend) {
    return backend.computeType() + " " + backend.productRounding();
  }

  private double[] wholeNumbers(int n) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextInt(-4, 5);
    }
    return values;
  }

  /** op(A)·op(B), dense. */
  private static double[] product(
      boolean transposeA, boolean transposeB, int m, int n, int k, double[] a, double[] b) {
    double[] c = new double[m * n];
    for (int i = 0; i < m; i++) {
      for (int l = 0; l < k; l++) {
        double factor = transposeA ? a[l * m + i] : a[i * k + l];
        for (int j = 0; j < n; j++) {
          c[i * n + j] += factor * (transposeB ? b[j * k + l] : b[l * n + j]);
        }
      }
    }
    return c;
  }

  private static double[] rounded(Backend backend, double[] exact) {
    return backend.computeType() == DType.FLOAT32
        ? exact
        : Arrays.stream(exact).map(v -> BrainFloat.toFloat(BrainFloat.of((float) v))).toArray();
  }

  @Test
  void everyLayout() {
    double[] a = wholeNumbers(ROWS * INNER);
    double[] b = wholeNumbers(INNER * COLUMNS);
    double[] before = wholeNumbers(ROWS * COLUMNS);
    for (boolean transposeA : new boolean[] {false, true}) {
      for (boolean transposeB : new boolean[] {false, true}) {
        double[] expected = product(transposeA, transposeB, ROWS, COLUMNS, INNER, a, b);
        for (int i = 0; i < expected.length; i++) {
          expected[i] = 0.5 * expected[i] - 2 * before[i];
        }
        Gemm sizes =
            new Gemm(
                transposeA, transposeB, ROWS, COLUMNS, INNER, 0.5, -2, transposeA ? ROWS : INNER,
                transposeB ? INNER : COLUMNS, COLUMNS, 1, 0, 0, 0);
        for (CudaBackend backend : new CudaBackend[] {single, half, tensorFloat}) {
          TestBuffers buffers = new TestBuffers(backend, true);
          Span c = buffers.of(before);
          backend.matrix().gemm(sizes, buffers.of(a), buffers.of(b), c);
          assertArrayEquals(rounded(backend, expected), buffers.read(c), 0.0,
              name(backend) + " " + sizes);
          buffers.assertGuardsIntact();
          buffers.release();
        }
      }
    }
  }

  /** Also with rows that do not consist of fours, and with spans that start anywhere. */
  @Test
  void epilogueOfALayer() {
    int rowsPerScale = 49;
    for (int columns : new int[] {COLUMNS, COLUMNS - 3}) {
      double[] x = wholeNumbers(ROWS * INNER);
      double[] weight = wholeNumbers(columns * INNER);
      double[] bias = wholeNumbers(columns);
      double[] before = wholeNumbers(ROWS * columns);
      double[] residual = wholeNumbers(ROWS * columns);
      double[] rowScale = new double[(ROWS - 1) / rowsPerScale + 1];
      for (int i = 0; i < rowScale.length; i++) {
        rowScale[i] = i % 3 == 0 ? 0 : 2;
      }
      double[] kept = product(false, true, ROWS, columns, INNER, x, weight);
      double[] expected = new double[kept.length];
      for (int i = 0; i < kept.length; i++) {
        kept[i] += before[i] + bias[i % columns];
        expected[i] = kept[i] * rowScale[i / columns / rowsPerScale] + residual[i];
      }
      for (CudaBackend backend : new CudaBackend[] {single, half, tensorFloat}) {
        for (boolean aligned : new boolean[] {true, false}) {
          TestBuffers buffers = new TestBuffers(backend, aligned);
          PreparedWeight prepared =
              backend.matrix().prepare(buffers.of(DType.FLOAT32, weight), columns, INNER);
          Span y = buffers.of(before);
          Span preActivation = buffers.result(kept.length);
          Epilogue epilogue =
              new Epilogue(
                  true, buffers.of(DType.FLOAT32, bias), preActivation, false, null,
                  buffers.of(DType.FLOAT32, rowScale), rowsPerScale, buffers.of(residual));
          backend.matrix().linear(ROWS, buffers.of(x), prepared, Prologue.NONE, epilogue, y);
          String what = name(backend) + ", " + columns + " columns, aligned " + aligned;
          assertArrayEquals(rounded(backend, kept), buffers.read(preActivation), 0.0, what);
          assertArrayEquals(rounded(backend, expected), buffers.read(y), 0.0, what);
          buffers.assertGuardsIntact();
          buffers.release();
        }
      }
    }
  }

  @Test
  void gradientOfAWeight() {
    double[] x = wholeNumbers(INNER * COLUMNS);
    double[] dy = wholeNumbers(INNER * ROWS);
    double[] before = wholeNumbers(ROWS * COLUMNS);
    double[] expected = product(true, false, ROWS, COLUMNS, INNER, dy, x);
    for (int i = 0; i < expected.length; i++) {
      expected[i] += before[i];
    }
    for (CudaBackend backend : new CudaBackend[] {single, half, tensorFloat}) {
      TestBuffers buffers = new TestBuffers(backend, true);
      Span dWeight = buffers.of(DType.FLOAT32, before);
      backend
          .matrix()
          .linearBackwardWeight(
              INNER, buffers.of(x), Prologue.NONE, buffers.of(dy), ROWS, COLUMNS, dWeight, null, true);
      assertArrayEquals(expected, buffers.read(dWeight), 0.0, name(backend));
      buffers.assertGuardsIntact();
      buffers.release();
    }
  }

  /** A row has the same bits in a large tile, in a small one and without 16-byte copies. */
  @Test
  void rowsDoNotDependOnTheTile() {
    int few = 70;
    double[] x = random.doubles(ROWS * INNER, -1, 1).toArray();
    double[] weight = random.doubles(COLUMNS * INNER, -1, 1).toArray();
    for (CudaBackend backend : new CudaBackend[] {single, half, tensorFloat}) {
      double[] first = null;
      for (boolean aligned : new boolean[] {true, false}) {
        for (int rows : new int[] {ROWS, few}) {
          TestBuffers buffers = new TestBuffers(backend, aligned);
          PreparedWeight prepared =
              backend.matrix().prepare(buffers.of(DType.FLOAT32, weight), COLUMNS, INNER);
          Span y = buffers.result(rows * COLUMNS);
          Span left = buffers.of(Arrays.copyOf(x, rows * INNER));
          backend.matrix().linear(rows, left, prepared, Prologue.NONE, Epilogue.NONE, y);
          double[] found = Arrays.copyOf(buffers.read(y), few * COLUMNS);
          first = first == null ? found : first;
          assertArrayEquals(
              first, found, 0.0, name(backend) + ", " + rows + " rows, aligned " + aligned);
          buffers.assertGuardsIntact();
          buffers.release();
        }
      }
    }
  }

  /** All NaN that kernels may meet, whose bits carries out of would make numbers, and infinities. */
  @Test
  void roundingToTf32MakesNoNumberOfWhatIsNone() {
    int[] strange = {0x7fffffff, 0xffffffff, 0x7fc00000, 0x7ff00001, 0x7f800000, 0xff800000};
    double[] x = new double[strange.length * 8];
    for (int row = 0; row < strange.length; row++) {
      x[8 * row + 3] = Float.intBitsToFloat(strange[row]);
    }
    double[] weight = new double[4 * 8];
    Arrays.fill(weight, 1);
    TestBuffers buffers = new TestBuffers(tensorFloat, true);
    PreparedWeight prepared = tensorFloat.matrix().prepare(buffers.of(weight), 4, 8);
    Span y = buffers.result(strange.length * 4);
    tensorFloat.matrix().linear(strange.length, buffers.of(x), prepared, Prologue.NONE, Epilogue.NONE, y);
    double[] found = buffers.read(y);
    for (int i = 0; i < found.length; i++) {
      assertEquals(x[8 * (i / 4) + 3], found[i], "row " + i / 4);
    }
    buffers.release();
  }

  /** A layer with its epilogue, of which TestBuffers makes the operands that are not null. */
  private record Layer(
      String name, boolean forward, boolean bias, boolean gelu, boolean kept, boolean geluGradient,
      boolean rowScale, boolean residual, boolean accumulate, boolean dropout) {
    Layer(
        String name, boolean forward, boolean bias, boolean gelu, boolean kept, boolean geluGradient,
        boolean rowScale, boolean residual, boolean accumulate) {
      this(name, forward, bias, gelu, kept, geluGradient, rowScale, residual, accumulate, false);
    }

    Layer dropping() {
      return new Layer(
          name + ", dropout", forward, bias, gelu, kept, geluGradient, rowScale, residual, accumulate, true);
    }
  }

  /** Rows of a sample are no multiple of what a lane has, nor of those of DropPath's factors. */
  private static final DropoutMask MASK =
      new DropoutMask(new RandomKey(0x123456789abcdefL, 77, 3), (1L << 32) - 3, 11, 0.7);

  /** All kinds that have a kernel of their own. */
  private static final List<Layer> LAYERS =
      List.of(
          new Layer("product", true, false, false, false, false, false, false, false),
          new Layer("bias", true, true, false, false, false, false, false, false),
          new Layer("GELU", true, true, true, false, false, false, false, false),
          new Layer("GELU, kept", true, true, true, true, false, false, false, false),
          new Layer("residual", true, true, false, false, false, false, true, false),
          new Layer("DropPath and residual", true, true, false, false, false, true, true, false),
          new Layer("gradient", false, false, false, false, false, false, false, false),
          new Layer("gradient, added", false, false, false, false, false, false, false, true),
          new Layer("gradient, DropPath", false, false, false, false, false, true, false, false),
          new Layer("gradient, DropPath, added", false, false, false, false, false, true, true, false),
          new Layer("times GELU'", false, false, false, false, true, false, false, false),
          new Layer("times GELU', DropPath", false, false, false, false, true, true, false, false));

  /** Numbers in [-1, 1), of which sums of products are exact in float32 where they are eighths. */
  private static double[] operand(SplittableRandom values, int n, boolean eighths) {
    double[] operand = values.doubles(n, -1, 1).toArray();
    return eighths ? Arrays.stream(operand).map(v -> Math.floor(8 * v) / 8).toArray() : operand;
  }

  /**
   * Result of a layer, and its kept pre-activation; where spans are not aligned, in bf16 and TF32 by the
   * kernel for everything.
   */
  private static double[] run(
      CudaBackend backend, Layer layer, int rows, int columns, int inner, boolean aligned, boolean eighths) {
    SplittableRandom values = new SplittableRandom(inner);
    TestBuffers buffers = new TestBuffers(backend, aligned);
    int n = rows * columns;
    double[] weight = operand(values, columns * inner, eighths);
    PreparedWeight prepared =
        backend.matrix().prepare(
            buffers.of(DType.FLOAT32, weight), layer.forward ? columns : inner,
            layer.forward ? inner : columns);
    Span x = buffers.of(operand(values, rows * inner, eighths));
    Span bias = layer.bias ? buffers.of(DType.FLOAT32, operand(values, columns, eighths)) : null;
    Span operand = buffers.of(values.doubles(n, -4, 4).toArray());
    Span kept = layer.kept ? buffers.result(n) : null;
    Span scale =
        layer.rowScale ? buffers.of(DType.FLOAT32, values.doubles((rows + 2) / 3, 0, 2).toArray()) : null;
    Span y = layer.accumulate ? operand : buffers.result(n);
    Epilogue epilogue =
        new Epilogue(
            layer.accumulate, bias, kept, layer.gelu, layer.geluGradient ? operand : null,
            scale, 3, layer.residual ? operand : null)
            .dropping(layer.dropout ? MASK : null);
    if (layer.forward) {
      backend.matrix().linear(rows, x, prepared, Prologue.NONE, epilogue, y);
    } else {
      backend.matrix().linearBackwardInput(rows, x, prepared, epilogue, y);
    }
    double[] found = Arrays.copyOf(buffers.read(y), kept == null ? n : 2 * n);
    if (kept != null) {
      System.arraycopy(buffers.read(kept), 0, found, n, n);
    }
    buffers.assertGuardsIntact();
    buffers.release();
    return found;
  }

  /**
   * Each kind of layer has the bits of the kernel for everything, also where there are fewer strips than
   * stages of the ring, and where tiles are not full.
   */
  @Test
  void kindsOfLayersGiveTheSame() {
    kindsGiveTheSame(half, LAYERS);
  }

  /** So does each kind with dropout, whose lanes share what they draw. */
  @Test
  void kindsOfLayersWithDropoutGiveTheSame() {
    kindsGiveTheSame(half, dropping(layer -> layer.bias || layer.geluGradient));
  }

  /** In TF32 there is one kernel for all kinds, of each layout and tile. */
  @Test
  void layersWithDropoutInTf32GiveTheSame() {
    List<Layer> layers = dropping(layer -> layer.kept || layer.geluGradient && layer.rowScale);
    assertEquals(2, layers.size());
    if (!CudaBackendsForTests.isEmulated()) {
      kindsGiveTheSame(tensorFloat, layers);
      return;
    }
    Set<String> products = new TreeSet<>();
    for (RecordedCalls.Call call : RecordedCalls.of(() -> kindsGiveTheSame(tensorFloat, layers))) {
      if (call.kernel().startsWith("product")) {
        products.add(call.kernel());
      }
    }
    Set<String> expected = new TreeSet<>();
    for (String layout : List.of("nn", "nt")) {
      for (String tile : List.of("128", "64", "any")) {
        expected.add("product_" + layout + "_dropout_" + tile + "_tf32");
      }
    }
    assertEquals(expected, products);
  }

  /** Where sums are exact, strict float32 and TF32 have the same bits, whatever is dropped and follows. */
  @Test
  void layersWithDropoutInTf32HaveTheBitsOfFloat32WhereSumsAreExact() {
    for (Layer layer : dropping(layer -> layer.bias || layer.geluGradient)) {
      for (boolean aligned : new boolean[] {true, false}) {
        double[] expected = run(single, layer, 70, 88, 72, aligned, true);
        String what = layer.name + ", aligned " + aligned;
        assertArrayEquals(expected, run(tensorFloat, layer, 70, 88, 72, aligned, true), 0.0, what);
        assertFalse(
            Arrays.equals(
                run(single, layer, 70, 88, 72, aligned, false),
                run(tensorFloat, layer, 70, 88, 72, aligned, false)),
            what + ": operands are not rounded");
      }
    }
  }

  private static List<Layer> dropping(Predicate<Layer> which) {
    return LAYERS.stream().filter(which).map(Layer::dropping).toList();
  }

  private static void kindsGiveTheSame(CudaBackend backend, List<Layer> layers) {
    for (Layer layer : layers) {
      for (int inner : new int[] {8, 40, 72, 104}) {
        double[] expected = run(backend, layer, 70, 88, inner, false, false);
        for (int schedule : CudaBackendsForTests.schedules()) {
          CudaBackendsForTests.schedule(schedule);
          String what = layer.name + ", " + inner + " terms, schedule " + schedule;
          assertArrayEquals(expected, run(backend, layer, 70, 88, inner, true, false), 0.0, what);
        }
        CudaBackendsForTests.schedule(0);
      }
      double[] expected = run(backend, layer, ROWS, COLUMNS, 40, false, false);
      double[] found = run(backend, layer, ROWS, COLUMNS, 40, true, false);
      assertArrayEquals(expected, found, 0.0, layer.name + ", large tiles");
    }
  }

  /** What blocks of 768 terms add up to lies beside the tiles: more than the 48 KiB that every kernel may. */
  @Test
  void deepProductInLargeTiles() {
    int k = 768 + 16;
    double[] a = wholeNumbers(ROWS * k);
    double[] b = wholeNumbers(COLUMNS * k);
    TestBuffers buffers = new TestBuffers(single, true);
    Span c = buffers.result(ROWS * COLUMNS);
    Gemm sizes = new Gemm(false, true, ROWS, COLUMNS, k, 1, 0, k, k, COLUMNS, 1, 0, 0, 0);
    single.matrix().gemm(sizes, buffers.of(a), buffers.of(b), c);
    double[] found = buffers.read(c);
    for (int at = 0; at < found.length; at += 997) {
      double sum = 0;
      for (int l = 0; l < k; l++) {
        sum += a[at / COLUMNS * k + l] * b[at % COLUMNS * k + l];
      }
      assertEquals(sum, found[at]);
    }
    buffers.assertGuardsIntact();
    buffers.release();
  }
}
