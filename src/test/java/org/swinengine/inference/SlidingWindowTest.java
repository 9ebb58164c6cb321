package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.inference.SlidingWindow.Weighting;

/** Windows, weights and sums beside a plain definition of them. */
class SlidingWindowTest {
  private static final int H = 6;
  private static final int W = 8;

  /** Two classes, whose logits depend on where in its window a pixel stands. */
  private static double logit(int c, float[] window, int from, int y, int x) {
    float first = window[from + y * W + x];
    float second = window[from + H * W + y * W + x];
    return c == 0 ? first + 0.1 * y : second * 2 - 0.05 * x * y;
  }

  private static float[] model(float[] windows, int count) {
    float[] logits = new float[count * 2 * H * W];
    for (int i = 0; i < logits.length; i++) {
      int at = i % (H * W);
      logits[i] =
          (float) logit(i / (H * W) % 2, windows, i / (2 * H * W) * 2 * H * W, at / W, at % W);
    }
    return logits;
  }

  @ParameterizedTest
  @CsvSource({"6,8,.5", "13,8,.5", "17,30,.25", "6,9,0", "3,5,.5", "1,40,.7", "25,3,.5", "7,9,.95",
    "12,16,0"})
  void theMeanIsAPlainOne(int height, int width, double overlap) {
    Random random = new Random(5);
    float[] picture = new float[2 * height * width];
    for (int i = 0; i < picture.length; i++) {
      picture[i] = random.nextFloat() - 0.5f;
    }
    for (Weighting weighting : Weighting.values()) {
      SlidingWindow plan = new SlidingWindow(H, W, overlap, weighting, 3);
      float[] found = plan.apply(picture, 2, height, width, 2, SlidingWindowTest::model);
      double[] plain = plain(picture, height, width, overlap, plan.weights());
      for (int i = 0; i < found.length; i++) {
        // Sums of a few float32 products.
        assertEquals(plain[i], found[i], 2e-6, "element " + i);
      }
      for (int batch : new int[] {1, 2, 100}) {
        SlidingWindow other = new SlidingWindow(H, W, overlap, weighting, batch);
        assertArrayEquals(found, other.apply(picture, 2, height, width, 2, SlidingWindowTest::model));
      }
    }
  }

  /** Pads, cuts out, weighs and adds, in float64 and one pixel after the other. */
  private static double[] plain(float[] picture, int height, int width, double overlap, float[] weights) {
    int fullHeight = Math.max(height, H);
    int fullWidth = Math.max(width, W);
    int top = (fullHeight - height) / 2;
    int left = (fullWidth - width) / 2;
    double[] sums = new double[2 * height * width];
    double[] total = new double[height * width];
    for (int y : SlidingWindow.starts(fullHeight, H, overlap)) {
      for (int x : SlidingWindow.starts(fullWidth, W, overlap)) {
        float[] window = new float[2 * H * W];
        for (int i = 0; i < window.length; i++) {
          int row = y + i / W % H - top;
          int column = x + i % W - left;
          if (row >= 0 && row < height && column >= 0 && column < width) {
            window[i] = picture[i / (H * W) * height * width + row * width + column];
          }
        }
        for (int i = 0; i < H * W; i++) {
          int row = y + i / W - top;
          int column = x + i % W - left;
          if (row >= 0 && row < height && column >= 0 && column < width) {
            int at = row * width + column;
            total[at] += weights[i];
            for (int c = 0; c < 2; c++) {
              sums[c * total.length + at] += weights[i] * (float) logit(c, window, 0, i / W, i % W);
            }
          }
        }
      }
    }
    for (int i = 0; i < sums.length; i++) {
      sums[i] /= total[i % total.length];
    }
    return sums;
  }

  /** As MONAI's {@code dense_patch_slices} with {@code _get_scan_interval} places them. */
  @Test
  void windowsEndWithThePicture() {
    assertArrayEquals(new int[] {0}, SlidingWindow.starts(8, 8, 0.5));
    assertArrayEquals(new int[] {0, 1}, SlidingWindow.starts(9, 8, 0.5));
    assertArrayEquals(new int[] {0, 4, 8, 9}, SlidingWindow.starts(17, 8, 0.5));
    assertArrayEquals(new int[] {0, 6, 12, 18, 22}, SlidingWindow.starts(30, 8, 0.25));
    assertArrayEquals(new int[] {0, 1, 2}, SlidingWindow.starts(10, 8, 0.99));
    assertEquals(4 * 3, new SlidingWindow(8, 8, 0.5, Weighting.CONSTANT, 1).count(17, 16));
  }

  /** {@code exp(x²/(−2σ²))} with σ = 1 at −3.5, −2.5, …, as MONAI's {@code compute_importance_map} has it. */
  @Test
  void weightsAreMonais() {
    float[] weights = new SlidingWindow(1, 8, 0.5, Weighting.GAUSSIAN, 1).weights();
    double[] wanted = {0.00218749, 0.04393693, 0.32465247, 0.88249690};
    for (int i = 0; i < 4; i++) {
      assertEquals(wanted[i], weights[i], 1e-8);
      assertEquals(weights[i], weights[7 - i]);
    }
    float[] square = new SlidingWindow(8, 8, 0.5, Weighting.GAUSSIAN, 1).weights();
    assertEquals(1e-3f, square[0], "0.0000048 is too little");
    assertEquals(0.88249690 * 0.32465247, square[3 * 8 + 2], 1e-7);
  }

  @Test
  void impossiblePlansAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new SlidingWindow(8, 8, 1, Weighting.CONSTANT, 1));
    assertThrows(IllegalArgumentException.class, () -> new SlidingWindow(0, 8, 0, Weighting.CONSTANT, 1));
    SlidingWindow plan = new SlidingWindow(2, 2, 0, Weighting.CONSTANT, 1);
    assertThrows(
        IllegalArgumentException.class, () -> plan.apply(new float[5], 1, 2, 2, 1, (windows, n) -> windows));
    assertThrows(
        IllegalArgumentException.class, () -> plan.apply(new float[4], 1, 2, 2, 3, (windows, n) -> windows));
  }
}
