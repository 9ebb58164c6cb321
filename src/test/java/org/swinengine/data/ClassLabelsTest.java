package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.swinengine.weights.ArrayData;

class ClassLabelsTest {
  private static ArrayData floats(float... values) {
    return ArrayData.ofFloats(new long[] {values.length}, values);
  }

  @Test
  void wholeFloatsAreClassNumbers() {
    assertArrayEquals(new int[] {0, 8, 255, -100}, ClassLabels.of(floats(0, 8, 255, -100)));
  }

  @Test
  void othersAreNamed() {
    for (float value : new float[] {0.5f, Float.NaN, Float.POSITIVE_INFINITY, 1e10f}) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> ClassLabels.of(floats(1, value))).getMessage();
      assertTrue(message.contains("element 1 is ") && message.contains("whole"), message);
    }
  }
}
