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

  @TestFactory
  Stream<DynamicTest> everyFileHasPillowsPixels() throws IOException {
    return samples().entrySet().stream()
        .map(
            sample -> DynamicTest.dynamicTest(
                sample.getKey(),
                () -> {
                  RawImage image = ImageDecoder.decode(sample.getValue().file()).withChannels(3);
                  RawImage expected = sample.getValue().expected();
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
}
