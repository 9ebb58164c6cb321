package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;

/**
 * The inline instructions of {@code device.cuh} and {@code tensorFloat32.cuh}, each in a kernel of its own
 * ({@code probe.cu}), against what the comments there say of their lanes. On a GPU this tests the
 * instructions, and it is the first to run; on the emulator it tests their twins: each is compared with the
 * same figures, and so with the other.
 */
@Tag("cuda")
final class InlineInstructionsTest {
  private static final String FAMILY = "probe";
  private static final int LANES = 32;

  private CudaDevice device;
  private CudaMemory memory;

  @BeforeEach
  void open() {
    CudaBackendsForTests.assumeAvailable();
    device = new CudaDevice(0);
    memory = new CudaMemory(device);
  }

  @AfterEach
  void close() {
    if (device != null) {
      memory.close();
      device.close();
    }
    CudaBackendsForTests.schedule(0);
  }

  private Launch launch(String kernel) {
    return device.launch(device.kernel(FAMILY, kernel)).block(LANES);
  }

  private Buffer up(int[] words) {
    Buffer buffer = memory.allocate(DType.INT32, words.length);
    memory.upload(words, 0, buffer, words.length);
    return buffer;
  }

  private Buffer up(float[] values) {
    Buffer buffer = memory.allocate(DType.FLOAT32, values.length);
    memory.upload(values, 0, buffer, values.length);
    return buffer;
  }

  private int[] words(Buffer buffer) {
    int[] words = new int[(int) buffer.size()];
    memory.download(buffer, words, 0, words.length);
    return words;
  }

  private float[] values(Buffer buffer) {
    float[] values = new float[(int) buffer.size()];
    memory.download(buffer, values, 0, values.length);
    return values;
  }

  /** Two bf16 in a word, the first in the low half. */
  private static int pair(float low, float high) {
    return BrainFloat.of(low) & 0xffff | BrainFloat.of(high) << 16;
  }

  @Test
  void tensorCoresMultiplyTheFragmentsThatLanesHold() {
    // Small integers: products and sums are exact whatever their order.
    Random random = new Random(1);
    float[][] a = new float[16][16];
    float[][] b = new float[16][8];
    float[][] c = new float[16][8];
    for (float[][] matrix : new float[][][] {a, b, c}) {
      for (float[] row : matrix) {
        for (int i = 0; i < row.length; i++) {
          row[i] = random.nextInt(31) - 15;
        }
      }
    }
    int[] left = new int[4 * LANES];
    int[] right = new int[2 * LANES];
    float[] sums = new float[4 * LANES];
    float[] expected = new float[4 * LANES];
    for (int lane = 0; lane < LANES; lane++) {
      int group = lane / 4;
      int quad = lane % 4;
      for (int i = 0; i < 4; i++) {
        int row = group + i % 2 * 8;
        int column = 2 * quad + i / 2 * 8;
        left[4 * lane + i] = pair(a[row][column], a[row][column + 1]);
        int sumRow = group + i / 2 * 8;
        int sumColumn = 2 * quad + i % 2;
        sums[4 * lane + i] = c[sumRow][sumColumn];
        float sum = c[sumRow][sumColumn];
        for (int k = 0; k < 16; k++) {
          sum += a[sumRow][k] * b[k][sumColumn];
        }
        expected[4 * lane + i] = sum;
      }
      for (int i = 0; i < 2; i++) {
        right[2 * lane + i] = pair(b[2 * quad + 8 * i][group], b[2 * quad + 8 * i + 1][group]);
      }
    }
    Buffer d = up(sums);
    launch("probeMma").span(up(left)).span(up(right)).span(d).run();
    float[] got = values(d);
    for (int i = 0; i < got.length; i++) {
      assertEquals(expected[i], got[i], "lane " + i / 4 + ", element " + i % 4);
    }
  }

  /** 11 bits of significand are enough for these integers, so that nothing is rounded. */
  @Test
  void tensorCoresMultiplyTheFragmentsOfTf32() {
    Random random = new Random(2);
    float[][] a = integers(random, 16, 8);
    float[][] b = integers(random, 8, 8);
    float[][] c = integers(random, 16, 8);
    int[] left = new int[4 * LANES];
    int[] right = new int[2 * LANES];
    float[] sums = new float[4 * LANES];
    float[] expected = new float[4 * LANES];
    for (int lane = 0; lane < LANES; lane++) {
      int group = lane / 4;
      int quad = lane % 4;
      for (int i = 0; i < 4; i++) {
        left[4 * lane + i] = Float.floatToRawIntBits(a[group + i % 2 * 8][quad + i / 2 * 4]);
        int row = group + i / 2 * 8;
        int column = 2 * quad + i % 2;
        sums[4 * lane + i] = c[row][column];
        float sum = c[row][column];
        for (int k = 0; k < 8; k++) {
          sum += a[row][k] * b[k][column];
        }
        expected[4 * lane + i] = sum;
      }
      for (int i = 0; i < 2; i++) {
        right[2 * lane + i] = Float.floatToRawIntBits(b[quad + 4 * i][group]);
      }
    }
    Buffer d = up(sums);
    launch("probeMmaTf32").span(up(left)).span(up(right)).span(d).run();
    float[] got = values(d);
    for (int i = 0; i < got.length; i++) {
      assertEquals(expected[i], got[i], "lane " + i / 4 + ", element " + i % 4);
    }
  }

  private static float[][] integers(Random random, int rows, int columns) {
    float[][] matrix = new float[rows][columns];
    for (float[] row : matrix) {
      for (int i = 0; i < columns; i++) {
        row[i] = random.nextInt(2047) - 1023;
      }
    }
    return matrix;
  }

  /** To the nearest, away from zero in the middle; what is no number stays none. */
  @Test
  void floatsAreRoundedToTf32() {
    int[][] cases = {
      {0x3f800fff, 0x3f800000}, {0x3f801000, 0x3f802000}, {0x3f803000, 0x3f804000}, {0xbf801000, 0xbf802000},
      {0xbf800fff, 0xbf800000}, {0x3ffff000, 0x40000000}, {0x3f802000, 0x3f802000}, {0, 0},
      {0x80000000, 0x80000000}, {0x7f800000, 0x7f800000}, {0xff800000, 0xff800000}, {0x7f7fffff, 0x7f800000},
      {0x42f6e979, 0x42f6e000}, {0xc2f6f979, 0xc2f70000}, {0x00801000, 0x00802000}, {0x7f7fefff, 0x7f7fe000},
    };
    int[] x = new int[LANES];
    for (int i = 0; i < LANES; i++) {
      x[i] = i < cases.length ? cases[i][0] : 0x7f800001 + (i << 18);
    }
    Buffer y = up(new int[LANES]);
    launch("probeRoundTf32").span(up(x)).span(y).run();
    int[] got = words(y);
    for (int i = 0; i < LANES; i++) {
      String what = Integer.toHexString(x[i]) + " becomes " + Integer.toHexString(got[i]);
      if (i < cases.length) {
        assertEquals(cases[i][1], got[i], what);
      } else {
        assertTrue(Float.isNaN(Float.intBitsToFloat(got[i])), what);
      }
    }
  }

  @Test
  void matricesAreHandedOutAsTheyAreAndTransposed() {
    int[] rows = new int[4 * LANES]; // 32 rows of eight bf16, each element its own number
    for (int i = 0; i < rows.length; i++) {
      rows[i] = 2 * i | (2 * i + 1) << 16;
    }
    int[] order = new int[LANES];
    for (int i = 0; i < LANES; i++) {
      order[i] = (5 * i + 3) % LANES;
    }
    for (boolean transposed : new boolean[] {false, true}) {
      Buffer out = up(new int[4 * LANES]);
      launch(transposed ? "probeLoadMatrixTransposed" : "probeLoadMatrix").span(up(rows)).span(up(order))
          .span(out).run();
      int[] got = words(out);
      for (int lane = 0; lane < LANES; lane++) {
        int group = lane / 4;
        int quad = lane % 4;
        for (int j = 0; j < 4; j++) {
          int low = transposed ? 8 * order[8 * j + 2 * quad] + group : 8 * order[8 * j + group] + 2 * quad;
          int high = transposed ? 8 * order[8 * j + 2 * quad + 1] + group : low + 1;
          assertEquals(low | high << 16, got[4 * lane + j],
              "lane " + lane + ", matrix " + j + (transposed ? ", transposed" : ""));
        }
      }
    }
  }

  @Test
  void copiesLandWithTheirGroupAndInvalidOnesAreZero() {
    for (int schedule : CudaBackendsForTests.schedules()) {
      CudaBackendsForTests.schedule(schedule);
      int[] in = new int[8 * LANES];
      for (int i = 0; i < in.length; i++) {
        in[i] = 1000 + i;
      }
      Buffer out = up(new int[8 * LANES]);
      launch("probeCopyAsync").span(up(in)).span(out).run();
      int[] got = words(out);
      for (int lane = 0; lane < LANES; lane++) {
        int neighbour = (lane + 1) % LANES;
        for (int i = 0; i < 4; i++) {
          assertEquals(in[4 * lane + i], got[4 * lane + i], "older group, lane " + lane);
          int younger = neighbour % 2 == 0 ? in[4 * (LANES + neighbour) + i] : 0;
          assertEquals(younger, got[4 * (LANES + lane) + i], "younger group, lane " + lane);
        }
      }
    }
  }

  @Test
  void powersOfTwoAreExactToTwentyBits() {
    float[] x = new float[LANES];
    for (int i = 0; i < LANES; i++) {
      x[i] = i == 0 ? 0 : i == 1 ? Float.NEGATIVE_INFINITY : -20 + 1.37f * i;
    }
    Buffer y = up(new float[LANES]);
    launch("probeExp2").span(up(x)).span(y).run();
    float[] got = values(y);
    assertEquals(1, got[0]);
    assertEquals(0, got[1]);
    for (int i = 2; i < LANES; i++) {
      double expected = Math.pow(2, x[i]);
      assertTrue(Math.abs(got[i] - expected) <= expected * 0x1p-20, "2^" + x[i] + " is " + got[i]);
    }
  }

  @Test
  void reciprocalsAreExactToTwentyBits() {
    float[] x = new float[LANES];
    for (int i = 0; i < LANES; i++) {
      x[i] = i == 0 ? 1 : i == 1 ? Float.POSITIVE_INFINITY : (float) Math.pow(3, i - 8);
    }
    Buffer y = up(new float[LANES]);
    launch("probeReciprocal").span(up(x)).span(y).run();
    float[] got = values(y);
    assertEquals(0, got[1]);
    for (int i = 0; i < LANES; i++) {
      double expected = 1 / (double) x[i];
      assertTrue(Math.abs(got[i] - expected) <= expected * 0x1p-20, "1/" + x[i] + " is " + got[i]);
    }
  }
}
