package org.swinengine.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/** The coordinates of Swin V2's position bias, against the original's {@code relative_coords_table}. */
class ContinuousPositionBiasTest {
  @Test
  void aWindowOfEight() {
    float[] table = ContinuousPositionBias.coordinates(new int[] {8, 8}, 0);
    assertEquals(2 * 15 * 15, table.length);
    double[] axis = {
      -1.0566417, -0.9913349, -0.9157446, -0.8260158, -0.7156138, -0.5720690, -0.3665119, 0
    };
    for (int i = 0; i < 15; i++) {
      double expected = i < 8 ? axis[i] : -axis[14 - i];
      assertEquals(expected, table[2 * 15 * i], 1e-7, "row " + i);
      assertEquals(expected, table[2 * i + 1], 1e-7, "column " + i);
    }
  }

  @Test
  void aWindowLargerThanThePretrainedReachesBeyondOne() {
    float[] table = ContinuousPositionBias.coordinates(new int[] {16, 16}, 12);
    assertEquals(-1.1913304, table[0], 1e-7);
    assertEquals(1.1913304, table[table.length - 1], 1e-7);
  }

  @Test
  void rowsComeBeforeColumnsAndEachAxisHasItsOwnScale() {
    float[] table = ContinuousPositionBias.coordinates(new int[] {2, 3}, 0);
    float edge = 1.0566417f;
    float half = (float) (Math.log(5) / Math.log(8));
    float[] expected = {
      -edge, -edge, -edge, -half, -edge, 0, -edge, half, -edge, edge, //
      0, -edge, 0, -half, 0, 0, 0, half, 0, edge, //
      edge, -edge, edge, -half, edge, 0, edge, half, edge, edge
    };
    assertArrayEquals(expected, table, 1e-6f);
  }

  /** One token attends to itself alone, whatever its bias; the original divides 0 by 0 here. */
  @Test
  void aWindowOfOneTokenHasTheOffsetZero() {
    assertArrayEquals(new float[] {0, 0}, ContinuousPositionBias.coordinates(new int[] {1, 1}, 0));
  }

  @Test
  void headsMustDivideTheChannels() {
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> new CosineWindowAttention(8, new int[] {2, 2}, 0, 3, true, 0));
    assertEquals("attention: 8 channels cannot be divided among 3 heads", error.getMessage());
  }
}
