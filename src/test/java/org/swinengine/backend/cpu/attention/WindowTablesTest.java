package org.swinengine.backend.cpu.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;

/** Golden values of microsoft/Swin-Transformer's index and mask, and masks of random geometries. */
class WindowTablesTest {
  private static final float X = -100;

  private static WindowGeometry unshifted(int windowHeight, int windowWidth) {
    return new WindowGeometry(
        1, windowHeight, windowWidth, windowHeight, windowWidth, 0, 0, PaddingOrder.SHIFT_THEN_PAD);
  }

  @Test
  void relativePositionIndexIsTheOriginals() {
    WindowGeometry seven = unshifted(7, 7);
    assertEquals(169, seven.biasTableRows());
    assertEquals(84, seven.relativePositionIndex(0, 0));
    assertEquals(0, seven.relativePositionIndex(0, 48));
    assertEquals(168, seven.relativePositionIndex(48, 0));
    assertArrayEquals(new int[] {84, 83, 82, 81, 80, 79, 78, 71}, Arrays.copyOf(indexRow(seven, 0), 8));
    WindowGeometry two = unshifted(2, 2);
    assertArrayEquals(new int[] {4, 3, 1, 0}, indexRow(two, 0));
    assertArrayEquals(new int[] {5, 4, 2, 1}, indexRow(two, 1));
    assertArrayEquals(new int[] {7, 6, 4, 3}, indexRow(two, 2));
    assertArrayEquals(new int[] {8, 7, 5, 4}, indexRow(two, 3));
    WindowGeometry oblong = unshifted(2, 3);
    assertArrayEquals(new int[] {7, 6, 5, 2, 1, 0}, indexRow(oblong, 0));
    assertArrayEquals(new int[] {14, 13, 12, 9, 8, 7}, indexRow(oblong, 5));
  }

  private static int[] indexRow(WindowGeometry geometry, int query) {
    int[] row = new int[geometry.windowTokens()];
    for (int key = 0; key < row.length; key++) {
      row[key] = geometry.relativePositionIndex(query, key);
    }
    return row;
  }

  @Test
  void masksAreTheOriginals() {
    WindowGeometry geometry = new WindowGeometry(1, 8, 8, 4, 4, 2, 2, PaddingOrder.SHIFT_THEN_PAD);
    WindowTables tables = new WindowTables(geometry);
    assertEquals(-1, tables.maskOfWindow[0]);
    int[] masked = {0, 128, 128, 192};
    for (int window = 1; window < 4; window++) {
      int count = 0;
      for (float value : tables.masks[tables.maskOfWindow[window]]) {
        count += value == X ? 1 : 0;
      }
      assertEquals(masked[window], count);
    }
    assertArrayEquals(new float[] {0, 0, X, X, 0, 0, X, X, 0, 0, X, X, 0, 0, X, X}, maskRow(tables, 1));
    assertArrayEquals(new float[] {0, 0, 0, 0, 0, 0, 0, 0, X, X, X, X, X, X, X, X}, maskRow(tables, 2));
    assertArrayEquals(new float[] {0, 0, X, X, 0, 0, X, X, X, X, X, X, X, X, X, X}, maskRow(tables, 3));
  }

  private static float[] maskRow(WindowTables tables, int window) {
    return Arrays.copyOf(tables.masks[tables.maskOfWindow[window]], 16);
  }

  @Test
  void masksOfRandomGeometriesFollowTheRegions() {
    Random random = new Random(9);
    for (int round = 0; round < 60; round++) {
      PlainAttention plain = new PlainAttention();
      plain.windowHeight = 1 + random.nextInt(6);
      plain.windowWidth = 1 + random.nextInt(6);
      plain.height = 1 + random.nextInt(20);
      plain.width = 1 + random.nextInt(20);
      plain.shiftHeight = random.nextInt(plain.windowHeight);
      plain.shiftWidth = random.nextInt(plain.windowWidth);
      WindowGeometry geometry =
          new WindowGeometry(
              1, plain.height, plain.width, plain.windowHeight, plain.windowWidth, plain.shiftHeight,
              plain.shiftWidth, PaddingOrder.values()[random.nextInt(2)]);
      WindowTables tables = new WindowTables(geometry);
      int[][] labels = plain.labels();
      assertEquals(labels.length, geometry.windows());
      int stride = AttentionLoops.padded(geometry.windowTokens());
      for (int window = 0; window < labels.length; window++) {
        int mask = tables.maskOfWindow[window];
        for (int i = 0; i < labels[window].length; i++) {
          for (int j = 0; j < labels[window].length; j++) {
            float expected = labels[window][i] == labels[window][j] ? 0 : X;
            assertEquals(expected, mask < 0 ? 0 : tables.masks[mask][i * stride + j]);
            assertEquals(geometry.relativePositionIndex(i, j), tables.tableRow(i, j));
          }
        }
      }
    }
  }

  @Test
  void paddedWindowsAreMarked() {
    WindowGeometry geometry = new WindowGeometry(1, 3, 4, 2, 2, 0, 0, PaddingOrder.PAD_THEN_SHIFT);
    WindowTables tables = new WindowTables(geometry);
    assertFalse(tables.padded[0]);
    assertTrue(tables.padded[2]);
    assertArrayEquals(new int[] {0, 1, 4, 5}, Arrays.copyOf(tables.tokens, 4));
    assertArrayEquals(new int[] {8, 9, -1, -1}, Arrays.copyOfRange(tables.tokens, 8, 12));
  }
}
