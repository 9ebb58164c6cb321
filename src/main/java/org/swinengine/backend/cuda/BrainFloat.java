package org.swinengine.backend.cuda;

/** bfloat16 on the host: the upper half of a float32. */
final class BrainFloat {
  private BrainFloat() {}

  /** Rounds to the nearest, ties to even; NaN stays NaN. */
  static short of(float value) {
    int bits = Float.floatToRawIntBits(value);
    if ((bits & 0x7fffffff) > 0x7f800000) {
      return 0x7fff;
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  static float toFloat(short value) {
    return Float.intBitsToFloat(value << 16);
  }
}
