package org.swinengine.weights;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.swinengine.weights.ArrayData.Layout;

/** Arrays made of others, when they are asked for. */
final class ArrayParts {
  private ArrayParts() {}

  /** Bytes that are computed anew for each reading. */
  private record Computed(long size, Supplier<byte[]> bytes) implements ByteSource {
    @Override
    public InputStream openAt(long position) {
      byte[] all = bytes.get();
      int from = Math.toIntExact(position);
      return new ByteArrayInputStream(all, from, all.length - from);
    }
  }

  /**
   * The rows of several arrays, one array below the other.
   *
   * @throws IllegalArgumentException if types or shapes but for the first axis differ
   */
  static ArrayData joinRows(List<ArrayData> parts) {
    ArrayData first = parts.get(0);
    long[] shape = first.shape();
    if (shape.length == 0) {
      throw new IllegalArgumentException("a single number has no rows to join");
    }
    shape[0] = 0;
    for (ArrayData part : parts) {
      long[] other = part.shape();
      boolean fits =
          part.type() == first.type()
              && other.length == shape.length
              && Arrays.equals(other, 1, other.length, shape, 1, shape.length);
      if (!fits) {
        throw new IllegalArgumentException(parts + " cannot be joined: types and shapes differ");
      }
      shape[0] += other[0];
    }
    long bytes = parts.stream().mapToLong(ArrayData::byteCount).sum();
    return new ArrayData(
        "joined rows",
        first.type(),
        shape,
        new Computed(
            bytes,
            () -> {
              byte[] all = new byte[Math.toIntExact(bytes)];
              int at = 0;
              for (ArrayData part : parts) {
                byte[] own = part.rawLittleEndian();
                System.arraycopy(own, 0, all, at, own.length);
                at += own.length;
              }
              return all;
            }),
        Layout.PLAIN);
  }

  /**
   * The rows of an array in equal parts.
   *
   * @throws IllegalArgumentException if the number of rows is no multiple
   */
  static List<ArrayData> splitRows(ArrayData array, int parts) {
    long[] shape = array.shape();
    if (shape.length == 0 || shape[0] % parts != 0) {
      throw new IllegalArgumentException(array + " cannot be cut into " + parts + " parts of as many rows");
    }
    shape[0] /= parts;
    List<ArrayData> rows = new ArrayList<>();
    int bytes = Math.toIntExact(array.byteCount() / parts);
    for (int i = 0; i < parts; i++) {
      int from = i * bytes;
      rows.add(
          new ArrayData(
              "part of the rows",
              array.type(),
              shape,
              new Computed(bytes, () -> Arrays.copyOfRange(array.rawLittleEndian(), from, from + bytes)),
              Layout.PLAIN));
    }
    return rows;
  }

  /** Zeros of the same type and shape. */
  static ArrayData zerosLike(ArrayData array) {
    long bytes = array.byteCount();
    return new ArrayData(
        "zeros", array.type(), array.shape(), new Computed(bytes, () -> new byte[Math.toIntExact(bytes)]),
        Layout.PLAIN);
  }

  /**
   * The weight of a linear layer over patches, {@code [out, patch·patch·channels]}, as a kernel {@code [out,
   * channels, patch, patch]}; a norm's {@code [patch·patch·channels]} as one row in the kernel's order. Three
   * channels where the numbers allow it, else one.
   *
   * @param channelsLast whether channels vary fastest in a patch
   * @throws IllegalArgumentException if the array can be no such weight
   */
  static ArrayData linearToKernel(ArrayData linear, boolean channelsLast) {
    long[] shape = linear.shape();
    boolean patches = shape.length == 1 || shape.length == 2;
    long columns = patches ? shape[shape.length - 1] : 0;
    int channels = side(columns, 3) > 0 ? 3 : 1;
    int side = side(columns, channels);
    if (side == 0) {
      throw new IllegalArgumentException(linear + " is no weight of a linear layer over square patches");
    }
    long[] kernel = shape.length == 1 ? shape : new long[] {shape[0], channels, side, side};
    return channelsLast ? permuted(linear, kernel, channels, true) : reshaped(linear, kernel);
  }

  /** The way back. */
  static ArrayData kernelToLinear(ArrayData kernel, boolean channelsLast) {
    long[] shape = kernel.shape();
    boolean row = shape.length == 1;
    long[] linear = row ? shape : new long[] {shape[0], shape[1] * shape[2] * shape[3]};
    int channels = row ? side(shape[0], 3) > 0 ? 3 : 1 : (int) shape[1];
    return channelsLast ? permuted(kernel, linear, channels, false) : reshaped(kernel, linear);
  }

  /**
   * Rows {@code (h qkv d)}, or {@code (h d qkv)}, as {@code (qkv h d)}.
   *
   * @param partsLast whether query, key and value of a channel follow each other
   * @throws IllegalArgumentException if the rows are not those of so many heads
   */
  static ArrayData rowsByParts(ArrayData array, int heads, boolean partsLast) {
    return reordered(array, givenRows(array, heads, partsLast));
  }

  /** The way back. */
  static ArrayData rowsByHeads(ArrayData array, int heads, boolean partsLast) {
    int[] given = givenRows(array, heads, partsLast);
    int[] inverse = new int[given.length];
    for (int i = 0; i < given.length; i++) {
      inverse[given[i]] = i;
    }
    return reordered(array, inverse);
  }

  /** For each row by parts the one by heads. */
  private static int[] givenRows(ArrayData array, int heads, boolean partsLast) {
    long[] shape = array.shape();
    if (shape.length == 0 || heads < 1 || shape[0] % (3L * heads) != 0) {
      throw new IllegalArgumentException(
          array + " does not hold queries, keys and values of " + heads + " heads");
    }
    int size = Math.toIntExact(shape[0] / (3L * heads));
    int[] rows = new int[3 * heads * size];
    for (int row = 0; row < rows.length; row++) {
      int part = row / (heads * size);
      int head = row / size % heads;
      int channel = row % size;
      rows[row] = partsLast ? (head * size + channel) * 3 + part : (head * 3 + part) * size + channel;
    }
    return rows;
  }

  private static ArrayData reordered(ArrayData array, int[] rows) {
    return new ArrayData(
        "reordered rows",
        array.type(),
        array.shape(),
        new Computed(
            array.byteCount(),
            () -> {
              byte[] from = array.rawLittleEndian();
              byte[] to = new byte[from.length];
              int size = rows.length == 0 ? 0 : from.length / rows.length;
              for (int row = 0; row < rows.length; row++) {
                System.arraycopy(from, rows[row] * size, to, row * size, size);
              }
              return to;
            }),
        Layout.PLAIN);
  }

  /**
   * The same numbers with leading axes of length 1, so that there are three; also of {@code [rows, 1,
   * channels]}.
   */
  static ArrayData withThreeAxes(ArrayData array) {
    long[] shape = array.shape();
    if (shape.length == 3 && shape[1] == 1 && shape[0] > 1) {
      return reshaped(array, new long[] {1, shape[0], shape[2]});
    }
    if (shape.length >= 3) {
      return array;
    }
    long[] three = {1, 1, 1};
    System.arraycopy(shape, 0, three, 3 - shape.length, shape.length);
    return reshaped(array, three);
  }

  /** An array with the axes of another one, if it has as many numbers. */
  static ArrayData withAxesOf(ArrayData other, ArrayData array) {
    boolean same = Arrays.equals(other.shape(), array.shape()) || other.count() != array.count();
    return same ? array : reshaped(array, other.shape());
  }

  private static ArrayData reshaped(ArrayData array, long[] shape) {
    return new ArrayData(
        "reshaped array", array.type(), shape, new Computed(array.byteCount(), array::rawLittleEndian),
        Layout.PLAIN);
  }

  private static int side(long elements, int channels) {
    long pixels = elements % channels == 0 ? elements / channels : 0;
    int side = (int) Math.round(Math.sqrt(pixels));
    return pixels > 0 && (long) side * side == pixels ? side : 0;
  }

  private static ArrayData permuted(ArrayData array, long[] shape, int channels, boolean channelsFirst) {
    long[] given = array.shape();
    int rows = given.length == 1 ? 1 : Math.toIntExact(given[0]);
    int pixels = Math.toIntExact(array.count() / Math.max(1, (long) rows * channels));
    int size = array.type().byteSize();
    return new ArrayData(
        "patch embedding",
        array.type(),
        shape,
        new Computed(
            array.byteCount(),
            () -> {
              byte[] from = array.rawLittleEndian();
              byte[] to = new byte[from.length];
              for (int out = 0; out < rows; out++) {
                for (int c = 0; c < channels; c++) {
                  for (int p = 0; p < pixels; p++) {
                    int first = ((out * channels + c) * pixels + p) * size;
                    int last = ((out * pixels + p) * channels + c) * size;
                    System.arraycopy(from, channelsFirst ? last : first, to, channelsFirst ? first : last,
                        size);
                  }
                }
              }
              return to;
            }),
        Layout.PLAIN);
  }

  /**
   * The same numbers as another floating-point type, rounded to the nearest; what is no floating-point number
   * stays as it is, and so does an array that has the type.
   *
   * @param type F32, F16 or BF16
   */
  static ArrayData as(ArrayData array, ElementType type) {
    if (array.type() == type || !array.type().isFloatingPoint()) {
      return array;
    }
    long bytes = Math.multiplyExact(array.count(), (long) type.byteSize());
    return new ArrayData(
        "converted array",
        type,
        array.shape(),
        new Computed(bytes, () -> encoded(array.toFloats(), type)),
        Layout.PLAIN);
  }

  private static byte[] encoded(float[] values, ElementType type) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, type.byteSize()))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      switch (type) {
        case F32 -> bytes.putFloat(value);
        case F16 -> bytes.putShort(SmallFloats.toHalf(value));
        case BF16 -> bytes.putShort(SmallFloats.toBfloat16(value));
        default -> throw new IllegalArgumentException(
            type + " is no type to convert to; there are F32, F16 and BF16");
      }
    }
    return bytes.array();
  }

  /**
   * Whole numbers as what they stand for, {@code (element − zeroPoint)·scale} in single precision, as
   * PyTorch's {@code dequantize}.
   *
   * @param axis whose indices the scales and zero points belong to; −1: there is one of each
   */
  static ArrayData dequantized(ArrayData stored, double[] scales, double[] zeroPoints, int axis) {
    long[] shape = stored.shape();
    long inner = 1;
    for (int i = axis + 1; axis >= 0 && i < shape.length; i++) {
      inner *= shape[i];
    }
    long after = inner;
    long bytes = Math.multiplyExact(stored.count(), (long) Float.BYTES);
    return new ArrayData(
        "dequantised tensor",
        ElementType.F32,
        shape,
        new Computed(
            bytes,
            () -> {
              int[] values = stored.toInts();
              float[] result = new float[values.length];
              for (int i = 0; i < values.length; i++) {
                int channel = axis < 0 ? 0 : (int) (i / after % shape[axis]);
                result[i] = (float) (values[i] - zeroPoints[channel]) * (float) scales[channel];
              }
              return encoded(result, ElementType.F32);
            }),
        Layout.PLAIN);
  }
}
