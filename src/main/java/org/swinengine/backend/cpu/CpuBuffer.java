package org.swinengine.backend.cpu;

import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Span;

/**
 * A buffer in a Java array: element i of the buffer is element {@code base + i} of the array. The base makes data start
 * on a cache line where the collector places large arrays at 16 bytes after one.
 */
final class CpuBuffer extends Buffer {
  private final CpuMemory memory;
  final float[] floats;
  final int[] ints;
  final int base;

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
    return cpu(span).floats;
  }

  /** The array behind an integer span. */
  static int[] ints(Span span) {
    return cpu(span).ints;
  }

  /** Index of the span's first element in its array. */
  static int start(Span span) {
    return cpu(span).base + Math.toIntExact(span.offset());
  }

  private static CpuBuffer cpu(Span span) {
    CpuBuffer buffer = (CpuBuffer) span.buffer();
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
