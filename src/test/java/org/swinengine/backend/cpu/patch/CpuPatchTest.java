package org.swinengine.backend.cpu.patch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.swinengine.backend.cpu.CpuVariants.agreed;
import static org.swinengine.backend.cpu.CpuVariants.floats;
import static org.swinengine.backend.cpu.CpuVariants.random;
import static org.swinengine.backend.cpu.CpuVariants.read;
import static org.swinengine.backend.cpu.CpuVariants.result;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.backend.Span;

@Tag("numerics")
class CpuPatchTest {
  @ParameterizedTest
  @CsvSource({"1, 1, 1, 1, 1", "2, 3, 8, 12, 4", "3, 3, 9, 14, 4", "1, 2, 3, 3, 16", "2, 3, 224, 224, 16"})
  void embeddingGathersPixelsAndScattersGradients(int batch, int channels, int height, int width, int patch) {
    int patchRows = (height + patch - 1) / patch;
    int patchColumns = (width + patch - 1) / patch;
    int n = batch * channels * height * width;
    float[] image = random(1, n);
    float[] rows = new float[batch * patchRows * patchColumns * channels * patch * patch];
    float[] dRows = random(2, rows.length);
    float[] dImage = new float[n];
    for (int i = 0; i < rows.length; i++) {
      int kx = i % patch;
      int ky = i / patch % patch;
      int c = i / (patch * patch) % channels;
      int token = i / (patch * patch * channels);
      int x = token % patchColumns * patch + kx;
      int y = token / patchColumns % patchRows * patch + ky;
      int b = token / (patchColumns * patchRows);
      if (x < width && y < height) {
        int pixel = ((b * channels + c) * height + y) * width + x;
        rows[i] = image[pixel];
        dImage[pixel] = dRows[i];
      }
    }
    float[] actual =
        agreed(
            backend -> {
              Span gathered = result(backend, rows.length);
              Span scattered = result(backend, n);
              Span in = floats(backend, image);
              Span gradient = floats(backend, dRows);
              backend.patch().embedGather(batch, channels, height, width, patch, in, gathered);
              backend.patch().embedScatter(batch, channels, height, width, patch, gradient, scattered);
              return read(backend, gathered, scattered);
            });
    assertArrayEquals(rows, Arrays.copyOf(actual, rows.length));
    assertArrayEquals(dImage, Arrays.copyOfRange(actual, rows.length, actual.length));
  }

  @Test
  void mergingOrder() {
    float[] actual =
        agreed(
            backend -> {
              Span merged = result(backend, 4);
              backend.patch().mergeGather(1, 2, 2, 1, floats(backend, 0, 1, 2, 3), merged);
              return read(backend, merged);
            });
    assertArrayEquals(new float[] {0, 2, 1, 3}, actual);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1, 1", "2, 4, 6, 5", "2, 5, 7, 96", "1, 5, 4, 3", "3, 56, 56, 96"})
  void mergingGathersTokensAndScattersGradients(int batch, int height, int width, int channels) {
    int mergedHeight = (height + 1) / 2;
    int mergedWidth = (width + 1) / 2;
    int n = batch * height * width * channels;
    float[] x = random(3, n);
    float[] merged = new float[batch * mergedHeight * mergedWidth * 4 * channels];
    float[] dMerged = random(4, merged.length);
    float[] dx = new float[n];
    int[][] order = {{0, 0}, {1, 0}, {0, 1}, {1, 1}};
    for (int i = 0; i < merged.length; i++) {
      int c = i % channels;
      int part = i / channels % 4;
      int token = i / (4 * channels);
      int column = token % mergedWidth * 2 + order[part][1];
      int row = token / mergedWidth % mergedHeight * 2 + order[part][0];
      int b = token / (mergedWidth * mergedHeight);
      if (row < height && column < width) {
        int place = ((b * height + row) * width + column) * channels + c;
        merged[i] = x[place];
        dx[place] = dMerged[i];
      }
    }
    float[] actual =
        agreed(
            backend -> {
              Span gathered = result(backend, merged.length);
              Span scattered = result(backend, n);
              Span gradient = floats(backend, dMerged);
              backend.patch().mergeGather(batch, height, width, channels, floats(backend, x), gathered);
              backend.patch().mergeScatter(batch, height, width, channels, gradient, scattered);
              return read(backend, gathered, scattered);
            });
    assertArrayEquals(merged, Arrays.copyOf(actual, merged.length));
    assertArrayEquals(dx, Arrays.copyOfRange(actual, merged.length, actual.length));
  }
}
