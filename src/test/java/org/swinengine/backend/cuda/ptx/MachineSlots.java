package org.swinengine.backend.cuda.ptx;

/**
 * How many instructions of machine code come of one of PTX, on the average: a fit, by least squares of the
 * relative error, to the sizes of all kernels' machine code for 9.0 and to the one loop that was read with a
 * disassembler (107 instructions of the 141 of product_nt_128_bf16's). Divisions of floats and reciprocals
 * count as their usual path, without the one for subnormal numbers.
 */
final class MachineSlots {
  private MachineSlots() {}

  static double of(Op op, boolean guarded, int size) {
    boolean wide = size == 64;
    return switch (op) {
      case LOAD_PARAMETER, ADDRESS_OF_GLOBAL -> 0; // constants are operands
      case BRANCH -> guarded ? 1.3 : 0;
      case MOVE -> wide ? 1 : 0.6;
      case ZERO_EXTEND, TRUNCATE_32 -> 1;
      case AND, OR, XOR, NOT, SELECT, MIN_SIGNED, MAX_SIGNED -> wide ? 3 : op == Op.SELECT ? 0.44 : 0.75;
      case SHIFT_LEFT_64, SHIFT_RIGHT_S64, SHIFT_RIGHT_U64, NEGATE_64 -> 3;
      case COMPARE -> wide ? 1.5 : 0.44;
      case AND_PREDICATE, OR_PREDICATE, XOR_PREDICATE, NOT_PREDICATE, MOVE_PREDICATE -> 2;
      case ADD_64, SUBTRACT_64 -> 2.2;
      case MULTIPLY_64 -> 6.7;
      case WIDE_PRODUCT_S32, WIDE_PRODUCT_U32 -> 2;
      case DIVIDE_S32, DIVIDE_U32, REMAINDER_S32, REMAINDER_U32 -> 18;
      case DIVIDE_S64, DIVIDE_U64, REMAINDER_S64, REMAINDER_U64 -> 60;
      case DIVIDE_F32, DIVIDE_F64 -> 14;
      case RECIPROCAL_F32, ROOT_F32, RECIPROCAL_F64, ROOT_F64 -> 10;
      case ADD_F32, SUBTRACT_F32, MULTIPLY_F32, FMA_F32, NEGATE_F32, ABSOLUTE_F32, MAX_F32, MIN_F32 -> 0.99;
      default -> 0.75;
    };
  }
}
