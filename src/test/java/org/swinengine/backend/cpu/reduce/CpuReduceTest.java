package org.swinengine.backend.cpu.reduce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.swinengine.backend.cpu.CpuVariants.agreed;
import static org.swinengine.backend.cpu.CpuVariants.assertClose;
import static org.swinengine.backend.cpu.CpuVariants.floats;
import static org.swinengine.backend.cpu.CpuVariants.random;
import static org.swinengine.backend.cpu.CpuVariants.read;
import static org.swinengine.backend.cpu.CpuVariants.result;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.runtime.Chunks;

@Tag("numerics")
class CpuReduceTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16, 33, 5 * Chunks.ELEMENTS + 21})
  void sumsInDouble(int n) {
    float[] x = random(1, n);
    double sum = 0;
    double squares = 0;
    for (float value : x) {
      sum += value;
      squares += (double) value * value;
    }
    float[] actual =
        agreed(
            backend -> {
              Span in = floats(backend, x);
              Span out = result(backend, 1);
              Span ofSquares = result(backend, 1);
              backend.reduce().sum(n, in, out);
              backend.reduce().sumOfSquares(n, in, ofSquares);
              return read(backend, out, ofSquares);
            });
    // A float's rounding, and what two orders of summation in double may differ by.
    assertEquals(sum, actual[0], Math.abs(sum) * 6e-8 + n * 1e-14);
    assertEquals(squares, actual[1], squares * 6e-8 + n * 1e-14);
  }

  @Test
  void aSumOfSquaresShowsWhatIsNotFinite() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      for (int place : new int[] {0, 40, 49}) {
        float[] x = random(2, 50);
        x[place] = bad;
        float[] actual =
            agreed(
                backend -> {
                  Span out = result(backend, 1);
                  backend.reduce().sumOfSquares(50, floats(backend, x), out);
                  return read(backend, out);
                });
        assertTrue(!Float.isFinite(actual[0]), bad + " at " + place + " gave " + actual[0]);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 5", "16, 33", "17, 33", "1000, 96", "5000, 7", "3, 70001", "40, 40000"})
  void sumsRows(int rows, int columns) {
    float[] x = random(3, rows * columns);
    float[] before = random(4, columns);
    double[] expected = new double[2 * columns];
    for (int c = 0; c < columns; c++) {
      for (int r = 0; r < rows; r++) {
        expected[c] += x[r * columns + c];
      }
      expected[columns + c] = expected[c] + before[c];
    }
    float[] actual =
        agreed(
            backend -> {
              Span in = floats(backend, x);
              Span replaced = result(backend, columns);
              Span added = floats(backend, before);
              backend.reduce().sumRows(rows, columns, in, replaced, false);
              backend.reduce().sumRows(rows, columns, in, added, true);
              return read(backend, replaced, added);
            });
    assertClose(expected, actual, 1e-6);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 49, 768", "2, 10, 13", "2, 3, 50001"})
  void meanOfTokensAndItsGradient(int batch, int tokens, int channels) {
    float[] x = random(5, batch * tokens * channels);
    float[] dy = random(6, batch * channels);
    double[] expected = new double[batch * channels + x.length];
    for (int b = 0; b < batch; b++) {
      for (int t = 0; t < tokens; t++) {
        for (int c = 0; c < channels; c++) {
          int place = (b * tokens + t) * channels + c;
          expected[b * channels + c] += (double) x[place] / tokens;
          expected[batch * channels + place] = (double) dy[b * channels + c] / tokens;
        }
      }
    }
    float[] actual =
        agreed(
            backend -> {
              Span mean = result(backend, batch * channels);
              Span dx = result(backend, x.length);
              backend.reduce().meanTokens(batch, tokens, channels, floats(backend, x), mean);
              backend.reduce().meanTokensBackward(batch, tokens, channels, floats(backend, dy), dx);
              return read(backend, mean, dx);
            });
    assertClose(expected, actual, 1e-6);
  }
}
