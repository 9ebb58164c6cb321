package org.swinengine.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;
import org.swinengine.weights.PickleValues.Global;
import org.swinengine.weights.PickleValues.PickleObject;
import org.swinengine.weights.PickleValues.PickleTuple;

/** NumPy scalars and arrays that were pickled along with a checkpoint, such as the best accuracy so far. */
final class NumpyValues {
  private NumpyValues() {}

  /**
   * The number or array that a pickled NumPy object stands for; null where it is another object, or an odd
   * one.
   */
  static Object decode(PickleObject object, Supplier<String> path, PickleLimits limits) {
    if (!(object.callable instanceof Global global) || !isMultiarray(global.module())) {
      return null;
    }
    return switch (global.name()) {
      case "scalar" -> scalar(object.arguments.items, limits);
      case "_reconstruct" -> object.state instanceof PickleTuple state ? array(state.items, path, limits)
          : null;
      default -> null;
    };
  }

  private static boolean isMultiarray(String module) {
    return module.equals("numpy.core.multiarray") || module.equals("numpy._core.multiarray");
  }

  /** The arguments of a scalar are its type and its bytes. */
  private static Object scalar(Object[] arguments, PickleLimits limits) {
    Dtype dtype = arguments.length == 2 ? Dtype.of(arguments[0]) : null;
    byte[] bytes = arguments.length == 2 ? bytes(arguments[1], limits) : null;
    if (dtype == null || bytes == null || bytes.length != dtype.type.byteSize() || dtype.type.isComplex()) {
      return null;
    }
    // A copy: the same bytes may be used elsewhere, and the order of these is changed in place.
    ByteBuffer chunk = ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN);
    ElementDecoder.normalize(dtype.type, chunk, chunk.capacity(), dtype.layout(null));
    if (dtype.type == ElementType.BOOL) {
      return bytes[0] != 0;
    }
    if (dtype.type.isIntegral()) {
      return ElementDecoder.integer(dtype.type, chunk, 0);
    }
    double[] value = new double[1];
    ElementDecoder.toDoubles(dtype.type, chunk, value, 0, 1);
    return value[0];
  }

  /** The state of an array is (version, shape, type, Fortran order, bytes). */
  private static Object array(Object[] state, Supplier<String> path, PickleLimits limits) {
    if (state.length != 5 || !(state[1] instanceof PickleTuple lengths)
        || !Arrays.stream(lengths.items).allMatch(Long.class::isInstance)) {
      return null;
    }
    Dtype dtype = Dtype.of(state[2]);
    byte[] bytes = bytes(state[4], limits);
    if (dtype == null || bytes == null) {
      return null;
    }
    long[] shape = Arrays.stream(lengths.items).mapToLong(Long.class::cast).toArray();
    String label = "NumPy array " + Text.quote(path.get());
    long count = ArrayData.count(label, shape);
    if (bytes.length % dtype.type.byteSize() != 0 || count != bytes.length / dtype.type.byteSize()) {
      return null;
    }
    boolean fortran = Boolean.TRUE.equals(state[3]);
    long[] strides = new NpyHeader(dtype.type, dtype.bigEndian, fortran, shape, 0).strides();
    return new ArrayData(label, dtype.type, shape, new ByteSource.Heap(bytes), dtype.layout(strides));
  }

  private static byte[] bytes(Object value, PickleLimits limits) {
    if (value instanceof String text) {
      // Python 2 wrote bytes as text.
      limits.countCopiedBytes(text.length());
      return text.getBytes(StandardCharsets.ISO_8859_1);
    }
    return value instanceof byte[] bytes ? bytes : null;
  }

  private record Dtype(ElementType type, boolean bigEndian) {
    /** numpy.dtype is called with a code such as "f8"; its state holds the byte order at index 1. */
    static Dtype of(Object value) {
      boolean dtype = value instanceof PickleObject object && object.callable instanceof Global global
          && global.module().equals("numpy") && global.name().equals("dtype")
          && object.arguments.items.length > 0
          && object.arguments.items[0] instanceof String;
      if (!dtype) {
        return null;
      }
      PickleObject object = (PickleObject) value;
      ElementType type = NpyHeader.typeOf((String) object.arguments.items[0]);
      boolean big = object.state instanceof PickleTuple state && state.items.length > 1
          && ">".equals(state.items[1]);
      return type == null ? null : new Dtype(type, big);
    }

    ArrayData.Layout layout(long[] strides) {
      return new ArrayData.Layout(0, strides, bigEndian, false, false);
    }
  }
}
