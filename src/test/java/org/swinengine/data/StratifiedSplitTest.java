package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StratifiedSplitTest {
  private static final int[] LABELS = IntStream.range(0, 111).map(i -> i < 90 ? 0
      : i < 110 ? 1
          : 2)
      .toArray();

  @Test
  void takesTheSameShareOfEachClass() {
    StratifiedSplit.Parts parts = StratifiedSplit.split(LABELS, 3, 0.2, 1);
    assertEquals(18, Arrays.stream(parts.validation()).filter(i -> LABELS[i] == 0).count());
    assertEquals(4, Arrays.stream(parts.validation()).filter(i -> LABELS[i] == 1).count());
    // A single sample is for training.
    assertEquals(0, Arrays.stream(parts.validation()).filter(i -> LABELS[i] == 2).count());
    int[] all = IntStream.concat(Arrays.stream(parts.train()),
        Arrays.stream(parts.validation())).sorted().toArray();
    assertArrayEquals(IntStream.range(0, 111).toArray(), all);
  }

  @Test
  void leavesAtLeastOneSampleOfEachClassInEachPart() {
    int[] pairs = {0, 0, 1, 1};
    assertEquals(2, StratifiedSplit.split(pairs, 2, 0.01, 1).validation().length);
    assertEquals(2, StratifiedSplit.split(pairs, 2, 0.99, 1).validation().length);
  }

  @Test
  void dependsOnTheSeedAlone() {
    int[] first = StratifiedSplit.split(LABELS, 3, 0.2, 1).validation();
    assertArrayEquals(first, StratifiedSplit.split(LABELS, 3, 0.2, 1).validation());
    assertFalse(Arrays.equals(first, StratifiedSplit.split(LABELS, 3, 0.2, 2).validation()));
  }
}
