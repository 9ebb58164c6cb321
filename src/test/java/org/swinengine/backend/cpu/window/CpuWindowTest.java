package org.swinengine.backend.cpu.window;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;
import org.swinengine.backend.cpu.CpuBackend;

class CpuWindowTest {
  private static final CpuBackend ONE = new CpuBackend(1);
  private static final CpuBackend TWO = new CpuBackend(2);

  @AfterAll
  static void close() {
    ONE.close();
    TWO.close();
  }

  @Test
  void cyclicShiftIsRoll() {
    Random random = new Random(3);
    for (int round = 0; round < 30; round++) {
      int batch = 1 + random.nextInt(3);
      int height = 1 + random.nextInt(9);
      int width = 1 + random.nextInt(9);
      int channels = 1 + random.nextInt(20);
      int down = random.nextInt(25) - 12;
      int right = random.nextInt(25) - 12;
      float[] x = numbers(batch * height * width * channels);
      float[] expected = new float[x.length];
      for (int b = 0; b < batch; b++) {
        for (int i = 0; i < height; i++) {
          for (int j = 0; j < width; j++) {
            int to = (b * height + Math.floorMod(i + down, height)) * width + Math.floorMod(j + right, width);
            System.arraycopy(
                x, ((b * height + i) * width + j) * channels, expected, to * channels, channels);
          }
        }
      }
      for (CpuBackend backend : new CpuBackend[] {ONE, TWO}) {
        Buffer from = upload(backend, x);
        Buffer to = spoiled(backend, x.length);
        backend.window().cyclicShift(batch, height, width, channels, down, right, from, to);
        assertArrayEquals(expected, download(backend, to));
      }
    }
  }

  /** The 4×4 image cut into 2×2 windows after a shift by one, spelled out. */
  @Test
  void partitionOfAShiftedImage() {
    float[] image = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    float[] windows = {5, 6, 9, 10, 7, 4, 11, 8, 13, 14, 1, 2, 15, 12, 3, 0};
    WindowGeometry geometry = new WindowGeometry(1, 4, 4, 2, 2, 1, 1, PaddingOrder.SHIFT_THEN_PAD);
    Buffer to = spoiled(ONE, 16);
    ONE.window().partition(geometry, 1, upload(ONE, image), to);
    assertArrayEquals(windows, download(ONE, to));
  }

  /** The order of padding and shift shows: a row of three tokens in windows of two, shifted by one. */
  @Test
  void partitionOfAPaddedImage() {
    float[] image = {1, 2, 3};
    assertArrayEquals(
        new float[] {2, 3, 0, 1},
        partition(new WindowGeometry(1, 1, 3, 1, 2, 0, 1, PaddingOrder.PAD_THEN_SHIFT), image));
    assertArrayEquals(
        new float[] {2, 3, 1, 0},
        partition(new WindowGeometry(1, 1, 3, 1, 2, 0, 1, PaddingOrder.SHIFT_THEN_PAD), image));
  }

  private static float[] partition(WindowGeometry geometry, float[] image) {
    Buffer to = spoiled(ONE, geometry.windows() * geometry.windowTokens());
    ONE.window().partition(geometry, 1, upload(ONE, image), to);
    return download(ONE, to);
  }

  @Test
  void reverseUndoesPartition() {
    Random random = new Random(5);
    for (int round = 0; round < 40; round++) {
      int windowHeight = 1 + random.nextInt(5);
      int windowWidth = 1 + random.nextInt(5);
      WindowGeometry geometry =
          new WindowGeometry(
              1 + random.nextInt(3),
              1 + random.nextInt(12),
              1 + random.nextInt(12),
              windowHeight,
              windowWidth,
              random.nextInt(windowHeight),
              random.nextInt(windowWidth),
              PaddingOrder.values()[random.nextInt(2)]);
      int channels = 1 + random.nextInt(8);
      float[] image = numbers(geometry.batch() * geometry.height() * geometry.width() * channels);
      int size = geometry.batch() * geometry.windows() * geometry.windowTokens() * channels;
      for (CpuBackend backend : new CpuBackend[] {ONE, TWO}) {
        Buffer windows = spoiled(backend, size);
        backend.window().partition(geometry, channels, upload(backend, image), windows);
        Buffer back = spoiled(backend, image.length);
        backend.window().reverse(geometry, channels, windows, back);
        assertArrayEquals(image, download(backend, back));
        double inWindows = 0;
        for (float value : download(backend, windows)) {
          inWindows += value;
        }
        double inImage = 0;
        for (float value : image) {
          inImage += value;
        }
        assertEquals(inImage, inWindows, "padding is not zero in " + geometry);
      }
    }
  }

  private static float[] numbers(int n) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = i + 1;
    }
    return x;
  }

  private static Buffer upload(CpuBackend backend, float[] x) {
    Buffer buffer = backend.memory().allocate(DType.FLOAT32, x.length);
    backend.memory().upload(x, 0, buffer, x.length);
    return buffer;
  }

  /** A buffer full of NaN: what a kernel does not write shows. */
  private static Buffer spoiled(CpuBackend backend, int n) {
    Buffer buffer = backend.memory().allocate(DType.FLOAT32, n);
    backend.memory().fill(buffer, n, Double.NaN);
    return buffer;
  }

  private static float[] download(CpuBackend backend, Buffer buffer) {
    float[] x = new float[(int) buffer.size()];
    backend.memory().download(buffer, x, 0, x.length);
    return x;
  }
}
