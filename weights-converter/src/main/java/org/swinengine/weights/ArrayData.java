package org.swinengine.weights;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.zip.ZipException;

/**
 * An n-dimensional array, read when it is asked for. Whatever the order and strides in the file, what comes
 * out is in C order (the last axis varies fastest) and little-endian. Each call reads anew and returns an
 * array of its own; instances are immutable and may be used from several threads.
 */
public final class ArrayData {
  static final int MAX_RANK = 64;
  private static final int CHUNK_BYTES = 1 << 18;
  /** The longest array that every JVM can allocate. */
  private static final int MAX_JAVA_ARRAY = Integer.MAX_VALUE - 8;

  /** What messages call the array: its text is made when there is a message. */
  private final Object label;
  private final ElementType type;
  private final long[] shape;
  private final long count;
  private final ByteSource source;
  private final Layout layout;

  /**
   * Where the elements lie in the source.
   *
   * @param offset bytes before the element with index 0 on every axis
   * @param strides distance between neighbours on each axis, in elements; null for C order
   * @param bigEndian whether numbers are stored high byte first
   * @param negate whether values are the negated stored ones (PyTorch's lazy negation)
   * @param conjugate whether values are the conjugates of the stored ones (PyTorch's lazy conjugation)
   */
  record Layout(long offset, long[] strides, boolean bigEndian, boolean negate, boolean conjugate) {
    static final Layout PLAIN = new Layout(0, null, false, false, false);
  }

  /**
   * @param label whose text is what messages call the array, such as {@code weights.pth, tensor
   *     "norm.weight"}
   * @throws WeightFileException when an element would lie outside the source
   */
  ArrayData(Object label, ElementType type, long[] shape, ByteSource source, Layout layout) {
    this.label = label;
    this.type = type;
    this.shape = shape.clone();
    this.source = source;
    this.count = count(label, shape);
    long[] strides = layout.strides();
    this.layout = strides != null && isCOrder(shape, strides)
        ? new Layout(layout.offset(), null, layout.bigEndian(), layout.negate(), layout.conjugate())
        : layout;
    long end;
    try {
      end = Math.addExact(layout.offset(), Math.multiplyExact(extent(), type.byteSize()));
    } catch (ArithmeticException e) {
      end = Long.MAX_VALUE;
    }
    if (layout.offset() < 0 || count > 0 && end > source.size()) {
      throw new WeightFileException(label + ": shape " + Arrays.toString(shape) + " of " + type
          + " reaches beyond the " + source.size() + " bytes that are stored for it; the file is damaged.");
    }
  }

  /** The array keeps {@code values} without a copy: do not change them while it is in use. */
  public static ArrayData ofFloats(long[] shape, float... values) {
    return inMemory(ElementType.F32, shape, values.length, ByteSource.Primitives.of(values));
  }

  /** The array keeps {@code values} without a copy: do not change them while it is in use. */
  public static ArrayData ofDoubles(long[] shape, double... values) {
    return inMemory(ElementType.F64, shape, values.length, ByteSource.Primitives.of(values));
  }

  /**
   * An array whose values are asked for each time it is read, so that a large state dict need not be in
   * memory as a whole while it is written.
   *
   * @param values gives as many values as the shape has
   */
  public static ArrayData ofFloats(long[] shape, Supplier<float[]> values) {
    return supplied(ElementType.F32, shape, () -> ByteSource.Primitives.of(values.get()));
  }

  /** As {@link #ofFloats(long[], Supplier)}. */
  public static ArrayData ofDoubles(long[] shape, Supplier<double[]> values) {
    return supplied(ElementType.F64, shape, () -> ByteSource.Primitives.of(values.get()));
  }

  private static ArrayData supplied(ElementType type, long[] shape, Supplier<ByteSource> values) {
    long count = count("the array", shape);
    return inMemory(type, shape, count, new ByteSource.Supplied(values, count * type.byteSize()));
  }

  /** The array keeps {@code values} without a copy: do not change them while it is in use. */
  public static ArrayData ofInts(long[] shape, int... values) {
    return inMemory(ElementType.I32, shape, values.length, ByteSource.Primitives.of(values));
  }

  /** The array keeps {@code values} without a copy: do not change them while it is in use. */
  public static ArrayData ofLongs(long[] shape, long... values) {
    return inMemory(ElementType.I64, shape, values.length, ByteSource.Primitives.of(values));
  }

  /**
   * Elements of any type, little-endian and in C order. The array keeps {@code bytes} without a copy.
   *
   * @throws IllegalArgumentException when shape and number of bytes do not agree
   */
  public static ArrayData ofRawLittleEndian(ElementType type, long[] shape, byte... bytes) {
    if (bytes.length % type.byteSize() != 0) {
      throw new IllegalArgumentException(
          bytes.length + " bytes are no whole number of " + type + " elements (" + type.byteSize()
              + " bytes each)");
    }
    return inMemory(type, shape, bytes.length / type.byteSize(), new ByteSource.Heap(bytes));
  }

  private static ArrayData inMemory(ElementType type, long[] shape, long given, ByteSource source) {
    long wanted;
    try {
      wanted = count("the array", shape);
    } catch (WeightFileException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    if (wanted != given) {
      throw new IllegalArgumentException("shape " + Arrays.toString(shape) + " has " + wanted
          + " elements, but "
          + given + " values were given");
    }
    return new ArrayData("array in memory", type, shape, source, Layout.PLAIN);
  }

  public ElementType type() {
    return type;
  }

  /** The length of each axis; empty for a scalar. */
  public long[] shape() {
    return shape.clone();
  }

  /** The number of elements: the product of the shape, 1 for a scalar. */
  public long count() {
    return count;
  }

  /** Bytes of all elements. */
  public long byteCount() {
    return Math.multiplyExact(count, (long) type.byteSize());
  }

  /** The elements as floats; wider types are rounded to the nearest float, booleans are 0 and 1. */
  public float[] toFloats() {
    requireReal("toFloats");
    float[] out = new float[javaLength(count)];
    stream((chunk, first, n) -> ElementDecoder.toFloats(type, chunk, out, first, n));
    return out;
  }

  /** The elements as doubles; exact but for I64 and U64 beyond 2^53. */
  public double[] toDoubles() {
    requireReal("toDoubles");
    double[] out = new double[javaLength(count)];
    stream((chunk, first, n) -> ElementDecoder.toDoubles(type, chunk, out, first, n));
    return out;
  }

  /** The elements of an integer or boolean array; a value beyond the range of int is an error. */
  public int[] toInts() {
    requireIntegral("toInts");
    int[] out = new int[javaLength(count)];
    stream((chunk, first, n) -> {
      for (int i = 0; i < n; i++) {
        long value = ElementDecoder.integer(type, chunk, i);
        if (value != (int) value) {
          throw new WeightFileException(label + ": element " + (first + i) + " is "
              + (type == ElementType.U64 ? Long.toUnsignedString(value) : Long.toString(value))
              + ", which is beyond the range of int; use toLongs.");
        }
        out[first + i] = (int) value;
      }
    });
    return out;
  }

  /** The elements of an integer or boolean array; a U64 beyond 2^63 is an error. */
  public long[] toLongs() {
    requireIntegral("toLongs");
    long[] out = new long[javaLength(count)];
    stream((chunk, first, n) -> {
      for (int i = 0; i < n; i++) {
        out[first + i] = ElementDecoder.integer(type, chunk, i);
        if (type == ElementType.U64 && out[first + i] < 0) {
          throw new WeightFileException(label + ": element " + (first + i) + " is "
              + Long.toUnsignedString(out[first + i]) + ", which is beyond the range of long.");
        }
      }
    });
    return out;
  }

  /** All elements as they would lie in a safetensors file: C order, little-endian, no gaps. */
  public byte[] rawLittleEndian() {
    byte[] out = new byte[javaLength(byteCount())];
    stream((chunk, first, n) -> chunk.get(0, out, first * type.byteSize(), n * type.byteSize()));
    return out;
  }

  /**
   * As {@link #rawLittleEndian()}, but in several arrays, all of the same length but the last, and without
   * the limit of 2 GiB.
   *
   * @param blockBytes the length
   */
  public byte[][] rawLittleEndian(int blockBytes) {
    byte[][] blocks = new byte[Math.toIntExact((byteCount() + blockBytes - 1) / blockBytes)][];
    for (int i = 0; i < blocks.length; i++) {
      blocks[i] = new byte[(int) Math.min(blockBytes, byteCount() - (long) i * blockBytes)];
    }
    streamLong((chunk, first, n) -> {
      long start = first * type.byteSize();
      int bytes = n * type.byteSize();
      for (int done = 0; done < bytes;) {
        byte[] block = blocks[(int) ((start + done) / blockBytes)];
        int at = (int) ((start + done) % blockBytes);
        int length = Math.min(bytes - done, block.length - at);
        chunk.get(done, block, at, length);
        done += length;
      }
    });
    return blocks;
  }

  /** As {@link #rawLittleEndian()}, but to a stream and without the limit of 2 GiB. */
  void writeLittleEndian(OutputStream out) throws IOException {
    IOException[] failure = new IOException[1];
    try {
      streamLong((chunk, first, n) -> {
        try {
          out.write(chunk.array(), 0, n * type.byteSize());
        } catch (IOException e) {
          failure[0] = e;
          throw new WriteFailed();
        }
      });
    } catch (WriteFailed e) {
      throw failure[0];
    }
  }

  /**
   * Keeps an error of the output apart from an error of the input, which is reported with the input's name.
   */
  private static final class WriteFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Whether a checksum in the file tells if the array is as it was written. */
  public boolean hasChecksum() {
    return source instanceof Checksums.Checked;
  }

  /**
   * Reads the array and keeps nothing of it.
   *
   * @throws WeightFileException when it cannot be read, or is not what was written where {@link #hasChecksum}
   *     says so
   */
  public void verify() {
    streamLong((chunk, first, n) -> {});
  }

  @Override
  public String toString() {
    return type + Arrays.toString(shape);
  }

  private interface Sink {
    /** Little-endian elements {@code first … first + n - 1} at the beginning of {@code chunk}. */
    void accept(ByteBuffer chunk, int first, int n);
  }

  private interface LongSink {
    void accept(ByteBuffer chunk, long first, int n);
  }

  private void stream(Sink sink) {
    streamLong((chunk, first, n) -> sink.accept(chunk, (int) first, n));
  }

  private void streamLong(LongSink sink) {
    if (count == 0) {
      return;
    }
    int perChunk = (int) Math.min(count, CHUNK_BYTES / type.byteSize());
    byte[] bytes = new byte[perChunk * type.byteSize()];
    ByteBuffer chunk = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    try (InputStream in = source.openAt(layout.offset())) {
      Gather gather = layout.strides() == null ? null : new Gather(in);
      for (long first = 0; first < count; first += perChunk) {
        int n = (int) Math.min(perChunk, count - first);
        int length = n * type.byteSize();
        if (gather != null) {
          gather.next(bytes, n);
        } else if (in.readNBytes(bytes, 0, length) != length) {
          throw new EOFException();
        }
        ElementDecoder.normalize(type, chunk, length, layout);
        sink.accept(chunk, first, n);
      }
    } catch (EOFException | ZipException e) {
      throw new WeightFileException(label + ": the data ends too early or is damaged; get the file again.",
          e);
    } catch (IOException e) {
      throw new WeightFileException(label + ": the file cannot be read (" + e.getMessage() + ").", e);
    }
  }

  /**
   * Walks over a strided array in C order. The stored span is read as a whole: strides jump to and fro in
   * it.
   */
  private final class Gather {
    private final byte[] span;
    private final long[] index = new long[shape.length];
    private long element;

    private Gather(InputStream in) throws IOException {
      int length = javaLength(Math.multiplyExact(extent(), (long) type.byteSize()));
      span = in.readNBytes(length);
      if (span.length != length) {
        throw new EOFException();
      }
    }

    private void next(byte[] target, int n) {
      int size = type.byteSize();
      for (int i = 0; i < n; i++) {
        System.arraycopy(span, (int) element * size, target, i * size, size);
        for (int axis = shape.length - 1; axis >= 0; axis--) {
          element += layout.strides()[axis];
          if (++index[axis] < shape[axis]) {
            break;
          }
          element -= layout.strides()[axis] * shape[axis];
          index[axis] = 0;
        }
      }
    }
  }

  /** Elements from the first to the last one that the array touches, both included; 0 for an empty array. */
  private long extent() {
    if (count == 0 || layout.strides() == null) {
      return count;
    }
    long last = 0;
    for (int axis = 0; axis < shape.length; axis++) {
      last = Math.addExact(last, Math.multiplyExact(shape[axis] - 1, layout.strides()[axis]));
    }
    return Math.addExact(last, 1);
  }

  /** The product of the shape. */
  static long count(Object label, long[] shape) {
    if (shape.length > MAX_RANK) {
      throw new WeightFileException(label + ": " + shape.length + " axes are more than the " + MAX_RANK
          + " that an array may have; the file is damaged.");
    }
    long count = 1;
    for (long length : shape) {
      if (length < 0) {
        throw new WeightFileException(
            label + ": shape " + Arrays.toString(shape) + " has a negative length; the file is damaged.");
      }
      try {
        count = Math.multiplyExact(count, length);
      } catch (ArithmeticException e) {
        throw new WeightFileException(label + ": shape " + Arrays.toString(shape)
            + " has more elements than a 64-bit number can count; the file is damaged.", e);
      }
    }
    return count;
  }

  private static boolean isCOrder(long[] shape, long[] strides) {
    long expected = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      if (shape[axis] == 0) {
        return true;
      }
      // The stride of an axis of length 1 is never used, and PyTorch stores anything there.
      if (shape[axis] != 1 && strides[axis] != expected) {
        return false;
      }
      expected *= shape[axis];
    }
    return true;
  }

  private int javaLength(long length) {
    if (length > MAX_JAVA_ARRAY) {
      throw new WeightFileException(label + ": shape " + Arrays.toString(shape) + " of " + type
          + " is larger than a Java array can be; split the tensor before it is saved.");
    }
    return (int) length;
  }

  private void requireReal(String method) {
    if (type.isComplex()) {
      throw new WeightFileException(label + ": the elements are complex (" + type + "), which " + method
          + " cannot give; use rawLittleEndian, or save real and imaginary part as two tensors.");
    }
  }

  private void requireIntegral(String method) {
    if (!type.isIntegral()) {
      throw new WeightFileException(label + ": the elements are " + type + ", which " + method
          + " does not round; use toFloats or toDoubles.");
    }
  }
}
