package org.swinengine.weights;

/** The floating-point formats of 16 and 8 bits, widened to float. Every value of each is exact in a float. */
final class SmallFloats {
  private static final float[] E4M3 = table(4, 3, 7, false);
  private static final float[] E5M2 = table(5, 2, 15, false);
  private static final float[] E4M3_FNUZ = table(4, 3, 8, true);
  private static final float[] E5M2_FNUZ = table(5, 2, 16, true);
  private static final float[] E8M0 = powersOfTwo();

  private SmallFloats() {}

  static float half(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >>> 10) & 0x1f;
    int mantissa = bits & 0x3ff;
    if (exponent == 0x1f) {
      return Float.intBitsToFloat(sign | 0x7f800000 | mantissa << 13);
    }
    if (exponent == 0) {
      float magnitude = mantissa * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    return Float.intBitsToFloat(sign | (exponent + 112) << 23 | mantissa << 13);
  }

  static float bfloat16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** The nearest bfloat16, ties to even; NaN stays NaN. */
  static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }

  /** The nearest half, ties to even; what is too large becomes infinite, NaN stays NaN. */
  static short toHalf(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    if (Float.isNaN(value)) {
      return (short) (sign | 0x7e00);
    }
    float magnitude = Math.abs(value);
    if (magnitude >= 65520) {
      return (short) (sign | 0x7c00);
    }
    if (magnitude < 0x1p-14f) {
      // Subnormal: a whole number of 2⁻²⁴, to which adding 2²³ · 2⁻²⁴ rounds it.
      return (short) (sign | Float.floatToRawIntBits(magnitude + 0.5f) & 0x7fff);
    }
    int rounded = (bits & 0x7fffffff) + 0xfff + (bits >>> 13 & 1);
    return (short) (sign | (rounded >>> 13) - (112 << 10));
  }

  /** The 256 values of an 8-bit format. */
  static float[] table(ElementType type) {
    return switch (type) {
      case F8_E4M3 -> E4M3;
      case F8_E5M2 -> E5M2;
      case F8_E4M3FNUZ -> E4M3_FNUZ;
      case F8_E5M2FNUZ -> E5M2_FNUZ;
      case F8_E8M0 -> E8M0;
      default -> throw new IllegalArgumentException(type + " is no 8-bit floating-point type");
    };
  }

  private static float[] table(int exponentBits, int mantissaBits, int bias, boolean fnuz) {
    int highest = (1 << exponentBits) - 1;
    float[] values = new float[256];
    for (int bits = 0; bits < 256; bits++) {
      int exponent = (bits >>> mantissaBits) & highest;
      int mantissa = bits & ((1 << mantissaBits) - 1);
      float fraction = mantissa / (float) (1 << mantissaBits);
      float magnitude = exponent == 0
          ? Math.scalb(fraction, 1 - bias)
          : Math.scalb(1 + fraction, exponent - bias);
      if (!fnuz && exponentBits == 5 && exponent == highest) {
        magnitude = mantissa == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
      } else if (!fnuz && exponentBits == 4 && (bits & 0x7f) == 0x7f) {
        magnitude = Float.NaN;
      } else if (fnuz && bits == 0x80) {
        magnitude = Float.NaN;
      }
      values[bits] = (bits & 0x80) == 0 ? magnitude : -magnitude;
    }
    return values;
  }

  private static float[] powersOfTwo() {
    float[] values = new float[256];
    for (int bits = 0; bits < 255; bits++) {
      values[bits] = Math.scalb(1f, bits - 127);
    }
    values[255] = Float.NaN;
    return values;
  }
}
