package org.swinengine.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.simd.Simd;

/**
 * The CPU backend in all the forms whose results must not differ by a bit: scalar and vector kernels, one
 * thread and two. Operands lie at odd places of their buffers, and what lies around results is watched.
 */
public final class CpuVariants {
  private static final int PLACE = 5;
  private static final float AROUND = -77;
  private static final List<CpuBackend> BACKENDS = backends();

  private CpuVariants() {}

  private record Place(Buffer buffer, long offset) implements Span {}

  private static List<CpuBackend> backends() {
    List<CpuBackend> backends = new ArrayList<>();
    for (int threads = 1; threads <= 2; threads++) {
      backends.add(CpuBackendsForTests.open(threads, false));
      if (Simd.isVector()) {
        backends.add(CpuBackendsForTests.open(threads, true));
      }
    }
    return backends;
  }

  /** Runs the kernel on every variant; its result, which is the same on all. */
  public static float[] agreed(Function<CpuBackend, float[]> kernel) {
    float[] first = null;
    for (CpuBackend backend : BACKENDS) {
      float[] result = kernel.apply(backend);
      if (first == null) {
        first = result;
      }
      assertEquals(first.length, result.length);
      for (int i = 0; i < first.length; i++) {
        if (Float.floatToIntBits(first[i]) != Float.floatToIntBits(result[i])) {
          String place = "element " + i + " of " + first.length + " on " + backend.describe();
          assertEquals(Float.floatToIntBits(first[i]), Float.floatToIntBits(result[i]), place);
        }
      }
    }
    return first;
  }

  public static Span floats(CpuBackend backend, float... values) {
    Buffer buffer = backend.memory().allocate(DType.FLOAT32, values.length + 2 * PLACE);
    backend.memory().fill(buffer, buffer.size(), AROUND);
    Span span = new Place(buffer, PLACE);
    backend.memory().upload(values, 0, span, values.length);
    return span;
  }

  public static Span ints(CpuBackend backend, int... values) {
    Buffer buffer = backend.memory().allocate(DType.INT32, values.length + PLACE);
    Span span = new Place(buffer, PLACE);
    backend.memory().upload(values, 0, span, values.length);
    return span;
  }

  /** Room for {@code n} results, NaN so far. */
  public static Span result(CpuBackend backend, int n) {
    float[] values = new float[n];
    java.util.Arrays.fill(values, Float.NaN);
    return floats(backend, values);
  }

  /**
   * The whole contents of a span that {@link #floats} or {@link #result} made; what is around must be
   * untouched.
   */
  public static float[] read(CpuBackend backend, Span span) {
    float[] all = new float[(int) span.buffer().size()];
    backend.memory().download(span.buffer(), all, 0, all.length);
    for (int i = 0; i < PLACE; i++) {
      assertEquals(AROUND, all[i], "a kernel wrote before its result");
      assertEquals(AROUND, all[all.length - 1 - i], "a kernel wrote behind its result");
    }
    return java.util.Arrays.copyOfRange(all, PLACE, all.length - PLACE);
  }

  /** The contents of several spans, one after the other. */
  public static float[] read(CpuBackend backend, Span... spans) {
    float[] all = new float[0];
    for (Span span : spans) {
      float[] part = read(backend, span);
      float[] longer = java.util.Arrays.copyOf(all, all.length + part.length);
      System.arraycopy(part, 0, longer, all.length, part.length);
      all = longer;
    }
    return all;
  }

  public static float[] random(long seed, int n) {
    Random random = new Random(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Every element within {@code tolerance} × the largest magnitude of what is expected (at least 1). */
  public static void assertClose(double[] expected, float[] actual, double tolerance) {
    assertEquals(expected.length, actual.length);
    double largest = 1;
    for (double value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], actual[i], tolerance * largest, "element " + i + " of " + expected.length);
    }
  }
}
