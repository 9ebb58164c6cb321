package org.swinengine.weights;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Supplier;

/**
 * Bytes that can be read again and again, from any position on. A source opens what it needs for one reading
 * only, so that nobody has to close a state dict.
 */
interface ByteSource {
  long size();

  InputStream openAt(long position) throws IOException;

  /** Bytes in memory; the array is not copied. */
  record Heap(byte[] bytes) implements ByteSource {
    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public InputStream openAt(long position) {
      int from = Math.toIntExact(position);
      return new ByteArrayInputStream(bytes, from, bytes.length - from);
    }
  }

  /** Bytes that are made anew for each reading. */
  record Supplied(Supplier<ByteSource> bytes, long size) implements ByteSource {
    @Override
    public InputStream openAt(long position) throws IOException {
      ByteSource made = bytes.get();
      if (made.size() != size) {
        throw new IllegalArgumentException(
            made.size() + " bytes of values were given, but the array has " + size);
      }
      return made.openAt(position);
    }
  }

  /** A part of another source. */
  record Part(ByteSource whole, long start, long size) implements ByteSource {
    @Override
    public InputStream openAt(long position) throws IOException {
      return whole.openAt(start + position);
    }
  }

  /**
   * A Java array seen as little-endian bytes, converted chunk by chunk while it is read: writing a large
   * checkpoint must not hold every parameter twice.
   */
  final class Primitives implements ByteSource {
    private static final int CHUNK_ELEMENTS = 1 << 13;

    private final Object values;
    private final int length;
    private final int elementBytes;

    private Primitives(Object values, int length, int elementBytes) {
      this.values = values;
      this.length = length;
      this.elementBytes = elementBytes;
    }

    static Primitives of(float[] values) {
      return new Primitives(values, values.length, 4);
    }

    static Primitives of(double[] values) {
      return new Primitives(values, values.length, 8);
    }

    static Primitives of(int[] values) {
      return new Primitives(values, values.length, 4);
    }

    static Primitives of(long[] values) {
      return new Primitives(values, values.length, 8);
    }

    @Override
    public long size() {
      return (long) length * elementBytes;
    }

    @Override
    public InputStream openAt(long position) throws IOException {
      InputStream in = new ChunkedInput(Math.toIntExact(position / elementBytes));
      in.skipNBytes(position % elementBytes);
      return in;
    }

    private final class ChunkedInput extends InputStream {
      private final ByteBuffer chunk =
          ByteBuffer.allocate(CHUNK_ELEMENTS * elementBytes).order(ByteOrder.LITTLE_ENDIAN).limit(0);
      private int next;

      private ChunkedInput(int first) {
        next = first;
      }

      @Override
      public int read() {
        return fill() ? chunk.get() & 0xff : -1;
      }

      @Override
      public int read(byte[] target, int offset, int count) {
        if (count == 0) {
          return 0;
        }
        if (!fill()) {
          return -1;
        }
        int n = Math.min(count, chunk.remaining());
        chunk.get(target, offset, n);
        return n;
      }

      private boolean fill() {
        if (chunk.hasRemaining()) {
          return true;
        }
        int n = Math.min(CHUNK_ELEMENTS, length - next);
        if (n <= 0) {
          return false;
        }
        chunk.clear();
        if (values instanceof float[] floats) {
          chunk.asFloatBuffer().put(floats, next, n);
        } else if (values instanceof double[] doubles) {
          chunk.asDoubleBuffer().put(doubles, next, n);
        } else if (values instanceof int[] ints) {
          chunk.asIntBuffer().put(ints, next, n);
        } else {
          chunk.asLongBuffer().put((long[]) values, next, n);
        }
        chunk.limit(n * elementBytes);
        next += n;
        return true;
      }
    }
  }
}
