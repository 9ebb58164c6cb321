package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.swinengine.data.augment.RandomCrop;
import org.swinengine.data.augment.RandomErasing;
import org.swinengine.data.augment.RandomHorizontalFlip;
import org.swinengine.data.augment.RandomResizedCrop;

class TransformsTest {
  private static final RawImage RGB = TestImages.noise(37, 53, 3, 1);

  private static SampleRandom random(int sample) {
    return new SampleRandom(1, 0, sample, 0);
  }

  private static RawImage grey(int height, int width, int... values) {
    byte[] pixels = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      pixels[i] = (byte) values[i];
    }
    return new RawImage(height, width, 1, pixels);
  }

  @Test
  void greyBecomesThreeEqualChannels() {
    assertArrayEquals(new byte[] {7, 7, 7, 9, 9, 9}, grey(1, 2, 7, 9).withChannels(3).pixels());
  }

  @Test
  void centerCropTakesTheMiddleAndPadsSmallImages() {
    RawImage image = grey(1, 6, 1, 2, 3, 4, 5, 6);
    assertArrayEquals(new byte[] {2, 3, 4, 5}, new CenterCrop(1, 4).apply(image, null).pixels());
    // (6 - 3) / 2 = 1.5 is rounded to the even 2, (6 - 5) / 2 = 0.5 to 0.
    assertArrayEquals(new byte[] {3, 4, 5}, new CenterCrop(1, 3).apply(image, null).pixels());
    assertArrayEquals(new byte[] {1, 2, 3, 4, 5}, new CenterCrop(1, 5).apply(image, null).pixels());
    assertArrayEquals(
        new byte[] {0, 0, 0, 0, 8, 0, 0, 0, 0}, new CenterCrop(3, 3).apply(grey(1, 1, 8), null).pixels());
    assertArrayEquals(new byte[] {8, 0}, new CenterCrop(1, 2).apply(grey(1, 1, 8), null).pixels());
  }

  @Test
  void flipMirrorsPixelsNotChannels() {
    RawImage image = new RawImage(1, 2, 3, new byte[] {1, 2, 3, 4, 5, 6});
    assertArrayEquals(
        new byte[] {4, 5, 6, 1, 2, 3}, new RandomHorizontalFlip(1).apply(image, random(0)).pixels());
    assertArrayEquals(image.pixels(), new RandomHorizontalFlip(0).apply(image, random(0)).pixels());
    int flipped = 0;
    for (int sample = 0; sample < 1000; sample++) {
      flipped += new RandomHorizontalFlip(0.5).apply(image, random(sample)).pixels()[0] == 4 ? 1 : 0;
    }
    assertTrue(flipped > 430 && flipped < 570, "flipped " + flipped + " of 1000");
  }

  @Test
  void randomCropReachesEveryPlaceIncludingTheBorder() {
    RawImage image = grey(1, 2, 1, 2);
    Set<List<Byte>> seen = new HashSet<>();
    for (int sample = 0; sample < 300; sample++) {
      byte[] pixels = new RandomCrop(3, 2, 1).apply(image, random(sample)).pixels();
      seen.add(List.of(pixels[2], pixels[3]));
    }
    assertEquals(Set.of(List.of((byte) 0, (byte) 1), List.of((byte) 1, (byte) 2), List.of((byte) 2,
        (byte) 0)), seen);
    String message =
        assertThrows(IllegalArgumentException.class, () -> new RandomCrop(9, 9, 1).apply(image, random(0)))
            .getMessage();
    assertTrue(message.contains("9x9") && message.contains("1x2"), message);
  }

  @Test
  void randomResizedCropStaysInItsRanges() {
    // A ramp along each axis tells the rectangle from the result's corners.
    int side = 64;
    byte[] pixels = new byte[side * side * 3];
    for (int i = 0; i < side * side; i++) {
      pixels[3 * i] = (byte) (i / side * 4);
      pixels[3 * i + 1] = (byte) (i % side * 4);
    }
    RawImage ramp = new RawImage(side, side, 3, pixels);
    RandomResizedCrop crop = RandomResizedCrop.standard(side, side, Interpolation.BILINEAR);
    double smallest = 1;
    double largest = 0;
    for (int sample = 0; sample < 300; sample++) {
      RawImage out = crop.apply(ramp, random(sample));
      byte[] p = out.pixels();
      int last = side * side - 1;
      double h = ((p[3 * last] & 255) - (p[0] & 255)) / 4.0 + 1;
      double w = ((p[3 * last + 1] & 255) - (p[1] & 255)) / 4.0 + 1;
      double share = h * w / (side * side);
      assertTrue(w / h > 0.70 && w / h < 1.43, "ratio " + w / h);
      smallest = Math.min(smallest, share);
      largest = Math.max(largest, share);
    }
    assertTrue(smallest > 0.07 && smallest < 0.13, "smallest share " + smallest);
    assertTrue(largest > 0.85 && largest <= 1, "largest share " + largest);
  }

  @Test
  void randomResizedCropFallsBackToTheMiddle() {
    // No rectangle of 90 % of the area with a ratio near 1 fits into a strip.
    RawImage strip = grey(1, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    RawImage out =
        new RandomResizedCrop(1, 1, 0.9, 1, 1, 1, Interpolation.BILINEAR).apply(strip, random(0));
    assertArrayEquals(new byte[] {5}, out.pixels());
  }

  /** torch: (torch.tensor([0, 1, 128, 255]) / 255 - mean) / std, in float32. */
  @Test
  void normalizeWritesChannelsFirst() {
    float[] out = new float[7];
    Normalize.IMAGENET.apply(new RawImage(1, 2, 3, new byte[] {0, 1, (byte) 128, (byte) 255, 0, 1}), out, 1);
    float[] expected = {
      0,
      (0f - 0.485f) / 0.229f, (1f - 0.485f) / 0.229f,
      (1 / 255f - 0.456f) / 0.224f, (0f - 0.456f) / 0.224f,
      (128 / 255f - 0.406f) / 0.225f, (1 / 255f - 0.406f) / 0.225f
    };
    assertArrayEquals(expected, out);
  }

  @Test
  void measureGivesMeanAndDeviation() throws IOException {
    Dataset data =
        new ArrayDataset(
            1, 2, 1, new byte[][] {{0, (byte) 200, 100, 100}}, 2, new int[2], List.of("a"), "train",
            "two images");
    Normalize measured = Normalize.measure(data, 1, 10);
    assertEquals(100 / 255.0, measured.mean()[0], 1e-7);
    assertEquals(Math.sqrt(5000) / 255, measured.std()[0], 1e-7);
  }

  @Test
  void erasingFillsOneRectangleInAllChannels() {
    int touched = 0;
    for (int sample = 0; sample < 200; sample++) {
      float[] image = new float[2 + 3 * 16 * 16];
      Arrays.fill(image, 9);
      RandomErasing.standard(0.25).withMode(RandomErasing.Mode.CONST).apply(image, 1, 3, 16, 16,
          random(sample));
      assertEquals(9, image[0]);
      assertEquals(9, image[image.length - 1]);
      List<Integer> erased = new ArrayList<>();
      for (int i = 0; i < 256; i++) {
        assertEquals(image[1 + i], image[1 + 256 + i]);
        assertEquals(image[1 + i], image[1 + 512 + i]);
        if (image[1 + i] == 0) {
          erased.add(i);
        }
      }
      if (!erased.isEmpty()) {
        touched++;
        int top = erased.get(0) / 16;
        int bottom = erased.get(erased.size() - 1) / 16;
        int left = erased.get(0) % 16;
        int right = erased.get(erased.size() - 1) % 16;
        assertEquals((bottom - top + 1) * (right - left + 1), erased.size(), "not a rectangle");
        assertTrue(erased.size() >= 2 && erased.size() <= 100, "area " + erased.size());
      }
    }
    assertTrue(touched > 25 && touched < 80, "touched " + touched + " of 200");
  }

  @Test
  void erasingWithNoiseIsNormal() {
    float[] image = new float[3 * 64 * 64];
    new RandomErasing(1, 0.3, 1.0 / 3, 1, 1, RandomErasing.Mode.PIXEL, 1, 1).apply(image, 0, 3, 64, 64,
        random(5));
    double sum = 0;
    double squares = 0;
    int count = 0;
    for (float value : image) {
      if (value != 0) {
        sum += value;
        squares += value * value;
        count++;
      }
    }
    assertTrue(count > 3000, "erased " + count);
    assertEquals(0, sum / count, 0.06);
    assertEquals(1, squares / count, 0.08);
  }

  @Test
  void pipelineConvertsChannelsAndChecksTheSize() {
    ImagePipeline pipeline = ImagePipeline.evaluation(1, 14, 0.875, CropMode.CENTER, Interpolation.BICUBIC,
        BuiltInData.NORMALIZE);
    float[] out = new float[14 * 14];
    pipeline.run(RGB, 0, 0, 0, out, 0);
    RawImage expected =
        new CenterCrop(14, 14).apply(Resampling.resize(RGB.withChannels(1), 16, 22, Interpolation.BICUBIC),
            null);
    float[] values = new float[14 * 14];
    BuiltInData.NORMALIZE.apply(expected, values, 0);
    assertArrayEquals(values, out);
    ImagePipeline wrong = ImagePipeline.of(1, 14, 14, List.of(), BuiltInData.NORMALIZE);
    String message =
        assertThrows(IllegalArgumentException.class, () -> wrong.run(RGB, 0, 0, 0, out, 0)).getMessage();
    assertTrue(message.contains("14x14") && message.contains("37x53"), message);
    assertThrows(
        IllegalArgumentException.class, () -> ImagePipeline.of(3, 14, 14, List.of(), BuiltInData.NORMALIZE));
  }
}
