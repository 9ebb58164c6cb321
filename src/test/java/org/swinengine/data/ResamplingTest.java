package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Resizing equals Pillow's to the last bit: every comparison asks for a difference of 0. */
class ResamplingTest {
  private static final RawImage RGB = TestImages.noise(37, 53, 3, 1);
  private static final RawImage GREY = TestImages.noise(28, 28, 1, 2);

  @ParameterizedTest
  @CsvSource({"16,16", "64,80", "37,20", "50,53", "1,1"})
  void equalsPillowOnRgb(int height, int width) {
    for (Interpolation filter : Interpolation.values()) {
      String name = "rgb-" + filter.name().toLowerCase() + "-" + height + "x" + width + ".png";
      RawImage resized = Resize.exactly(height, width, filter).apply(RGB, null);
      assertEquals(0, TestImages.difference(TestImages.golden(name), resized), name);
    }
  }

  @ParameterizedTest
  @CsvSource({"32,32", "41,9"})
  void equalsPillowOnGrey(int height, int width) {
    for (Interpolation filter : Interpolation.values()) {
      String name = "grey-" + filter.name().toLowerCase() + "-" + height + "x" + width + ".png";
      RawImage resized = Resize.exactly(height, width, filter).apply(GREY, null);
      assertEquals(0, TestImages.difference(TestImages.golden(name), resized), name);
    }
  }

  @Test
  void sameSizeIsTheSameImage() {
    assertSame(RGB, Resampling.resize(RGB, 37, 53, Interpolation.BICUBIC));
  }

  @Test
  void shorterSideKeepsTheAspectRatioRoundedDown() {
    RawImage wide = Resize.shorterSide(16, Interpolation.BILINEAR).apply(RGB, null);
    assertEquals(16, wide.height());
    assertEquals(22, wide.width()); // 16 * 53 / 37 = 22.9
    RawImage tall = Resize.shorterSide(16, Interpolation.BILINEAR).apply(TestImages.noise(53, 37, 1, 3),
        null);
    assertEquals(22, tall.height());
    assertEquals(16, tall.width());
  }

  /** Values of torch.nn.functional.interpolate(mode="bicubic", antialias=True). */
  @Test
  void weightsEqualTorchsAntialiasedBicubic() {
    double[] impulse = {0, 0, 1, 0, 0};
    assertWeighted(impulse, 10, 0, -.02189781, -.06870229, .2265625, .8671875, .8671875, .2265625, -.06870229,
        -.02189781, 0);
    double[] squares = new double[8];
    for (int k = 0; k < 8; k++) {
      squares[k] = k * k;
    }
    assertWeighted(squares, 4, .4100419, 6.1891894, 20.756757, 41.794979);
  }

  private static void assertWeighted(double[] in, int outputs, double... expected) {
    Resampling.Weights weights = Resampling.weights(in.length, outputs, Interpolation.BICUBIC);
    for (int i = 0; i < outputs; i++) {
      double sum = 0;
      for (int j = 0; j < weights.count()[i]; j++) {
        sum += weights.values()[i * weights.stride() + j] * in[weights.first()[i] + j];
      }
      assertEquals(expected[i], sum, 1e-6 * Math.max(1, Math.abs(expected[i])), "output " + i);
    }
  }
}
