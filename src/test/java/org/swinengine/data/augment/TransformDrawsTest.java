package org.swinengine.data.augment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.data.Interpolation;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;
import org.swinengine.data.TestImages;
import org.swinengine.data.Transform;

/** What transforms draw: functions of seed, epoch, sample and stream, in the ranges that they state. */
class TransformDrawsTest {
  private static final RawImage RGB = TestImages.noise(40, 48, 3, 1);

  static Stream<Transform> varying() {
    return Stream.of(
        new ColorJitter(0.4, 0.4, 0.4, 0.1), new GaussianBlur(5, 0.1, 2, 0.9),
        new GaussianNoise(0.01, 0.1, 0.9), new RandomIntensity(0.2, 0.1, 0.9),
        new RandomVariation(PixelOperation.GAMMA, 0.7, 1.5, 0.9),
        new RandomOperation(PixelOperation.SOLARIZE, 128, 0.5), new RandomRotation(30),
        RandomAffine.rotation(10).withScale(0.9, 1.1), new ElasticDeformation(50, 5, FillColor.GREY),
        new RandomPerspective(0.5, 0.9, Interpolation.BICUBIC, FillColor.BLACK), new RandomTurn(true),
        AugmentationPolicy.parse("rand-m9-mstd0.5-inc1", FillColor.GREY),
        AugmentationPolicy.parse("original", FillColor.GREY), AugmentationPolicy.parse("3a", FillColor.GREY),
        AugmentationPolicy.parse("ta_wide", FillColor.GREY));
  }

  @ParameterizedTest
  @MethodSource("varying")
  void drawsDependOnSeedEpochAndSampleAlone(Transform transform) {
    Set<Integer> seen = new HashSet<>();
    for (int sample = 0; sample < 24; sample++) {
      byte[] first = transform.apply(RGB, new SampleRandom(1, 0, sample, 3)).pixels();
      // Another picture in between must leave no trace.
      transform.apply(TestImages.noise(9, 9, 3, 4), new SampleRandom(9, 9, 9, 9));
      assertArrayEquals(first, transform.apply(RGB, new SampleRandom(1, 0, sample, 3)).pixels());
      seen.add(Arrays.hashCode(first));
      seen.add(Arrays.hashCode(transform.apply(RGB, new SampleRandom(1, 1, sample, 3)).pixels()));
      seen.add(Arrays.hashCode(transform.apply(RGB, new SampleRandom(2, 0, sample, 3)).pixels()));
    }
    assertTrue(seen.size() >= 2, "only " + seen.size() + " results");
    assertArrayEquals(TestImages.noise(40, 48, 3, 1).pixels(), RGB.pixels(), "the argument was changed");
  }

  @ParameterizedTest
  @MethodSource("varying")
  void greyPicturesAndSinglePixelsPass(Transform transform) {
    for (RawImage image : List.of(TestImages.noise(21, 16, 1, 3), TestImages.noise(1, 1, 3, 3))) {
      for (int sample = 0; sample < 40; sample++) {
        RawImage result = transform.apply(image, new SampleRandom(1, 0, sample, 0));
        assertEquals(image.channels(), result.channels());
        assertEquals(image.pixels().length, result.pixels().length);
      }
    }
  }

  @Test
  void turnsOccurAlikeOften() {
    RawImage corner = new RawImage(2, 2, 1, new byte[] {1, 2, 3, 4});
    int[] upright = new int[256];
    Set<List<Byte>> mirrored = new HashSet<>();
    for (int sample = 0; sample < 2000; sample++) {
      byte[] p = new RandomTurn(false).apply(corner, new SampleRandom(1, 0, sample, 0)).pixels();
      upright[p[0]]++;
      p = new RandomTurn(true).apply(corner, new SampleRandom(1, 0, sample, 0)).pixels();
      mirrored.add(List.of(p[0], p[1], p[2], p[3]));
    }
    for (int value = 1; value <= 4; value++) {
      assertTrue(upright[value] > 430 && upright[value] < 570, value + ": " + upright[value]);
    }
    assertEquals(8, mirrored.size());
  }

  @Test
  void noiseHasItsDeviation() {
    byte[] flat = new byte[64 * 64];
    Arrays.fill(flat, (byte) 128);
    RawImage noisy =
        new GaussianNoise(0.05, 0.05, 1).apply(new RawImage(64, 64, 1, flat), new SampleRandom(1, 0, 0, 0));
    double squares = 0;
    for (byte value : noisy.pixels()) {
      squares += Math.pow((value & 255) - 128, 2);
    }
    // 12.75 levels; the estimate's own deviation is 1.1 %.
    assertEquals(12.75, Math.sqrt(squares / flat.length), 0.6);
  }

  /** The numbers of before there was a hue, of pipelines that checkpoints resume. */
  @Test
  void jitterWithoutHueDrawsWhatItDid() {
    RawImage image = TestImages.noise(5, 4, 3, 9);
    RawImage expected = image;
    SampleRandom random = new SampleRandom(7, 1, 2, 3);
    int[] order = {0, 1, 2};
    random.shuffle(order);
    for (int step : order) {
      float factor = (float) random.uniform(0.5, 1.5);
      expected = step == 0 ? Enhance.brightness(expected, factor)
          : step == 1 ? Enhance.contrast(expected, factor)
              : Enhance.saturation(expected, factor);
    }
    RawImage jittered = new ColorJitter(0.5, 0.5, 0.5).apply(image, new SampleRandom(7, 1, 2, 3));
    assertArrayEquals(expected.pixels(), jittered.pixels());
  }

  @Test
  void erasingCountsAndModes() {
    int side = 64;
    RandomErasing rand = RandomErasing.standard(1).withMode(RandomErasing.Mode.RAND).withCount(2, 4);
    Set<Integer> counts = new HashSet<>();
    for (int sample = 0; sample < 100; sample++) {
      float[] image = new float[3 * side * side];
      Arrays.fill(image, 9);
      rand.apply(image, 0, 3, side, side, new SampleRandom(1, 0, sample, 0));
      Set<Float> values = new HashSet<>();
      int erased = 0;
      for (int i = 0; i < side * side; i++) {
        if (image[i] != 9) {
          values.add(image[i]);
          erased++;
          assertTrue(image[side * side + i] != image[i], "each channel has a colour of its own");
        }
      }
      counts.add(values.size());
      // All rectangles together are at most a third, less rounding.
      assertTrue(erased <= side * side * 0.36, erased + " pixels");
    }
    assertTrue(counts.contains(2) && counts.contains(3) && counts.contains(4), counts.toString());
    assertTrue(counts.stream().allMatch(c -> c <= 4), counts.toString());
    assertEquals(RandomErasing.Mode.RAND, RandomErasing.Mode.parse("rand"));
  }

  private static void assertRefused(String part, Executable action) {
    String message = assertThrows(IllegalArgumentException.class, action).getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void wrongSettingsAreRefusedWithSentences() {
    assertRefused("must be const, rand or pixel", () -> RandomErasing.Mode.parse("noise"));
    assertRefused("that of the hue at most 0.5", () -> new ColorJitter(0, 0, 0, 0.6));
    assertRefused("must be odd", () -> new GaussianBlur(4, 0.1, 2, 1));
    assertRefused("must be odd", () -> new MedianFilter(4));
    assertRefused("not in 0 to 1", () -> new RandomVerticalFlip(1.5));
    assertRefused("must ascend", () -> new RandomRotation(5, -5, Interpolation.NEAREST, FillColor.BLACK));
    assertRefused("each must be 0 to 255", () -> new FillColor(0, 256, 0));
    assertRefused("argument of POSTERIZE is 9", () -> new RandomOperation(PixelOperation.POSTERIZE, 9, 1));
    assertRefused("together below 100", () -> new PercentileStretch(60, 40));
    assertRefused("from a lower value", () -> new GreyWindow(9, 9));
    assertRefused(
        "cannot reflect 3 pixels",
        () -> new RandomCrop(4, 4, 3, Border.REFLECT)
            .apply(TestImages.noise(3, 3, 1, 1), new SampleRandom(0, 0, 0, 0)));
  }
}
