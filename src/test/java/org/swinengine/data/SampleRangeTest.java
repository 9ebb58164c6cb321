package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SampleRangeTest {
  /** A ramp of 64 steps up to a value, as a 16-bit grey PNG. */
  private static byte[] ramp(int highest) throws IOException {
    BufferedImage image = new BufferedImage(64, 1, BufferedImage.TYPE_USHORT_GRAY);
    for (int x = 0; x < 64; x++) {
      image.getRaster().setSample(x, 0, 0, highest * x / 63);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }

  /** The same as a TIFF of 32-bit floats. */
  private static byte[] floatTiff(float highest) {
    ByteBuffer file = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
    file.put("II".getBytes(StandardCharsets.US_ASCII)).putShort((short) 42).putInt(8 + 256);
    for (int x = 0; x < 64; x++) {
      file.putFloat(highest * x / 63);
    }
    int[][] tags = {
      {256, 64}, {257, 1}, {258, 32}, {259, 1}, {262, 1}, {273, 8}, {277, 1}, {278, 1}, {279, 256}, {339, 3}
    };
    file.putShort((short) tags.length);
    for (int[] tag : tags) {
      file.putShort((short) tag[0]).putShort((short) 4).putInt(1).putInt(tag[1]);
    }
    file.putInt(0);
    return Arrays.copyOf(file.array(), file.position());
  }

  private static int[] levels(byte[] file, SampleRange range, List<PictureNote> notes) throws IOException {
    RawImage image = ImageDecoder.decode(file, Decoding.DEFAULT.withRange(range).withNotes(notes::add));
    assertEquals(1, image.channels());
    int[] levels = new int[64];
    for (int x = 0; x < 64; x++) {
      levels[x] = image.pixels()[x] & 255;
    }
    return levels;
  }

  private static void assertRamp(byte[] file, String range, int tolerance) throws IOException {
    List<PictureNote> notes = new ArrayList<>();
    int[] levels = levels(file, SampleRange.of(range), notes);
    for (int x = 0; x < 64; x++) {
      assertEquals(255.0 * x / 63, levels[x], tolerance, range + " at " + x);
    }
    assertEquals(List.of(), notes);
  }

  @Test
  void allLevelsAreThereForWhoSaysWhatTheyAre() throws IOException {
    assertRamp(ramp(65_535), "full", 1);
    assertRamp(ramp(4095), "bits:12", 1);
    assertRamp(ramp(252), "bits:8", 4);
    assertRamp(ramp(4032), "window:0:4032", 2);
    assertRamp(ramp(63), "bits:6", 1);
    assertRamp(floatTiff(1), "full", 1);
    assertRamp(floatTiff(3000), "window:0:3000", 1);
  }

  @Test
  void whatLiesOutsideIsBlackOrWhite() throws IOException {
    int[] levels = levels(ramp(630), SampleRange.of("window:100:200"), new ArrayList<>());
    assertEquals(0, levels[10]);
    assertEquals(128, levels[15]);
    assertEquals(255, levels[20]);
    assertEquals(255, levels[63]);
    assertEquals(255, levels(ramp(630), SampleRange.bits(8), new ArrayList<>())[63]);
  }

  @Test
  void unusedLevelsAreSaid() throws IOException {
    List<PictureNote> notes = new ArrayList<>();
    int[] levels = levels(ramp(252), SampleRange.FULL, notes);
    assertEquals(0, levels[63]);
    assertEquals(1, notes.size());
    assertEquals(PictureNote.Kind.UNUSED_LEVELS, notes.get(0).kind());
    assertEquals(
        "has 16-bit samples from 0 to 252, of which its upper bytes keep 1 levels; `sampleRange` bits:8 (or"
            + " a window, or percentiles) shows all of them",
        notes.get(0).text());
    levels(ramp(4032), SampleRange.FULL, notes);
    assertTrue(notes.get(1).text().contains("keep 16 levels; `sampleRange` bits:12"), notes.get(1).text());
    levels(ramp(64_512), SampleRange.FULL, notes);
    assertEquals(2, notes.size());
  }

  @Test
  void floatsBeyondOneNeedARange() {
    String message =
        assertThrows(UnreadableImageException.class, () -> ImageDecoder.decode(floatTiff(3000))).getMessage();
    assertTrue(message.startsWith("has floats from 0 to 3000, for which there is no usual range"), message);
  }

  @Test
  void aDataSetsPercentilesBecomeAWindow(@TempDir Path folder) throws IOException {
    for (String name : List.of("train/a", "train/b", "val/a", "val/b")) {
      Path file = Files.createDirectories(folder.resolve(name)).resolve("1.png");
      Files.write(file, ramp(name.startsWith("train") ? 4032 : 60_000));
    }
    DatasetOptions options = DatasetOptions.DEFAULT.withSampleRange(SampleRange.of("percentiles:0:100"));
    DataSplits splits = Datasets.open(folder, options);
    assertEquals("window:0:4032", splits.train().sampleRange().toString());
    assertEquals("window:0:4032", splits.validation().sampleRange().toString());
    assertEquals(255, splits.train().load(0).pixels()[63] & 255);
    assertEquals(List.of(), splits.remarks());

    splits = Datasets.open(folder, DatasetOptions.DEFAULT);
    assertEquals(1, splits.remarks().size());
    String remark = splits.remarks().get(0);
    assertTrue(remark.contains("2 of 2 images lose levels; train/a/1.png has 16-bit samples"), remark);
  }

  @Test
  void dataToMeasureAreReadWithTheGivenRange(@TempDir Path folder) throws IOException {
    for (String name : List.of("a", "b")) {
      for (int i = 0; i < 5; i++) {
        Files.write(Files.createDirectories(folder.resolve(name)).resolve(i + ".png"), ramp(4032));
      }
    }
    LabelledData data = LabelledData.at(folder);
    assertEquals(15, data.all().load(0).pixels()[63] & 255);
    data.withSampleRange(SampleRange.window(0, 4032));
    Dataset view = DatasetView.of(data.all(), new int[] {3});
    Dataset setAside = data.setAside(0.2, 0).validation();
    for (Dataset dataset : List.of(data.all(), view, setAside)) {
      assertEquals(255, dataset.load(0).pixels()[63] & 255);
      assertEquals("window:0:4032", dataset.sampleRange().toString());
    }
  }

  @Test
  void eachPictureHasItsOwnPercentiles() throws IOException {
    Decoding own = Decoding.DEFAULT.withRange(SampleRange.of("picture:0:100"));
    for (int highest : new int[] {4032, 60_000}) {
      RawImage image = ImageDecoder.decode(ramp(highest), "a ramp", own);
      RawImage window =
          ImageDecoder.decode(
              ramp(highest), "a ramp", Decoding.DEFAULT.withRange(SampleRange.window(0, highest)));
      // Above 4096 a percentile is known to one part in 4096.
      int tolerance = highest > 4096 ? 1 : 0;
      assertTrue(TestImages.difference(window, image) <= tolerance);
      assertEquals(255, image.pixels()[63] & 255);
    }
    byte[] ofBytes = TestImages.resource("rgba.png");
    assertEquals(
        0,
        TestImages.difference(ImageDecoder.decode(ofBytes, "x"), ImageDecoder.decode(ofBytes, "x", own)));
  }

  @Test
  void percentilesCountWhateverTheSign() {
    SampleHistogram histogram = new SampleHistogram();
    for (int i = -100; i < 100; i++) {
      histogram.add(i);
    }
    histogram.add(Float.NaN);
    assertEquals(-100, histogram.percentile(0));
    assertEquals(-1, histogram.percentile(50));
    assertEquals(98, histogram.percentile(99.5));
    assertEquals(99, histogram.percentile(100));
  }

  @ParameterizedTest
  @ValueSource(strings = {"full", "bits:12", "window:-1024:3071", "window:0.5:0.75", "percentiles:0.1:99.9",
    "picture:1:99"})
  void textIsReadBack(String text) {
    assertEquals(text, SampleRange.of(text).toString());
    assertEquals(SampleRange.of(text), SampleRange.of(SampleRange.of(text).toString()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "wide", "bits", "bits:0", "bits:33", "bits:x", "window:1:1", "window:2:1",
        "window:0:Infinity",
        "window:NaN:1", "percentiles:-1:50", "percentiles:50:101", "full:1"})
  void otherTextIsRefused(String text) {
    String message = assertThrows(IllegalArgumentException.class, () -> SampleRange.of(text)).getMessage();
    assertTrue(message.startsWith("`sampleRange` "), message);
  }
}
