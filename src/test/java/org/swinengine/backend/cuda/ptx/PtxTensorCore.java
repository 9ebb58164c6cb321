package org.swinengine.backend.cuda.ptx;

import java.nio.ByteBuffer;

/**
 * Products of 16 × 16 by 16 × 8, in TF32 of 16 × 8 by 8 × 8, and loads of matrices, as `device.cuh` and
 * `tensorFloat32.cuh` describe them.
 */
final class PtxTensorCore {
  private PtxTensorCore() {}

  private static float low(long pair) {
    return Float.intBitsToFloat((int) pair << 16);
  }

  private static float high(long pair) {
    return Float.intBitsToFloat((int) pair & 0xffff0000);
  }

  /** Sums in float32 in the order of k, as the emulator does. */
  static void multiply(Instruction one, long[] values) {
    int[] in = one.operands; // four of A, two of B, four of C
    float[][] a = new float[16][16];
    float[][] b = new float[16][8];
    for (int lane = 0; lane < 32; lane++) {
      int group = lane / 4;
      int quad = lane % 4;
      for (int half = 0; half < 2; half++) {
        for (int row = 0; row < 2; row++) {
          long pair = values[in[2 * half + row] * 32 + lane];
          a[group + 8 * row][8 * half + 2 * quad] = low(pair);
          a[group + 8 * row][8 * half + 2 * quad + 1] = high(pair);
        }
        long pair = values[in[4 + half] * 32 + lane];
        b[8 * half + 2 * quad][group] = low(pair);
        b[8 * half + 2 * quad + 1][group] = high(pair);
      }
    }
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; i < 4; i++) {
        int row = lane / 4 + 8 * (i / 2);
        int column = 2 * (lane % 4) + i % 2;
        float sum = Float.intBitsToFloat((int) values[in[6 + i] * 32 + lane]);
        for (int k = 0; k < 16; k++) {
          sum += a[row][k] * b[k][column];
        }
        values[one.results[i] * 32 + lane] = Float.floatToRawIntBits(sum);
      }
    }
  }

  /** The same of TF32, a number in a register. The tensor cores leave out what TF32 does not have. */
  static void multiplyTf32(Instruction one, long[] values) {
    int[] in = one.operands;
    float[][] a = new float[16][8];
    float[][] b = new float[8][8];
    for (int lane = 0; lane < 32; lane++) {
      int group = lane / 4;
      int quad = lane % 4;
      for (int half = 0; half < 2; half++) {
        for (int row = 0; row < 2; row++) {
          a[group + 8 * row][4 * half + quad] = tensorFloat(values[in[2 * half + row] * 32 + lane]);
        }
        b[4 * half + quad][group] = tensorFloat(values[in[4 + half] * 32 + lane]);
      }
    }
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; i < 4; i++) {
        int row = lane / 4 + 8 * (i / 2);
        int column = 2 * (lane % 4) + i % 2;
        float sum = Float.intBitsToFloat((int) values[in[6 + i] * 32 + lane]);
        for (int k = 0; k < 8; k++) {
          sum += a[row][k] * b[k][column];
        }
        values[one.results[i] * 32 + lane] = Float.floatToRawIntBits(sum);
      }
    }
  }

  private static float tensorFloat(long bits) {
    float value = Float.intBitsToFloat((int) bits);
    return Float.isNaN(value) ? value : Float.intBitsToFloat((int) bits & ~0x1fff);
  }

  static void distribute(Instruction one, long[] addresses, ByteBuffer shared, long[] values) {
    boolean transposed = one.op == Op.LOAD_MATRIX_TRANSPOSED;
    for (int lane = 0; lane < 32; lane++) {
      for (int matrix = 0; matrix < 4; matrix++) {
        int result;
        if (transposed) {
          int column = 2 * (lane / 4);
          int row = 8 * matrix + 2 * (lane % 4);
          int low = shared.getShort((int) addresses[row] + column) & 0xffff;
          result = low | shared.getShort((int) addresses[row + 1] + column) << 16;
        } else {
          result = shared.getInt((int) addresses[8 * matrix + lane / 4] + 4 * (lane % 4));
        }
        values[one.results[matrix] * 32 + lane] = result;
      }
    }
  }
}
