package org.swinengine.backend.cpu;

import java.lang.ref.Cleaner;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Span;

/**
 * A buffer in a Java array: element i of the buffer is element {@code base + i} of the array. The base makes
 * data start on a cache line where the collector places large arrays at 16 bytes after one.
 */
final class CpuBuffer extends Buffer {
  private final CpuMemory memory;
  final float[] floats;
  final int[] ints;
  final int base;

  /** Takes the buffer out of the statistics: when it is given back, or when it has become unreachable. */
  private Cleaner.Cleanable account;

  CpuBuffer(CpuMemory memory, float[] floats, int base, long size) {
    super(DType.FLOAT32, size);
    this.memory = memory;
    this.floats = floats;
    this.ints = null;
    this.base = base;
  }

  CpuBuffer(CpuMemory memory, int[] ints, int base, long size) {
    super(DType.INT32, size);
    this.memory = memory;
    this.floats = null;
    this.ints = ints;
    this.base = base;
  }

  /** The array behind a floating point span. */
  static float[] floats(Span span) {
    CpuBuffer buffer = cpu(span);
    if (buffer.floats == null) {
      throw wrongType(buffer, DType.FLOAT32);
    }
    return buffer.floats;
  }

  /** The array behind an integer span. */
  static int[] ints(Span span) {
    CpuBuffer buffer = cpu(span);
    if (buffer.ints == null) {
      throw wrongType(buffer, DType.INT32);
    }
    return buffer.ints;
  }

  /** Index of the span's first element in its array. */
  static int start(Span span) {
    return cpu(span).base + Math.toIntExact(span.offset());
  }

  /**
   * Index of the span's first element in its array, from which on the buffer must hold {@code n} elements.
   */
  static int start(Span span, long n) {
    CpuBuffer buffer = cpu(span);
    if (n < 0 || span.offset() < 0 || span.offset() > buffer.size() - n) {
      throw new IndexOutOfBoundsException(
          "a kernel was asked for " + n + " elements from " + span.offset() + " on, in a buffer of "
              + buffer.size());
    }
    return buffer.base + (int) span.offset();
  }

  /** A new buffer in the memory that a span lies in. */
  static CpuBuffer beside(Span span, int size) {
    return (CpuBuffer) cpu(span).memory.allocate(DType.FLOAT32, size);
  }

  void setAccount(Cleaner.Cleanable account) {
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
    memory.takeBack(this);
  }
}
