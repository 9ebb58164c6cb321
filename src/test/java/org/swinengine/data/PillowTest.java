package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Files of every kind that Pillow writes or that stand in the wild, against the pixels that Pillow 12.3 gives
 * as RGB: JPEG of all subsamplings, colour conventions and markers, GIF canvases, TIFF compressions and
 * orientations, PNG types, depths and palettes, WebP with and without loss, alpha and animation, BMP, PNM;
 * with colour profiles. See pillow.py.
 */
class PillowTest {
  private record Sample(byte[] file, RawImage expected) {}

  private static Map<String, Sample> samples() throws IOException {
    Map<String, byte[]> parts = new TreeMap<>();
    try (ZipInputStream zip =
        new ZipInputStream(new ByteArrayInputStream(TestImages.resource("pillow.zip")))) {
      for (var entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        parts.put(entry.getName(), zip.readAllBytes());
      }
    }
    Map<String, Sample> samples = new LinkedHashMap<>();
    int file = 0;
    int pixel = 0;
    for (String line : new String(parts.get("index"), StandardCharsets.UTF_8).split("\n")) {
      String[] words = line.split(" ");
      int length = Integer.parseInt(words[1]);
      int width = Integer.parseInt(words[2]);
      int height = Integer.parseInt(words[3]);
      byte[] bytes = Arrays.copyOfRange(parts.get("files"), file, file + length);
      byte[] pixels = Arrays.copyOfRange(parts.get("pixels"), pixel, pixel + 3 * width * height);
      samples.put(words[0], new Sample(bytes, new RawImage(height, width, 3, pixels)));
      file += length;
      pixel += 3 * width * height;
    }
    return samples;
  }

  /** Libtiff rounds one in a thousand of the values of YCbCr in another way. */
  private static int bound(String name) {
    return name.startsWith("tif_ycc") ? 1 : 0;
  }

  private static boolean isLossyWebp(byte[] file) {
    String text = new String(file, StandardCharsets.ISO_8859_1);
    return text.startsWith("WEBP", 8) && text.contains("VP8 ");
  }

  /**
   * Decibels by which the library's decoder of lossy WebP, which repeats colours of half the size where
   * libwebp interpolates them, is as close to libwebp as the file's colours allow: least where each pixel has
   * another.
   */
  private static double lossyWebpBound(String name) {
    if (name.equals("webp_noise.webp")) {
      return 23.8;
    }
    if (name.startsWith("webp_big_") || name.equals("webp_size_33x64.webp")) {
      return 26.4;
    }
    if (name.equals("webp_noise_q1.webp") || name.equals("webp_size_3x5.webp")) {
      return 30.9;
    }
    if (name.startsWith("webp_q30")) {
      return 33.5;
    }
    return name.startsWith("webp_") ? 34.3 : 41;
  }

  private static double decibels(RawImage expected, RawImage image) {
    double squares = 0;
    for (int i = 0; i < expected.pixels().length; i++) {
      int difference = (image.pixels()[i] & 255) - (expected.pixels()[i] & 255);
      squares += difference * difference;
    }
    return 10 * Math.log10(255.0 * 255 * expected.pixels().length / squares);
  }

  @TestFactory
  Stream<DynamicTest> everyFileHasPillowsPixels() throws IOException {
    return samples().entrySet().stream()
        .map(
            sample -> DynamicTest.dynamicTest(
                sample.getKey(),
                () -> {
                  RawImage image = ImageDecoder.decode(sample.getValue().file()).withChannels(3);
                  RawImage expected = sample.getValue().expected();
                  if (isLossyWebp(sample.getValue().file())) {
                    double decibels = decibels(expected, image);
                    assertTrue(decibels > lossyWebpBound(sample.getKey()), () -> decibels + " dB");
                    return;
                  }
                  int difference = TestImages.difference(expected, image);
                  assertTrue(difference <= bound(sample.getKey()), () -> "differs by " + difference);
                }));
  }

  @Test
  void everyKindIsThere() throws IOException {
    Map<String, Integer> kinds = new TreeMap<>();
    samples().keySet()
        .forEach(name -> kinds.merge(name.substring(name.lastIndexOf('.') + 1), 1, Integer::sum));
    assertEquals(
        "[bmp, gif, jpg, pbm, pgm, png, ppm, tif, webp]", kinds.keySet().toString(), kinds::toString);
    int count = samples().size();
    assertTrue(count > 300, () -> "only " + count);
  }

  @Test
  void lossyWebpIsCloseToItsOriginal() throws IOException {
    // A smooth gradient of 128x128 pixels; quality 75; 41.9 dB by libwebp, which interpolates colours.
    RawImage image = ImageDecoder.decode(samples().get("colour_q075.webp").file());
    RawImage original = TestImages.golden("webp-original.png");
    double decibels = decibels(original, image);
    assertTrue(decibels > 39.5, () -> decibels + " dB");
  }
}
