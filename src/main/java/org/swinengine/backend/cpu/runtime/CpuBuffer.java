package org.swinengine.backend.cpu.runtime;

import java.lang.ref.Cleaner;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Span;

/**
 * A buffer in a Java array: element i of the buffer is element {@code base + i} of the array. The base makes
 * data start on a cache line where the collector places large arrays at 16 bytes after one.
 */
public final class CpuBuffer extends Buffer {
  /** Where a buffer's array comes from, and goes when nobody holds the buffer any longer. */
  public interface Home {
    Buffer allocate(DType dtype, long size);

    void takeBack(CpuBuffer buffer);
  }

  private final Home home;
  public final float[] floats;
  public final int[] ints;
  final int base;

  /** Takes the buffer out of the statistics: when it is given back, or when it has become unreachable. */
  private Cleaner.Cleanable account;

  public CpuBuffer(Home home, float[] floats, int base, long size) {
    super(DType.FLOAT32, size);
    this.home = home;
    this.floats = floats;
    this.ints = null;
    this.base = base;
  }

  public CpuBuffer(Home home, int[] ints, int base, long size) {
    super(DType.INT32, size);
    this.home = home;
    this.floats = null;
    this.ints = ints;
    this.base = base;
  }

  /** The array behind a floating point span. */
  public static float[] floats(Span span) {
    CpuBuffer buffer = cpu(span);
    if (buffer.floats == null) {
      throw wrongType(buffer, DType.FLOAT32);
    }
    return buffer.floats;
  }

  /** The array behind an integer span. */
  public static int[] ints(Span span) {
    CpuBuffer buffer = cpu(span);
    if (buffer.ints == null) {
      throw wrongType(buffer, DType.INT32);
    }
    return buffer.ints;
  }

  /** Index of the span's first element in its array. */
  public static int start(Span span) {
    return cpu(span).base + Math.toIntExact(span.offset());
  }

  /**
   * Index of the span's first element in its array, from which on the buffer must hold {@code n} elements.
   */
  public static int start(Span span, long n) {
    CpuBuffer buffer = cpu(span);
    if (n < 0 || span.offset() < 0 || span.offset() > buffer.size() - n) {
      throw new IndexOutOfBoundsException(
          "a kernel was asked for " + n + " elements from " + span.offset() + " on, in a buffer of "
              + buffer.size());
    }
    return buffer.base + (int) span.offset();
  }

  /** A new buffer in the memory that a span lies in. */
  public static CpuBuffer beside(Span span, int size) {
    return (CpuBuffer) cpu(span).home.allocate(DType.FLOAT32, size);
  }

  public void setAccount(Cleaner.Cleanable account) {
    this.account = account;
  }

  private static CpuBuffer cpu(Span span) {
    CpuBuffer buffer = (CpuBuffer) span.buffer();
    if (!buffer.isAlive()) {
      buffer.retain(); // throws the sentence that says what happened
    }
    return buffer;
  }

  private static IllegalArgumentException wrongType(CpuBuffer buffer, DType wanted) {
    return new IllegalArgumentException(
        "a kernel wants a " + wanted + " buffer but was given one of " + buffer.dtype());
  }

  @Override
  protected void recycle() {
    account.clean();
    home.takeBack(this);
  }
}
