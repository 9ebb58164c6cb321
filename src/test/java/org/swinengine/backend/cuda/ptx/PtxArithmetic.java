package org.swinengine.backend.cuda.ptx;

/** Arithmetic of one lane. Registers of 32 bits are sign-extended to 64. */
final class PtxArithmetic {
  private PtxArithmetic() {}

  private static float real(long bits) {
    return Float.intBitsToFloat((int) bits);
  }

  private static long bits(float value) {
    return Float.floatToRawIntBits(value);
  }

  private static double real64(long bits) {
    return Double.longBitsToDouble(bits);
  }

  private static long bits64(double value) {
    return Double.doubleToRawLongBits(value);
  }

  static boolean compare(Instruction one, long a, long b) {
    if (one.kind == 'f') {
      double x = one.size == 32 ? real(a) : real64(a);
      double y = one.size == 32 ? real(b) : real64(b);
      boolean unordered = Double.isNaN(x) || Double.isNaN(y);
      return switch (one.comparison) {
        case "eq" -> x == y;
        case "ne" -> !unordered && x != y;
        case "lt" -> x < y;
        case "le" -> x <= y;
        case "gt" -> x > y;
        case "ge" -> x >= y;
        case "equ" -> unordered || x == y;
        case "neu" -> x != y;
        case "ltu" -> unordered || x < y;
        case "leu" -> unordered || x <= y;
        case "gtu" -> unordered || x > y;
        case "geu" -> unordered || x >= y;
        case "num" -> !unordered;
        case "nan" -> unordered;
        default -> throw new IllegalStateException(one + ": comparison " + one.comparison);
      };
    }
    int order = one.kind == 'u' ? Long.compareUnsigned(a, b) : Long.compare(a, b);
    return switch (one.comparison) {
      case "eq" -> order == 0;
      case "ne" -> order != 0;
      case "lt", "lo" -> order < 0;
      case "le", "ls" -> order <= 0;
      case "gt", "hi" -> order > 0;
      case "ge", "hs" -> order >= 0;
      default -> throw new IllegalStateException(one + ": comparison " + one.comparison);
    };
  }

  static long evaluate(Op op, long a, long b, long c) {
    return switch (op) {
      case MOVE, ADDRESS_OF_GLOBAL -> a;
      case AND -> a & b;
      case OR -> a | b;
      case XOR -> a ^ b;
      case NOT -> ~a;
      case UPPER_HALF -> (int) b << 16;
      case JOIN -> a & 0xffffffffL | b << 32;
      case TRUNCATE_32 -> (int) a;
      case TRUNCATE_16 -> a & 0xffffL;
      case ZERO_EXTEND -> a & 0xffffffffL;
      case ADD_32 -> (int) a + (int) b;
      case SUBTRACT_32 -> (int) a - (int) b;
      case MULTIPLY_32 -> (int) a * (int) b;
      case MULTIPLY_ADD_32 -> (int) a * (int) b + (int) c;
      case HIGH_PRODUCT_S32 -> (int) (a * b >> 32);
      case HIGH_PRODUCT_U32 -> (int) ((a & 0xffffffffL) * (b & 0xffffffffL) >>> 32);
      case WIDE_PRODUCT_S32 -> (long) (int) a * (int) b;
      case WIDE_PRODUCT_U32 -> (a & 0xffffffffL) * (b & 0xffffffffL);
      case SHIFT_LEFT_32 -> (b & 0xffffffffL) > 31 ? 0 : (int) a << (int) b;
      case SHIFT_RIGHT_S32 -> (int) a >> Math.min(31, b & 0xffffffffL);
      case SHIFT_RIGHT_U32 -> (b & 0xffffffffL) > 31 ? 0 : (int) a >>> (int) b;
      case NEGATE_32 -> -(int) a;
      case ABSOLUTE_32 -> Math.abs((int) a);
      case MIN_SIGNED -> Math.min(a, b);
      case MAX_SIGNED -> Math.max(a, b);
      case MIN_U32 -> Long.compareUnsigned(a, b) < 0 ? a : b;
      case MAX_U32 -> Long.compareUnsigned(a, b) > 0 ? a : b;
      case DIVIDE_S32 -> (int) b == 0 ? -1 : (int) a / (int) b;
      case DIVIDE_U32 -> (int) b == 0 ? -1 : Integer.divideUnsigned((int) a, (int) b);
      case REMAINDER_S32 -> (int) b == 0 ? a : (int) a % (int) b;
      case REMAINDER_U32 -> (int) b == 0 ? a : Integer.remainderUnsigned((int) a, (int) b);
      case ADD_64 -> a + b;
      case SUBTRACT_64 -> a - b;
      case MULTIPLY_64 -> a * b;
      case SHIFT_LEFT_64 -> b > 63 ? 0 : a << b;
      case SHIFT_RIGHT_S64 -> a >> Math.min(63, b);
      case SHIFT_RIGHT_U64 -> b > 63 ? 0 : a >>> b;
      case NEGATE_64 -> -a;
      case DIVIDE_S64 -> b == 0 ? -1 : a / b;
      case DIVIDE_U64 -> b == 0 ? -1 : Long.divideUnsigned(a, b);
      case REMAINDER_S64 -> b == 0 ? a : a % b;
      case REMAINDER_U64 -> b == 0 ? a : Long.remainderUnsigned(a, b);
      default -> ofFloats(op, a, b, c);
    };
  }

  private static long ofFloats(Op op, long a, long b, long c) {
    return switch (op) {
      case ADD_F32 -> computed(real(a) + real(b));
      case SUBTRACT_F32 -> computed(real(a) - real(b));
      case MULTIPLY_F32 -> computed(real(a) * real(b));
      case FMA_F32 -> computed(Math.fma(real(a), real(b), real(c)));
      case FMA_DOWN_F32 -> bits(down((double) real(a) * real(b) + real(c)));
      case ADD_TO_ZERO_F32 -> bits(toZero((double) real(a) + real(b)));
      case NEGATE_F32 -> (int) a ^ Integer.MIN_VALUE;
      case ABSOLUTE_F32 -> (int) a & Integer.MAX_VALUE;
      case MAX_F32 -> bits(Float.isNaN(real(a)) ? real(b)
          : Float.isNaN(real(b)) ? real(a) : Math.max(real(a), real(b)));
      case MIN_F32 -> bits(Float.isNaN(real(a)) ? real(b)
          : Float.isNaN(real(b)) ? real(a) : Math.min(real(a), real(b)));
      case COPY_SIGN_F32 -> (int) b & Integer.MAX_VALUE | (int) a & Integer.MIN_VALUE;
      case DIVIDE_F32 -> bits(real(a) / real(b));
      case RECIPROCAL_F32, RECIPROCAL_FAST_F32 -> bits(1.0f / real(a));
      case ROOT_F32 -> bits((float) Math.sqrt(real(a)));
      case EXP2_F32 -> bits((float) StrictMath.pow(2, real(a)));
      case SATURATE_F32 -> bits(real(a) > 0 ? Math.min(1.0f, real(a)) : 0.0f);
      case TRUNCATE_F32 -> bits((float) (real(a) < 0 ? Math.ceil(real(a)) : Math.floor(real(a))));
      case ROUND_F32 -> bits((float) Math.rint(real(a)));
      case FLOOR_F32 -> bits((float) Math.floor(real(a)));
      case S32_TO_F32 -> bits((float) (int) a);
      case U32_TO_F32 -> bits((float) (a & 0xffffffffL));
      case F32_TO_S32 -> (int) real(a);
      case FLOOR_TO_S32 -> (int) Math.floor(real(a));
      case F32_TO_F64 -> bits64(real(a));
      case S32_TO_F64 -> bits64((int) a);
      case F64_TO_F32 -> bits((float) real64(a));
      case ADD_F64 -> bits64(real64(a) + real64(b));
      case SUBTRACT_F64 -> bits64(real64(a) - real64(b));
      case MULTIPLY_F64 -> bits64(real64(a) * real64(b));
      case NEGATE_F64 -> a ^ Long.MIN_VALUE;
      case ABSOLUTE_F64 -> a & Long.MAX_VALUE;
      case FLOOR_F64 -> bits64(Math.floor(real64(a)));
      case F64_TO_S32 -> (int) real64(a);
      case PERMUTE_BYTES -> permuted(a, b, (int) c);
      case FMA_F64 -> bits64(Math.fma(real64(a), real64(b), real64(c)));
      case DIVIDE_F64 -> bits64(real64(a) / real64(b));
      case RECIPROCAL_F64 -> bits64(1 / real64(a));
      case ROOT_F64 -> bits64(Math.sqrt(real64(a)));
      case TO_BF16 -> toBf16(real(a));
      case TO_TWO_BF16 -> (int) (toBf16(real(a)) << 16 | toBf16(real(b)));
      case TO_TF32 -> toTf32((int) a);
      default -> throw new IllegalStateException(op + " is no arithmetic");
    };
  }

  /** To the nearest, of two as near the larger; what is not finite stays so. */
  private static int toTf32(int bits) {
    boolean isFinite = (bits >>> 23 & 0xff) != 0xff;
    return isFinite ? bits + 0x1000 & ~0x1fff : (bits & 0x7fffff) == 0 ? bits : 0x7fffffff;
  }

  /** Rounded towards minus infinity. */
  private static float down(double value) {
    float nearest = (float) value;
    return nearest > value ? Math.nextDown(nearest) : nearest;
  }

  private static float toZero(double value) {
    float nearest = (float) value;
    return Math.abs(nearest) <= Math.abs(value) ? nearest
        : value > 0 ? Math.nextDown(nearest)
            : Math.nextUp(nearest);
  }

  private static long toBf16(float value) {
    if (Float.isNaN(value)) {
      return 0x7fff;
    }
    int bits = Float.floatToRawIntBits(value);
    return (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16;
  }

  /** What a GPU's float32 arithmetic gives for any NaN. */
  private static long computed(float value) {
    return Float.isNaN(value) ? 0x7fffffffL : bits(value);
  }

  /** Four bytes of the eight of b and a; four bits choose each: where it is, and whether only its sign. */
  private static int permuted(long a, long b, int choice) {
    long bytes = a & 0xffffffffL | b << 32;
    int result = 0;
    for (int i = 0; i < 4; i++) {
      int one = choice >>> 4 * i;
      byte chosen = (byte) (bytes >>> 8 * (one & 7));
      result |= (((one & 8) == 0 ? chosen : chosen >> 7) & 0xff) << 8 * i;
    }
    return result;
  }
}
