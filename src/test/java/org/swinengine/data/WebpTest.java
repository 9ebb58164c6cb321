package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.swinengine.data.webp.Vp8Decoder;

/**
 * Lossy WebP of all sizes, qualities, methods, filters, sharpnesses, segments and partitions, with
 * transparency and animation, and frames of random bytes under headers that no encoder writes, against the
 * CRC-32 of the pixels that Pillow 12.3 gives as RGB. See webp.py.
 */
class WebpTest {
  private record Sample(byte[] file, int width, int height, long crc) {}

  private static Map<String, Sample> samples() throws IOException {
    Map<String, byte[]> parts = new TreeMap<>();
    try (ZipInputStream zip =
        new ZipInputStream(new ByteArrayInputStream(TestImages.resource("webp.zip")))) {
      for (var entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        parts.put(entry.getName(), zip.readAllBytes());
      }
    }
    Map<String, Sample> samples = new LinkedHashMap<>();
    int at = 0;
    for (String line : new String(parts.get("index"), StandardCharsets.UTF_8).split("\n")) {
      String[] words = line.split(" ");
      int end = at + Integer.parseInt(words[1]);
      samples.put(
          words[0],
          new Sample(
              Arrays.copyOfRange(parts.get("files"), at, end), Integer.parseInt(words[2]),
              Integer.parseInt(words[3]), Long.parseLong(words[4])));
      at = end;
    }
    return samples;
  }

  private static byte[] file(String name) throws IOException {
    return samples().get(name).file();
  }

  /** Where the frame begins. */
  private static int frame(byte[] file) {
    return new String(file, StandardCharsets.ISO_8859_1).indexOf("VP8 ") + 8;
  }

  private static Vp8Decoder open(byte[] file) throws IOException {
    return Vp8Decoder.open(file, frame(file), file.length);
  }

  @TestFactory
  Stream<DynamicTest> everyFileHasPillowsPixels() throws IOException {
    return samples().entrySet().stream()
        .map(
            entry -> DynamicTest.dynamicTest(
                entry.getKey(),
                () -> {
                  Sample sample = entry.getValue();
                  RawImage image = ImageDecoder.decode(sample.file());
                  assertEquals(sample.width(), image.width());
                  assertEquals(sample.height(), image.height());
                  CRC32 crc = new CRC32();
                  crc.update(image.pixels());
                  assertEquals(sample.crc(), crc.getValue());
                }));
  }

  @Test
  void aPartIsEverySoManyRowsAndColumns() throws IOException {
    byte[] file = file("large_25.webp");
    Vp8Decoder decoder = open(file);
    int width = decoder.width();
    int height = decoder.height();
    byte[] whole = decoder.decode(1);
    for (int step : new int[] {2, 3, 7, 1000}) {
      int columns = (width + step - 1) / step;
      int rows = (height + step - 1) / step;
      byte[] expected = new byte[3 * columns * rows];
      for (int y = 0; y < rows; y++) {
        for (int x = 0; x < columns; x++) {
          System.arraycopy(whole, 3 * step * (y * width + x), expected, 3 * (y * columns + x), 3);
        }
      }
      assertArrayEquals(expected, open(file).decode(step), "every " + step);
    }
  }

  @Test
  void cutOffFilesAreErrors() throws IOException {
    for (String name : new String[] {"quality_50.webp", "partitions_8_150.webp", "anim.webp",
      "alpha_50_60.webp"}) {
      byte[] file = file(name);
      int frame = frame(file);
      int length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(frame - 4);
      for (int end = 0; end < frame + length - 2; end += 1 + end / 40) {
        byte[] part = Arrays.copyOf(file, end);
        assertThrows(UnreadableImageException.class, () -> ImageDecoder.decode(part), name + " of " + end);
        // The same with lengths that agree.
        if (end > frame) {
          assertThrows(IOException.class, () -> Vp8Decoder.open(part, frame, part.length).decode(1));
        }
      }
    }
  }

  @Test
  void damagedFilesGiveAPictureOrASentence() throws IOException {
    Random random = new Random(7);
    byte[][] files = {
      file("quality_50.webp"), file("partitions_8_150.webp"), file("segments_4_100.webp"),
      file("filter_simple_sharp3_60.webp"), file("alpha_50_60.webp"), file("anim_alpha.webp")
    };
    int pictures = 0;
    for (int n = 0; n < 6000; n++) {
      byte[] damaged = files[n % files.length].clone();
      int most = n % 3 == 0 ? damaged.length : Math.min(damaged.length, frame(damaged) + 80);
      for (int i = 0; i <= n % 5; i++) {
        damaged[random.nextInt(most)] = (byte) random.nextInt(256);
      }
      try {
        RawImage image = ImageDecoder.decode(damaged);
        assertEquals(image.width() * image.height() * image.channels(), image.pixels().length);
        pictures++;
      } catch (UnreadableImageException e) {
        assertTrue(e.getMessage().length() > 5);
      }
    }
    assertTrue(pictures > 500, "only " + pictures + " were decoded");
  }

  @Test
  void fewBytesDoNotAskForMuchMemory() throws IOException {
    byte[] file = file("quality_50.webp");
    int frame = frame(file);
    byte[] large = file.clone();
    ByteBuffer.wrap(large).order(ByteOrder.LITTLE_ENDIAN).putShort(frame + 6, (short) 16383).putShort(
        frame + 8, (short) 10000);
    assertThrows(EOFException.class, () -> open(large));
    assertThrows(UnreadableImageException.class, () -> ImageDecoder.decode(large));
    byte[] none = file.clone();
    ByteBuffer.wrap(none).putShort(frame + 6, (short) 0);
    assertThrows(IOException.class, () -> open(none));
  }

  @Test
  void framesWithinFramesWithinFramesEnd() {
    byte[] file = new byte[24 * 1_000_000 + 12];
    ByteBuffer out = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    out.put("RIFF".getBytes(StandardCharsets.ISO_8859_1)).putInt(file.length - 8);
    out.put("WEBP".getBytes(StandardCharsets.ISO_8859_1));
    while (out.remaining() > 0) {
      out.put("ANMF".getBytes(StandardCharsets.ISO_8859_1)).putInt(out.remaining() - 4);
      out.position(out.position() + 16);
    }
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> assertThrows(UnreadableImageException.class, () -> ImageDecoder.decode(file)));
  }
}
