package org.swinengine.weights;

import java.nio.ByteBuffer;

/** Turns little-endian elements into Java numbers. */
final class ElementDecoder {
  private ElementDecoder() {}

  /** Makes stored bytes little-endian and truth 1, and applies lazy negation and conjugation, in place. */
  static void normalize(ElementType type, ByteBuffer chunk, int length, ArrayData.Layout layout) {
    byte[] bytes = chunk.array();
    int component = type.componentSize();
    if (layout.bigEndian() && component > 1) {
      for (int start = 0; start < length; start += component) {
        for (int low = start, high = start + component - 1; low < high; low++, high--) {
          byte swapped = bytes[low];
          bytes[low] = bytes[high];
          bytes[high] = swapped;
        }
      }
    }
    if (layout.conjugate() && type.isComplex()) {
      for (int start = 0; start < length; start += type.byteSize()) {
        bytes[start + type.byteSize() - 1] ^= (byte) 0x80;
      }
    }
    if (layout.negate()) {
      for (int start = 0; start < length; start += component) {
        negate(type, bytes, start, component);
      }
    }
    if (type == ElementType.BOOL) {
      // Any byte but 0 is true here; what is written on from here holds 1, the only one other readers know.
      for (int i = 0; i < length; i++) {
        bytes[i] = (byte) (bytes[i] == 0 ? 0 : 1);
      }
    }
  }

  private static void negate(ElementType type, byte[] bytes, int start, int component) {
    if (!type.isIntegral()) {
      bytes[start + component - 1] ^= (byte) 0x80;
      return;
    }
    int carry = 1;
    for (int i = start; i < start + component; i++) {
      int digit = (~bytes[i] & 0xff) + carry;
      bytes[i] = (byte) digit;
      carry = digit >>> 8;
    }
  }

  static void toFloats(ElementType type, ByteBuffer chunk, float[] out, int first, int n) {
    switch (type) {
      case F32 -> chunk.rewind().asFloatBuffer().get(out, first, n);
      case F64 -> {
        for (int i = 0; i < n; i++) {
          out[first + i] = (float) chunk.getDouble(i * 8);
        }
      }
      case U64 -> {
        for (int i = 0; i < n; i++) {
          out[first + i] = (float) unsigned(chunk.getLong(i * 8));
        }
      }
      default -> {
        if (type.isIntegral()) {
          for (int i = 0; i < n; i++) {
            out[first + i] = integer(type, chunk, i);
          }
        } else {
          for (int i = 0; i < n; i++) {
            out[first + i] = smallFloat(type, chunk, i);
          }
        }
      }
    }
  }

  static void toDoubles(ElementType type, ByteBuffer chunk, double[] out, int first, int n) {
    switch (type) {
      case F64 -> chunk.rewind().asDoubleBuffer().get(out, first, n);
      case F32 -> {
        for (int i = 0; i < n; i++) {
          out[first + i] = chunk.getFloat(i * 4);
        }
      }
      case U64 -> {
        for (int i = 0; i < n; i++) {
          out[first + i] = unsigned(chunk.getLong(i * 8));
        }
      }
      default -> {
        for (int i = 0; i < n; i++) {
          out[first + i] = type.isIntegral() ? integer(type, chunk, i) : smallFloat(type, chunk, i);
        }
      }
    }
  }

  /** Element {@code i} of an integer or boolean array; U64 comes as its 64 bits. */
  static long integer(ElementType type, ByteBuffer chunk, int i) {
    return switch (type) {
      case I64, U64 -> chunk.getLong(i * 8);
      case I32 -> chunk.getInt(i * 4);
      case U32 -> chunk.getInt(i * 4) & 0xffffffffL;
      case I16 -> chunk.getShort(i * 2);
      case U16 -> chunk.getShort(i * 2) & 0xffff;
      case I8 -> chunk.get(i);
      case U8 -> chunk.get(i) & 0xff;
      case BOOL -> chunk.get(i) == 0 ? 0 : 1;
      default -> throw new IllegalArgumentException(type + " is no integer type");
    };
  }

  private static float smallFloat(ElementType type, ByteBuffer chunk, int i) {
    return switch (type) {
      case F16 -> SmallFloats.half(chunk.getShort(i * 2));
      case BF16 -> SmallFloats.bfloat16(chunk.getShort(i * 2));
      default -> SmallFloats.table(type)[chunk.get(i) & 0xff];
    };
  }

  private static double unsigned(long bits) {
    // Halving keeps the lowest bit sticky, so that the rounding of the conversion is right.
    return bits >= 0 ? bits : ((bits >>> 1) | (bits & 1)) * 2.0;
  }
}
