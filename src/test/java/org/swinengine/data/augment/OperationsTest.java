package org.swinengine.data.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.swinengine.data.Interpolation;
import org.swinengine.data.RawImage;
import org.swinengine.data.TestImages;
import org.swinengine.data.Turn;

/**
 * Every operation against the bytes that Pillow 12.3 and torchvision 0.28 give, with fixed arguments; see
 * operations.py.
 */
class OperationsTest {
  private static final FillColor FILL = new FillColor(10, 20, 30);

  private static final Map<String, RawImage> IMAGES =
      Map.of(
          "rgb", TestImages.noise(37, 53, 3, 1),
          "ramp", ramp(),
          "grey", TestImages.noise(28, 33, 1, 2),
          "square", TestImages.noise(24, 24, 3, 3),
          "flat", flat(),
          "line", TestImages.noise(1, 11, 3, 4));

  private static RawImage ramp() {
    byte[] pixels = new byte[40 * 48 * 3];
    for (int i = 0, at = 0; i < 40 * 48; i++) {
      int y = i / 48;
      int x = i % 48;
      pixels[at++] = (byte) (40 + 3 * x);
      pixels[at++] = (byte) (200 - 2 * y);
      pixels[at++] = (byte) (90 + (x / 8 + y / 8) % 3 * 20);
    }
    return new RawImage(40, 48, 3, pixels);
  }

  private static RawImage flat() {
    byte[] pixels = new byte[9 * 7 * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i % 3 == 2 ? 200 : 12);
    }
    return new RawImage(7, 9, 3, pixels);
  }

  /** Noise as in operations.py: bytes / 128 − 1. */
  private static double[] field(int count, int seed) {
    RawImage noise = TestImages.noise(1, count, 1, seed);
    double[] field = new double[count];
    for (int i = 0; i < count; i++) {
      field[i] = (noise.pixels()[i] & 255) / 128.0 - 1;
    }
    return field;
  }

  private static RawImage run(RawImage image, String name, String[] words) {
    int h = image.height();
    int w = image.width();
    String last = words[words.length - 1];
    Interpolation filter =
        Arrays.stream(Interpolation.values()).filter(f -> f.name().equals(last)).findFirst()
            .orElse(Interpolation.NEAREST);
    if (name.equals("turn")) {
      return Turn.valueOf(last).image(image);
    }
    double[] a = Arrays.stream(words).filter(word -> !word.equals(filter.name()))
        .mapToDouble(Double::parseDouble).toArray();
    return switch (name) {
      case "percentiles" -> new PercentileStretch(a[0], a[1]).apply(image, null);
      case "window" -> new GreyWindow((int) a[0], (int) a[1]).apply(image, null);
      case "intensity" -> RandomIntensity.changed(image, a[0], a[1]);
      case "gaussian" -> Filters.gaussianBlur(image, (int) a[0], a[1]);
      case "rotate" -> Affine.rotation(a[0], h, w, filter, FILL).image(image);
      case "affine" -> Affine.of(w * 0.5, h * 0.5, a[0], a[1], a[2], a[3], a[4], a[5]).drawn(filter, FILL)
          .image(image);
      case "shearX" -> Affine.shearX(a[0]).drawn(filter, FILL).image(image);
      case "shearY" -> Affine.shearY(a[0]).drawn(filter, FILL).image(image);
      case "shift" -> Affine.shift(a[0], a[1]).drawn(filter, FILL).image(image);
      case "perspective" -> new RandomPerspective(0.5, 1, filter, FILL)
          .drawn(h, w, Arrays.stream(a).mapToInt(value -> (int) value).toArray()).image(image);
      case "elastic" -> new ElasticDeformation(a[0], a[1], FILL)
          .drawn(field(h * w, 7), field(h * w, 8), h, w).image(image);
      default -> PixelOperation.valueOf(name).apply(image, a[0]);
    };
  }

  @Test
  void everyOperationHasTheReferencesBytes() {
    String table = new String(TestImages.resource("augment/operations.txt"), StandardCharsets.UTF_8);
    List<String> wrong = new ArrayList<>();
    int cases = 0;
    for (String line : table.split("\n")) {
      String[] sides = line.split(" = ");
      String[] words = sides[0].split(" ");
      RawImage result =
          run(IMAGES.get(words[0]), words[1], Arrays.copyOfRange(words, 2, words.length));
      CRC32 crc = new CRC32();
      crc.update(result.pixels());
      if (!sides[1].equals(result.height() + " " + result.width() + " " + crc.getValue())) {
        wrong.add(sides[0]);
      }
      cases++;
    }
    assertTrue(cases > 900, cases + " cases");
    assertEquals(List.of(), wrong);
  }

  /** A slice of a volume with its neighbours: grey in each, so that what changes colours changes nothing. */
  @Test
  void operationsTakePicturesOfManySlices() {
    RawImage slices = TestImages.noise(12, 9, 5, 6);
    for (PixelOperation operation : PixelOperation.values()) {
      RawImage result = operation.apply(slices, operation == PixelOperation.MEDIAN ? 3 : 0.4);
      assertEquals(5, result.channels(), operation.name());
    }
    for (PixelOperation colours : List.of(
        PixelOperation.COLOR, PixelOperation.HUE, PixelOperation.GRAYSCALE)) {
      assertEquals(slices, colours.apply(slices, 0.4), colours.name());
    }
  }
}
