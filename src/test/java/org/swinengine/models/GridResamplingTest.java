package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/** Against the numbers of PyTorch 2.13 and timm 1.0.29, which compute in float32. */
class GridResamplingTest {
  private static final double FLOAT_ROUNDING = 1e-6;

  private static StateDict expected() {
    try {
      return Safetensors.read(
          Path.of(GridResamplingTest.class.getResource("/fixtures/resampling.safetensors").toURI()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @CsvSource({"7, 12", "12, 7", "4, 7", "8, 16"})
  void biasTableOfAnotherWindow(int from, int to) {
    StateDict numbers = expected();
    String key = "table." + from + "." + to + ".";
    float[] given = numbers.get(key + "given").toFloats();
    int old = 2 * from - 1;
    int side = 2 * to - 1;
    assertClose(
        numbers.get(key + "microsoft").toFloats(),
        GridResampling.bicubic(given, old, old, side, side, false));
    assertClose(numbers.get(key + "timm").toFloats(), GridResampling.geometric(given, old, old, side, side));
  }

  @Test
  void biasTableOfARectangularWindow() {
    StateDict numbers = expected();
    float[] given = numbers.get("table.7.5x9.given").toFloats();
    assertClose(numbers.get("table.7.5x9.timm").toFloats(), GridResampling.geometric(given, 13, 13, 9, 17));
  }

  @ParameterizedTest
  @CsvSource({"5, 8, 8", "8, 5, 5", "6, 4, 9"})
  void positionEmbeddingOfAnotherImage(int side, int rows, int columns) {
    StateDict numbers = expected();
    String key = "embed." + side + "." + rows + "x" + columns + ".";
    int channels = 4;
    float[] given = withoutFirst(numbers.get(key + "given").toFloats(), channels);
    assertClose(
        withoutFirst(numbers.get(key + "timm").toFloats(), channels),
        GridResampling.bicubic(given, side, side, rows, columns, true));
    assertClose(
        withoutFirst(numbers.get(key + "hf").toFloats(), channels),
        GridResampling.bicubic(given, side, side, rows, columns, false));
  }

  @Test
  void impulse() {
    float[] impulse = {0, 0, 1, 0, 0};
    assertArrayEquals(
        mirrored(0, -.03515625f, -.10546875f, .26171875f, .87890625f),
        GridResampling.bicubic(impulse, 1, 5, 1, 10, false),
        1e-7f);
    assertArrayEquals(
        mirrored(0, -.02189781f, -.06870229f, .2265625f, .8671875f),
        GridResampling.bicubic(impulse, 1, 5, 1, 10, true),
        1e-7f);
    float[] squares = {0, 1, 4, 9, 16, 25, 36, 49};
    assertArrayEquals(
        new float[] {.21875f, 6.125f, 20.125f, 43.53125f},
        GridResampling.bicubic(squares, 8, 1, 4, 1, false),
        1e-6f);
    assertArrayEquals(
        new float[] {.4100419f, 6.1891894f, 20.756757f, 41.794979f},
        GridResampling.bicubic(squares, 8, 1, 4, 1, true),
        5e-6f);
  }

  /** A grid of the same size comes back bit for bit. */
  @Test
  void sameSize() {
    float[] grid = new float[7 * 7 * 2];
    for (int i = 0; i < grid.length; i++) {
      grid[i] = (float) StrictMath.sin(i);
    }
    assertArrayEquals(grid, GridResampling.bicubic(grid, 7, 7, 7, 7, false));
    assertArrayEquals(grid, GridResampling.bicubic(grid, 7, 7, 7, 7, true));
  }

  private static float[] withoutFirst(float[] tokens, int channels) {
    return Arrays.copyOfRange(tokens, channels, tokens.length);
  }

  private static float[] mirrored(float... half) {
    float[] all = Arrays.copyOf(half, half.length * 2);
    for (int i = 0; i < half.length; i++) {
      all[all.length - 1 - i] = half[i];
    }
    return all;
  }

  private static void assertClose(float[] expected, float[] actual) {
    assertEquals(expected.length, actual.length);
    double error = 0;
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      error = Math.max(error, Math.abs(expected[i] - actual[i]));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    assertTrue(error <= FLOAT_ROUNDING * largest, "error " + error / largest);
  }
}
