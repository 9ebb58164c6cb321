package org.swinengine.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.WindowGeometry.PaddingOrder;

/** Index arithmetic of windows against what the original Swin Transformer computes. */
@Tag("numerics")
class WindowGeometryTest {
  private static WindowGeometry geometry(
      int height, int width, int windowHeight, int windowWidth, int shift, PaddingOrder order) {
    return new WindowGeometry(1, height, width, windowHeight, windowWidth, shift, shift, order);
  }

  private static int[] indexRow(WindowGeometry geometry, int query) {
    int[] row = new int[geometry.windowTokens()];
    for (int key = 0; key < row.length; key++) {
      row[key] = geometry.relativePositionIndex(query, key);
    }
    return row;
  }

  @Test
  void relativePositionIndexHasTheOriginalsValues() {
    WindowGeometry two = geometry(2, 2, 2, 2, 0, PaddingOrder.PAD_THEN_SHIFT);
    assertArrayEquals(new int[] {4, 3, 1, 0}, indexRow(two, 0));
    assertArrayEquals(new int[] {5, 4, 2, 1}, indexRow(two, 1));
    assertArrayEquals(new int[] {7, 6, 4, 3}, indexRow(two, 2));
    assertArrayEquals(new int[] {8, 7, 5, 4}, indexRow(two, 3));

    WindowGeometry twoByThree = geometry(2, 3, 2, 3, 0, PaddingOrder.PAD_THEN_SHIFT);
    assertArrayEquals(new int[] {7, 6, 5, 2, 1, 0}, indexRow(twoByThree, 0));
    assertArrayEquals(new int[] {14, 13, 12, 9, 8, 7}, indexRow(twoByThree, 5));

    WindowGeometry seven = geometry(7, 7, 7, 7, 0, PaddingOrder.PAD_THEN_SHIFT);
    assertEquals(169, seven.biasTableRows());
    assertEquals(84, seven.relativePositionIndex(0, 0));
    assertEquals(0, seven.relativePositionIndex(0, 48));
    assertEquals(168, seven.relativePositionIndex(48, 0));
    assertEquals(71, seven.relativePositionIndex(0, 7));
  }

  @Test
  void regionsMaskAsManyPairsAsTheOriginal() {
    WindowGeometry geometry = geometry(8, 8, 4, 4, 2, PaddingOrder.PAD_THEN_SHIFT);
    int[] masked = new int[4];
    for (int window = 0; window < 4; window++) {
      for (int query = 0; query < 16; query++) {
        for (int key = 0; key < 16; key++) {
          if (region(geometry, window, query) != region(geometry, window, key)) {
            masked[window]++;
          }
        }
      }
    }
    assertArrayEquals(new int[] {0, 128, 128, 192}, masked);
    // Window 3, first query: two keys of each of the first two rows are of its region.
    for (int key = 0; key < 16; key++) {
      boolean same = region(geometry, 3, 0) == region(geometry, 3, key);
      assertEquals(key < 8 && key % 4 < 2, same, "key " + key);
    }
  }

  private static int region(WindowGeometry geometry, int window, int token) {
    int row = window / geometry.windowColumns() * geometry.windowHeight() + token / geometry.windowWidth();
    int column = window % geometry.windowColumns() * geometry.windowWidth() + token % geometry.windowWidth();
    return geometry.region(row, column);
  }

  @Test
  void paddingOrderDecidesWherePaddingLies() {
    // Five columns in windows of four, shifted by two: the padded row is a b c d e . . .
    WindowGeometry padded = geometry(1, 5, 1, 4, 0, PaddingOrder.PAD_THEN_SHIFT);
    assertTrue(padded.isPadded());
    WindowGeometry first = new WindowGeometry(1, 1, 5, 1, 4, 0, 2, PaddingOrder.PAD_THEN_SHIFT);
    assertArrayEquals(new int[] {2, 3, 4, -1, -1, -1, 0, 1}, sources(first));
    WindowGeometry after = new WindowGeometry(1, 1, 5, 1, 4, 0, 2, PaddingOrder.SHIFT_THEN_PAD);
    assertArrayEquals(new int[] {2, 3, 4, 0, 1, -1, -1, -1}, sources(after));
  }

  private static int[] sources(WindowGeometry geometry) {
    int[] sources = new int[geometry.paddedWidth()];
    for (int column = 0; column < sources.length; column++) {
      sources[column] = geometry.sourceToken(0, column);
    }
    return sources;
  }

  @Test
  void impossibleSizesAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> geometry(0, 4, 2, 2, 0, PaddingOrder.PAD_THEN_SHIFT));
    assertThrows(IllegalArgumentException.class, () -> geometry(4, 4, 2, 2, 2, PaddingOrder.PAD_THEN_SHIFT));
    assertThrows(IllegalArgumentException.class, () -> geometry(4, 4, 2, 2, -1, PaddingOrder.PAD_THEN_SHIFT));
  }
}
