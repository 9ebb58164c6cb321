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
   * The weight of a linear layer over patches, {@code [out, patch·patch·channels]} with channels fastest, as
   * a kernel {@code [out, channels, patch, patch]}. Three channels where the numbers allow it, else one.
   *
   * @throws IllegalArgumentException if the array can be no such weight
   */
  static ArrayData linearToKernel(ArrayData linear) {
    long[] shape = linear.shape();
    int channels = shape.length == 2 && side(shape[1], 3) > 0 ? 3 : 1;
    int side = shape.length == 2 ? side(shape[1], channels) : 0;
    if (side == 0) {
      throw new IllegalArgumentException(linear + " is no weight of a linear layer over square patches");
    }
    return permuted(linear, new long[] {shape[0], channels, side, side}, true);
  }

  /** The way back. */
  static ArrayData kernelToLinear(ArrayData kernel) {
    long[] shape = kernel.shape();
    return permuted(kernel, new long[] {shape[0], shape[1] * shape[2] * shape[3]}, false);
  }

  private static int side(long elements, int channels) {
    long pixels = elements % channels == 0 ? elements / channels : 0;
    int side = (int) Math.round(Math.sqrt(pixels));
    return (long) side * side == pixels ? side : 0;
  }

  private static ArrayData permuted(ArrayData array, long[] shape, boolean channelsFirst) {
    long[] kernel = channelsFirst ? shape : array.shape();
    int channels = (int) kernel[1];
    int pixels = (int) (kernel[2] * kernel[3]);
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
              for (int out = 0; out < kernel[0]; out++) {
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
