package org.swinengine.backend;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Operands and results for tests of kernels. Each lies somewhere within a buffer of its own, between guards
 * of NaN: a kernel that reads beyond its operand computes NaN, and one that writes beyond its result is found
 * by {@link #assertGuardsIntact}. Results are filled with NaN before the kernel runs.
 */
public final class TestBuffers {
  private static final int GUARD = 21;

  /** Before an aligned span: 64 bytes even of 16-bit elements. */
  private static final int ALIGNED_GUARD = 32;

  /** Stands in for NaN in integer buffers. */
  private static final int INTEGER_GUARD = 0x7badcafe;

  private record View(Buffer buffer, long offset, int size) implements Span {}

  private final Backend backend;
  private final boolean aligned;
  private final List<View> views = new ArrayList<>();

  public TestBuffers(Backend backend) {
    this(backend, false);
  }

  /**
   * @param aligned whether spans begin where a kernel can read sixteen bytes at once; else anywhere
   */
  public TestBuffers(Backend backend, boolean aligned) {
    this.backend = backend;
    this.aligned = aligned;
  }

  /** An operand with these values, of the backend's computing type. */
  public Span of(double... values) {
    return of(backend.computeType(), values);
  }

  /** An operand with these values. */
  public Span of(DType dtype, double... values) {
    View view = view(dtype, values.length);
    backend.memory().upload(values, 0, view, values.length);
    return view;
  }

  /** An operand with these values, or none for null. */
  public Span ofNullable(double[] values) {
    return values == null ? null : of(values);
  }

  /** An integer operand with these values. */
  public Span ofInts(int... values) {
    View view = view(DType.INT32, values.length);
    backend.memory().upload(values, 0, view, values.length);
    return view;
  }

  /** Room for a result of {@code n} elements of the backend's computing type; holds NaN. */
  public Span result(int n) {
    return result(backend.computeType(), n);
  }

  /** Room for a result of {@code n} elements; holds NaN. */
  public Span result(DType dtype, int n) {
    return view(dtype, n);
  }

  /** All values of an operand or result of this object. */
  public double[] read(Span span) {
    double[] values = new double[((View) span).size];
    backend.memory().download(span, values, 0, values.length);
    return values;
  }

  /** All values of an integer operand of this object. */
  public int[] readInts(Span span) {
    int[] values = new int[((View) span).size];
    backend.memory().download(span, values, 0, values.length);
    return values;
  }

  /** Replaces all values of an operand or result of this object. */
  public void write(Span span, double[] values) {
    backend.memory().upload(values, 0, span, values.length);
  }

  /** Fails if something was written outside an operand or result. */
  public void assertGuardsIntact() {
    for (View view : views) {
      int total = Math.toIntExact(view.buffer.size());
      boolean intact = true;
      if (view.buffer.dtype() == DType.INT32) {
        int[] all = new int[total];
        backend.memory().download(view.buffer, all, 0, total);
        for (int i = 0; i < total; i++) {
          intact &= isWithin(view, i) || all[i] == INTEGER_GUARD;
        }
      } else {
        double[] all = new double[total];
        backend.memory().download(view.buffer, all, 0, total);
        for (int i = 0; i < total; i++) {
          intact &= isWithin(view, i) || Double.isNaN(all[i]);
        }
      }
      assertTrue(intact,
          backend.name() + ": something was written outside a span of " + view.size + " elements");
    }
  }

  /** Gives all buffers back. */
  public void release() {
    for (View view : views) {
      view.buffer.release();
    }
    views.clear();
  }

  private static boolean isWithin(View view, int i) {
    return i >= view.offset && i < view.offset + view.size;
  }

  private View view(DType dtype, int size) {
    // Offsets of every remainder, so that nothing can count on alignment.
    int before = aligned ? ALIGNED_GUARD : GUARD + views.size() * 7 % 16;
    int total = before + size + GUARD;
    Buffer buffer = backend.memory().allocate(dtype, total);
    if (dtype == DType.INT32) {
      int[] guard = new int[total];
      Arrays.fill(guard, INTEGER_GUARD);
      backend.memory().upload(guard, 0, buffer, total);
    } else {
      double[] guard = new double[total];
      Arrays.fill(guard, Double.NaN);
      backend.memory().upload(guard, 0, buffer, total);
    }
    View view = new View(buffer, before, size);
    views.add(view);
    return view;
  }
}
