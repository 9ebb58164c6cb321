package org.swinengine.backend.reference;

import java.util.Arrays;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Span;

/** A buffer in a Java array of its own: doubles or ints. */
final class ReferenceBuffer extends Buffer {
  private final ReferenceMemory memory;
  private final double[] doubles;
  private final int[] ints;

  ReferenceBuffer(ReferenceMemory memory, DType dtype, int size) {
    super(dtype, size);
    this.memory = memory;
    this.doubles = dtype == DType.FLOAT64 ? new double[size] : null;
    this.ints = dtype == DType.INT32 ? new int[size] : null;
    // A new buffer's contents are undefined; whoever reads before writing shall notice.
    if (doubles != null) {
      Arrays.fill(doubles, Double.NaN);
    } else {
      Arrays.fill(ints, Integer.MIN_VALUE);
    }
  }

  /** A copy of the span's first {@code n} elements. */
  static double[] read(Span from, long n) {
    int start = checked(from, n, DType.FLOAT64);
    return Arrays.copyOfRange(reference(from).doubles, start, start + (int) n);
  }

  /** A copy of the span's first {@code n} elements, or null for no span. */
  static double[] readIfGiven(Span from, long n) {
    return from == null ? null : read(from, n);
  }

  /** A copy of an integer span's first {@code n} elements. */
  static int[] readInts(Span from, long n) {
    int start = checked(from, n, DType.INT32);
    return Arrays.copyOfRange(reference(from).ints, start, start + (int) n);
  }

  /** Replaces the span's first elements. */
  static void write(double[] values, Span to) {
    int start = checked(to, values.length, DType.FLOAT64);
    System.arraycopy(values, 0, reference(to).doubles, start, values.length);
  }

  /** Replaces the span's first elements; does nothing for no span. */
  static void writeIfWanted(double[] values, Span to) {
    if (to != null) {
      write(values, to);
    }
  }

  /** Adds to the span's first elements, or replaces them; does nothing for no span. */
  static void writeIfWanted(double[] values, boolean accumulate, Span to) {
    if (to == null) {
      return;
    }
    if (accumulate) {
      double[] sum = read(to, values.length);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += values[i];
      }
      write(sum, to);
    } else {
      write(values, to);
    }
  }

  /** Replaces an integer span's first elements. */
  static void writeInts(int[] values, Span to) {
    int start = checked(to, values.length, DType.INT32);
    System.arraycopy(values, 0, reference(to).ints, start, values.length);
  }

  /** Element type of the span's buffer. */
  static DType dtypeOf(Span span) {
    return reference(span).dtype();
  }

  private static int checked(Span span, long n, DType expected) {
    ReferenceBuffer buffer = reference(span);
    if (buffer.dtype() != expected) {
      throw new IllegalArgumentException(
          "reference: the kernel computes with " + expected + " here but was given a buffer of "
              + buffer.dtype());
    }
    if (n < 0 || span.offset() < 0 || span.offset() + n > buffer.size()) {
      throw new IndexOutOfBoundsException(
          "reference: elements " + span.offset() + " to " + (span.offset() + n) + " (exclusive) are not all"
              + " within a buffer of " + buffer.size());
    }
    return (int) span.offset();
  }

  private static ReferenceBuffer reference(Span span) {
    if (!(span.buffer() instanceof ReferenceBuffer buffer)) {
      throw new IllegalArgumentException(
          "reference: the kernel was given a buffer of another backend; copy it over the host first");
    }
    if (!buffer.isAlive()) {
      buffer.retain(); // throws the sentence that says what happened
    }
    return buffer;
  }

  @Override
  protected void recycle() {
    memory.takeBack(this);
  }
}
