package org.swinengine.backend.cpu.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.swinengine.backend.cpu.CpuVariants.agreed;
import static org.swinengine.backend.cpu.CpuVariants.floats;
import static org.swinengine.backend.cpu.CpuVariants.random;
import static org.swinengine.backend.cpu.CpuVariants.read;
import static org.swinengine.backend.cpu.CpuVariants.result;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.CpuBackend;

@Tag("numerics")
class CpuRandomTest {
  private static final long FIRST = (3L << 32) - 2; // samples on both sides of the counter's carry
  private static final RandomKey KEY =
      new RandomKey(0x123456789abcdefL, RandomKey.streamOf("layers.0.blocks.1.drop_path"), 17);

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.25, 0.8, 1})
  void dropPathFollowsTheDefinition(double keep) {
    int samples = 1001;
    float[] expected = new float[samples];
    int kept = 0;
    for (int s = 0; s < samples; s++) {
      boolean keeps = KEY.uniform(FIRST + s, 0, new int[4]) < keep;
      expected[s] = keeps ? (float) (1 / keep) : 0;
      kept += keeps ? 1 : 0;
    }
    assertEquals(keep, (double) kept / samples, 0.05);
    float[] actual =
        agreed(
            backend -> {
              Span out = result(backend, samples);
              backend.random().dropPathScale(KEY, FIRST, samples, keep, out);
              return read(backend, out);
            });
    assertArrayEquals(expected, actual);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "5, 3", "4, 4", "301, 97", "3, 70001"})
  void dropoutFollowsTheDefinition(int samples, int elements) {
    float[] x = random(1, samples * elements);
    float[] expected = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      float uniform = KEY.uniform(FIRST + i / elements, i % elements, new int[4]);
      expected[i] = uniform < 0.7 ? x[i] * (float) (1 / 0.7) : 0;
    }
    float[] actual =
        agreed(
            backend -> {
              Span y = floats(backend, x);
              backend.random().dropout(KEY, FIRST, samples, elements, 0.7, y, y);
              return read(backend, y);
            });
    assertArrayEquals(expected, actual);
  }

  @Test
  void refusesWhatIsNoProbability() {
    try (CpuBackend backend = new CpuBackend(1)) {
      Span out = result(backend, 1);
      Exception e =
          assertThrows(
              IllegalArgumentException.class,
              () -> backend.random().dropPathScale(KEY, 0, 1, Double.NaN, out));
      assertEquals("a probability to keep must be from 0 to 1, but is NaN", e.getMessage());
    }
  }
}
