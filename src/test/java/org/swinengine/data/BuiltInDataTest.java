package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Sums and counts are those of the original files, taken with NumPy. */
class BuiltInDataTest {
  private static long sum(Dataset data) throws IOException {
    long sum = 0;
    for (int i = 0; i < data.size(); i++) {
      for (byte pixel : data.load(i).pixels()) {
        sum += pixel & 255;
      }
    }
    return sum;
  }

  private static int[] counts(Dataset data) {
    int[] counts = new int[10];
    for (int i = 0; i < data.size(); i++) {
      counts[data.label(i)]++;
    }
    return counts;
  }

  private static int[] firstLabels(Dataset data) {
    int[] labels = new int[10];
    Arrays.setAll(labels, data::label);
    return labels;
  }

  @Test
  void trainIsTheFirst24000Images() throws IOException {
    Dataset train = BuiltInData.train();
    assertEquals(24_000, train.size());
    assertEquals(1_370_288_043L, sum(train));
    assertArrayEquals(new int[] {2348, 2421, 2392, 2432, 2365, 2415, 2472, 2426, 2336, 2393}, counts(train));
    assertArrayEquals(new int[] {9, 0, 0, 3, 0, 2, 7, 2, 5, 5}, firstLabels(train));
    assertEquals("train[23999]", train.name(23_999));
  }

  @Test
  void testIsTheFirst4000Images() throws IOException {
    Dataset test = BuiltInData.test();
    assertEquals(4_000, test.size());
    assertEquals(228_622_692L, sum(test));
    assertArrayEquals(new int[] {406, 395, 413, 396, 414, 384, 388, 414, 416, 374}, counts(test));
    assertArrayEquals(new int[] {9, 2, 1, 1, 6, 1, 4, 6, 5, 7}, firstLabels(test));
    assertEquals("Ankle boot", test.classNames().get(9));
    assertEquals(10, test.classNames().size());
  }

  @Test
  void normalisationFitsTheImages() throws IOException {
    Normalize measured = Normalize.measure(BuiltInData.train(), 1, 24_000);
    assertEquals(BuiltInData.NORMALIZE.mean()[0], measured.mean()[0], 5e-4);
    assertEquals(BuiltInData.NORMALIZE.std()[0], measured.std()[0], 5e-4);
  }
}
