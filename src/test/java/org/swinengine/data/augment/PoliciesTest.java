package org.swinengine.data.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.data.DrawnTransform;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.Interpolation;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;
import org.swinengine.data.TestImages;

/** Policies against the tables of timm 1.0.29 and torchvision 0.28; see policies.py. */
class PoliciesTest {
  private static final RawImage IMAGE = TestImages.noise(37, 53, 3, 1);
  private static final FillColor FILL = new FillColor(124, 116, 104);

  private static List<String[]> table(String kind) {
    String text = new String(TestImages.resource("augment/policies.txt"), StandardCharsets.UTF_8);
    return Arrays.stream(text.split("\n")).map(line -> line.split(" "))
        .filter(words -> words[0].equals(kind)).toList();
  }

  private static String crc(RawImage image) {
    CRC32 crc = new CRC32();
    crc.update(image.pixels());
    return Long.toString(crc.getValue());
  }

  private static TimmOperation timm(String name) {
    return Arrays.stream(TimmOperation.values()).filter(o -> o.timmName().equals(name)).findFirst()
        .orElseThrow();
  }

  @Test
  void levelsAndBytesOfTimmsOperations() {
    List<String> wrong = new ArrayList<>();
    Set<TimmOperation> seen = new HashSet<>();
    for (String[] row : table("timm")) {
      TimmOperation operation = timm(row[1]);
      seen.add(operation);
      Interpolation filter = Interpolation.valueOf(row[4]);
      double value = operation.argument(Double.parseDouble(row[2]), row[3].equals("1"));
      boolean right = value == Double.parseDouble(row[5]);
      if (!row[6].equals("-")) {
        // The painting's filter is fixed, and both signs are looked at: one of them has the bytes.
        Painting painting = new Painting(filter, FILL);
        Set<String> results = new HashSet<>();
        for (int sample = 0; sample < 12; sample++) {
          SampleRandom random = new SampleRandom(3, 0, sample, 0);
          DrawnTransform drawn = operation.draw(Double.parseDouble(row[2]), 37, 53, painting, random);
          results.add(crc(drawn.image(IMAGE)));
        }
        right &= results.contains(row[6]) && results.size() <= 2;
      }
      if (!right) {
        wrong.add(String.join(" ", row) + " but " + value);
      }
    }
    assertEquals(List.of(), wrong);
    assertEquals(TimmOperation.values().length, seen.size());
  }

  @Test
  void randAugmentIsReadAsTimmDoes() {
    Map<String, List<String[]>> byText = new LinkedHashMap<>();
    table("rand").forEach(row -> byText.computeIfAbsent(row[1], t -> new ArrayList<>()).add(row));
    assertEquals(8, byText.size());
    byText.forEach((text, rows) -> {
      RandAugment policy = (RandAugment) AugmentationPolicy.parse(text, FILL);
      List<String> expected = new ArrayList<>();
      List<String> actual = new ArrayList<>();
      double sum = policy.weights() == null ? 0 : Arrays.stream(policy.weights()).sum();
      for (int i = 0; i < rows.size(); i++) {
        String[] row = rows.get(i);
        LeveledOperation operation = policy.operations().get(i);
        expected.add(String.join(" ", Arrays.copyOfRange(row, 2, 8)));
        actual.add(
            policy.count() + " " + operation.operation().timmName() + " " + operation.probability() + " "
                + operation.level() + " "
                + (operation.deviation() == Double.POSITIVE_INFINITY ? "inf" : operation.deviation()) + " "
                + operation.most());
        if (row[8].equals("-")) {
          assertEquals(0, sum, text);
        } else {
          assertEquals(Double.parseDouble(row[8]), policy.weights()[i] / sum, 1e-12);
        }
      }
      assertEquals(expected, actual, text);
      assertEquals(rows.size(), policy.operations().size());
    });
  }

  @Test
  void autoAugmentHasTimmsTables() {
    Map<String, List<String>> expected = new LinkedHashMap<>();
    table("auto").forEach(
        row -> expected.computeIfAbsent(row[1], t -> new ArrayList<>())
            .add(String.join(" ", Arrays.copyOfRange(row, 2, 7))));
    assertEquals(6, expected.size());
    expected.forEach((text, rows) -> {
      AutoAugment policy = (AutoAugment) AugmentationPolicy.parse(text, FILL);
      List<String> actual = new ArrayList<>();
      for (int i = 0; i < policy.policies().size(); i++) {
        for (LeveledOperation o : policy.policies().get(i)) {
          actual.add(
              i + " " + o.operation().timmName() + " " + o.probability() + " " + o.level() + " "
                  + o.deviation());
        }
      }
      assertEquals(rows, actual, text);
    });
  }

  @Test
  void torchvisionsMagnitudesAndBytes() {
    List<String> wrong = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (String[] row : table("torchvision")) {
      TorchvisionOperation operation =
          Arrays.stream(TorchvisionOperation.values()).filter(o -> o.torchvisionName().equals(row[3]))
              .findFirst().orElseThrow();
      seen.add(row[1] + row[3]);
      double magnitude =
          operation.magnitude(
              row[1].equals("1"), Integer.parseInt(row[4]), Integer.parseInt(row[2]), 37, 53);
      Painting painting = new Painting(Interpolation.valueOf(row[6]), FILL);
      RawImage result =
          operation.drawn(Integer.parseInt(row[5]) * magnitude, 37, 53, painting).image(IMAGE);
      if (magnitude != Double.parseDouble(row[7]) || !crc(result).equals(row[8])) {
        wrong.add(String.join(" ", row) + " but " + magnitude);
      }
    }
    assertEquals(List.of(), wrong);
    assertEquals(2 * TorchvisionOperation.values().length, seen.size());
  }

  /** Each of the three is what DeiT III does: grey, solarized from 128 on, or blurred. */
  @Test
  void threeAugmentIsDeitsOwn() {
    GeometricTransform policy = AugmentationPolicy.parse("3a", FILL);
    int grey = 0;
    int solarized = 0;
    for (int sample = 0; sample < 600; sample++) {
      RawImage result = policy.apply(IMAGE, new SampleRandom(1, 0, sample, 0));
      grey += TestImages.difference(result, PixelOperation.GRAYSCALE.apply(IMAGE, 0)) == 0 ? 1 : 0;
      solarized += TestImages.difference(result, PixelOperation.SOLARIZE.apply(IMAGE, 128)) == 0 ? 1 : 0;
    }
    assertTrue(grey > 160 && grey < 240, grey + " grey of 600");
    assertTrue(solarized > 160 && solarized < 240, solarized + " solarized of 600");
  }

  @Test
  void operationsAreChosenAndAppliedAsOftenAsTheySay() {
    RandAugment policy = (RandAugment) AugmentationPolicy.parse("rand-m9-n1-p0.25", FILL);
    RandAugment weighted = (RandAugment) AugmentationPolicy.parse("rand-m9-n1-p1-t3aw", FILL);
    int changed = 0;
    Map<String, Integer> operations = new HashMap<>();
    for (int sample = 0; sample < 4000; sample++) {
      DrawnSequence drawn = (DrawnSequence) policy.draw(37, 53, new SampleRandom(1, 0, sample, 0));
      changed += drawn.steps().get(0) == DrawnTransform.NOTHING ? 0 : 1;
      DrawnTransform one =
          ((DrawnSequence) weighted.draw(37, 53, new SampleRandom(2, 0, sample, 0))).steps().get(0);
      String name =
          one instanceof DrawnOperation operation ? operation.operation().name() : "moved";
      operations.merge(name, 1, Integer::sum);
    }
    assertTrue(changed > 900 && changed < 1100, changed + " of 4000 changed");
    // Weights of 6, 3 + 2 + 2 and 1 of 33; color is both Desaturate and ColorIncreasing, 7.
    assertEquals(6 / 33.0, operations.get("SOLARIZE") / 4000.0, 0.03);
    assertEquals(7 / 33.0, operations.get("moved") / 4000.0, 0.03);
    assertEquals(7 / 33.0, operations.get("COLOR") / 4000.0, 0.03);
    assertEquals(1 / 33.0, operations.get("EQUALIZE") / 4000.0, 0.012);
  }

  /** Without replacement: all four operations of a set of four are different. */
  @Test
  void weightedOperationsComeOnce() {
    RandAugment policy = (RandAugment) AugmentationPolicy.parse("rand-m5-n14-p1-t3aw", FILL);
    for (int sample = 0; sample < 50; sample++) {
      DrawnSequence drawn = (DrawnSequence) policy.draw(37, 53, new SampleRandom(1, 0, sample, 0));
      long equalized =
          drawn.steps().stream()
              .filter(s -> s instanceof DrawnOperation o && o.operation() == PixelOperation.EQUALIZE)
              .count();
      assertEquals(1, equalized);
      assertEquals(14, drawn.steps().size());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "random | there are only rand",
        "rand-m | not a name and a value",
        "rand- | not a name and a value",
        "rand-9 | not a name and a value",
        "rand-m9-m8 | m twice",
        "rand-x5 | has the setting x, but its settings are m (level)",
        "rand-m9.5 | m must be a whole number",
        "rand-p2 | p must be 0 to 1",
        "rand-inc2 | inc must be 0 to 1",
        "rand-n0 | n must be 1 to 100",
        "rand-m1x | \"1x\" is not a number",
        "rand-tall | there are only weights, 3a or 3aw",
        "rand-n15-t3aw | there are only 14 (n)",
        "v0-m9 | has the setting m, but its settings are mstd",
        "torchvision-m31 | m must be 0 to 30",
        "ta_wide-b1 | b must be 2 to 1000"})
  void errorsSayWhatIsAllowed(String text, String part) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> AugmentationPolicy.parse(text, FILL)).getMessage();
    assertTrue(message.contains(part) && message.contains(text), message);
  }

  @Test
  void fillIsTheMeanAsTimmRoundsIt() {
    assertEquals(FILL, FillColor.ofMean(org.swinengine.data.Normalize.IMAGENET));
    // 127.5 is rounded to the even 128.
    assertEquals(FillColor.GREY, FillColor.ofMean(org.swinengine.data.Normalize.HALF));
  }
}
