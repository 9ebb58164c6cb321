package org.swinengine.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.Initializer;

final class InitializersTest {
  private static float[] draw(Initializer initializer, int n, long seed, String path) {
    float[] values = new float[n];
    initializer.fill(values, seed, path);
    return values;
  }

  @Test
  void truncatedNormalHasTheDeviationAndIsNotCutAtTwoOfIt() {
    float[] values = draw(Initializers.truncatedNormal(0.02), 200_000, 1, "a.weight");
    double mean = 0;
    double squares = 0;
    float largest = 0;
    for (float value : values) {
      mean += value / values.length;
      squares += (double) value * value / values.length;
      largest = Math.max(largest, Math.abs(value));
    }
    assertEquals(0, mean, 2e-4);
    assertEquals(0.02, Math.sqrt(squares), 2e-4);
    assertTrue(largest > 0.08 && largest < 0.12, "largest " + largest);
  }

  @Test
  void truncatedNormalIsCutAtTwoWhereThatMatters() {
    float[] values = draw(Initializers.truncatedNormal(2), 10_000, 1, "a");
    for (float value : values) {
      assertTrue(Math.abs(value) <= 2);
    }
  }

  @Test
  void normalQuantileEqualsKnownValues() {
    assertEquals(0, NormalQuantile.of(0.5), 0);
    assertEquals(1.959963984540054, NormalQuantile.of(0.975), 1e-8);
    assertEquals(-3.090232306167813, NormalQuantile.of(0.001), 1e-8);
    assertEquals(-6.361340902404056, NormalQuantile.of(1e-10), 1e-7);
  }

  @Test
  void convolutionIsUniformWithinTheBoundOfItsFanIn() {
    float[] values = draw(Initializers.convolution(48), 100_000, 3, "proj.weight");
    double bound = 1 / Math.sqrt(48);
    double squares = 0;
    for (float value : values) {
      assertTrue(Math.abs(value) <= bound);
      squares += (double) value * value / values.length;
    }
    assertEquals(bound / Math.sqrt(3), Math.sqrt(squares), 1e-3);
  }

  @Test
  void valuesDependOnSeedAndPathAlone() {
    Initializer normal = Initializers.truncatedNormal(0.02);
    float[] first = draw(normal, 100, 1, "a");
    assertArrayEquals(first, draw(normal, 100, 1, "a"));
    assertArrayEquals(first, Arrays.copyOf(draw(normal, 200, 1, "a"), 100));
    assertFalse(Arrays.equals(first, draw(normal, 100, 2, "a")));
    assertFalse(Arrays.equals(first, draw(normal, 100, 1L << 32 | 1, "a")));
    assertFalse(Arrays.equals(first, draw(normal, 100, 1, "b")));
  }

  @Test
  void dropPathRatesRiseLinearlyOverAllBlocks() {
    double[] rates = DropPath.rates(0.2, 12);
    assertEquals(0, rates[0]);
    assertEquals(0.0181818, rates[1], 1e-7);
    assertEquals(0.2, rates[11]);
  }
}
