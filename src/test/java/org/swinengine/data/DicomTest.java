package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** DICOM files are shown as pydicom shows them; see dicom.py. */
class DicomTest {
  private static final Map<String, byte[]> FILES = files();

  @TempDir
  Path folder;

  private static Map<String, byte[]> files() {
    Map<String, byte[]> files = new TreeMap<>();
    try (ZipInputStream zip = new ZipInputStream(
        new ByteArrayInputStream(TestImages.resource("dicom/dicom.zip")))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        files.put(entry.getName(), zip.readAllBytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  static List<String> names() {
    List<String> names =
        FILES.keySet().stream().filter(name -> name.endsWith(".dcm"))
            .map(name -> name.substring(0, name.length() - 4)).toList();
    assertTrue(names.size() >= 50, names::toString);
    return names;
  }

  private static byte[] dicom(String name) {
    return FILES.get(name + ".dcm").clone();
  }

  private static List<RawImage> expected(String name) {
    List<String> lines = new String(FILES.get(name + ".txt"), StandardCharsets.US_ASCII).lines().toList();
    String[] shape = lines.get(0).split(" ");
    List<RawImage> frames = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(" ");
      byte[] pixels = new byte[cells.length];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (byte) Integer.parseInt(cells[i]);
      }
      frames.add(
          new RawImage(
              Integer.parseInt(shape[0]), Integer.parseInt(shape[1]), Integer.parseInt(shape[2]), pixels));
    }
    return frames;
  }

  private static Decoding quiet() {
    return Decoding.DEFAULT.withNotes(note -> {});
  }

  @ParameterizedTest
  @MethodSource("names")
  void equalsPydicom(String name) throws IOException {
    List<RawImage> frames = expected(name);
    assertEquals(frames.size(), DicomDecoder.frames(dicom(name)));
    for (int frame = 0; frame < frames.size(); frame++) {
      RawImage image = DicomDecoder.decode(dicom(name), frame, quiet());
      assertEquals(0, TestImages.difference(frames.get(frame), image), "frame " + frame);
    }
    assertArrayEquals(frames.get(0).pixels(), ImageDecoder.decode(dicom(name), quiet()).pixels());
  }

  @Test
  void allFramesOfAFile() throws IOException {
    List<RawImage> frames = ImageDecoder.decodeFrames(dicom("three-frames"), "three", quiet());
    assertEquals(3, frames.size());
    assertEquals(0, TestImages.difference(expected("three-frames").get(2), frames.get(2)));
    assertEquals(1, ImageDecoder.decodeFrames(TestImages.resource("rgb.bmp"), "one", quiet()).size());
    byte[] cut = Arrays.copyOf(dicom("three-frames"), dicom("three-frames").length - 2);
    String message =
        assertThrows(DatasetException.class, () -> ImageDecoder.decodeFrames(cut, "x.dcm", quiet()))
            .getMessage();
    assertTrue(message.startsWith("The image x.dcm is cut off: 3 of 14x9 pixels"), message);
  }

  /** A window of one's own is one of Hounsfield units. */
  @Test
  void sampleRangesAreOfTheModalitysValues() throws IOException {
    byte[] file = dicom("signed-16-rescaled");
    RawImage own = ImageDecoder.decode(file, quiet());
    // The linear window of the file, 40 and 400, begins at -160 and ends 399 further.
    SampleRange same = SampleRange.window(-160, 239);
    assertEquals(
        0, TestImages.difference(own, ImageDecoder.decode(file, quiet().withRange(same))));
    RawImage wide = ImageDecoder.decode(file, quiet().withRange(SampleRange.window(-1024, 3071)));
    assertFalse(Arrays.equals(own.pixels(), wide.pixels()));
    // Eight bits know no range.
    byte[] small = dicom("grey-8-implicit");
    assertEquals(
        0,
        TestImages.difference(
            ImageDecoder.decode(small, quiet()),
            ImageDecoder.decode(small, quiet().withRange(SampleRange.window(0, 10)))));
    RawImage inverse =
        ImageDecoder.decode(dicom("inverse-10"), quiet().withRange(SampleRange.window(1e6, 2e6)));
    assertEquals(255, inverse.pixels()[0] & 255);
  }

  @Test
  void picturesInFolders() throws IOException {
    for (String name : List.of("a/1", "a/2", "b/1", "b/2")) {
      Path file = folder.resolve(name + ".dcm");
      Files.createDirectories(file.getParent());
      Files.write(file, dicom(name.startsWith("a") ? "grey-16-full" : "signed-16-rescaled"));
    }
    DatasetOptions options =
        DatasetOptions.DEFAULT.withValidationFraction(0.5).withSampleRange(SampleRange.of("percentiles"));
    DataSplits splits = Datasets.open(folder, options);
    assertEquals(2, splits.train().size());
    SampleRange window = splits.train().sampleRange();
    // From the least of the rescaled values to nearly the largest of 16 bits.
    assertTrue(window.low() < -1000 && window.high() > 60_000, window::toString);
  }

  @Test
  void whatIsNotReadIsSaid() throws IOException {
    byte[] file = dicom("grey-8-lossless");
    // JPEG 2000 in place of lossless JPEG: 1.2.840.10008.1.2.4.70 and .90.
    int at = new String(file, StandardCharsets.ISO_8859_1).indexOf("1.2.840.10008.1.2.4.70");
    file[at + 20] = '9';
    assertRefused(file, "1.2.840.10008.1.2.4.90 (JPEG 2000), which is not read");
    byte[] whole = dicom("signed-16-rescaled");
    assertRefused(Arrays.copyOf(whole, whole.length - 1), "is cut off: 1 of 14x9 pixels need 252 bytes");
    assertRefused(Arrays.copyOf(whole, 400), "DICOM without pixels", "states");
    byte[] flat = dicom("grey-16-full");
    List<PictureNote> notes = new ArrayList<>();
    int pixels = flat.length - 252;
    for (int i = pixels; i < flat.length; i += 2) {
      flat[i + 1] = 0;
    }
    ImageDecoder.decode(flat, Decoding.DEFAULT.withNotes(notes::add));
    assertTrue(notes.get(0).text().contains("keeps 1 levels; `sampleRange` window"), notes::toString);
  }

  private static void assertRefused(byte[] file, String... oneOf) {
    String message =
        assertThrows(UnreadableImageException.class, () -> ImageDecoder.decode(file, quiet())).getMessage();
    assertTrue(Arrays.stream(oneOf).anyMatch(message::contains), message);
  }

  /** Implicit, little-endian elements. */
  private static byte[] elements(Object... tagsAndValues) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[128]);
    out.writeBytes("DICM".getBytes(StandardCharsets.US_ASCII));
    for (int i = 0; i < tagsAndValues.length; i += 2) {
      int tag = (int) tagsAndValues[i];
      byte[] value = tagsAndValues[i + 1] instanceof byte[] bytes ? bytes : new byte[0];
      int length = tagsAndValues[i + 1] instanceof Integer stated ? stated : value.length;
      for (int word : new int[] {tag >>> 16, tag & 0xFFFF, length & 0xFFFF, length >>> 16}) {
        out.write(word);
        out.write(word >> 8);
      }
      out.writeBytes(value);
    }
    return out.toByteArray();
  }

  private static byte[] word(int value) {
    return new byte[] {(byte) value, (byte) (value >> 8)};
  }

  @Test
  void sizesAreHeldAgainstTheBytes() {
    Object[] picture = {
      0x00280002, word(1), 0x00280010, word(60_000), 0x00280011, word(60_000), 0x00280100, word(8),
      0x00280101, word(8), 0x00280102, word(7)};
    Object[] with = Arrays.copyOf(picture, picture.length + 2);
    with[picture.length] = 0x7FE00010;
    with[picture.length + 1] = new byte[100];
    assertRefused(elements(with), "too large", "is cut off", "needs");
    with[picture.length + 1] = 0x7FFFFFFF;
    assertRefused(elements(with), "too large", "is cut off", "needs");
    assertRefused(elements(0x00080005, 0x7FFFFFF0), "states 2147483632 bytes where 0 are left");
    // A hundred thousand sequences in one another.
    byte[] deep = new byte[1_600_132];
    byte[] level = elements(0x00081140, -1, 0xFFFEE000, -1);
    System.arraycopy(level, 0, deep, 0, level.length);
    for (int at = level.length; at + 16 <= deep.length; at += 16) {
      System.arraycopy(level, 132, deep, at, 16);
    }
    assertRefused(deep, "nested deeper than 32 levels");
  }

  /** 12,000 damaged files are pictures or refused with a clause; nothing else comes out, and all soon. */
  @Test
  void damagedFilesAreReadOrRefused() {
    Random random = new Random(5);
    int[] read = new int[2];
    List<String> names = names();
    assertTimeoutPreemptively(Duration.ofSeconds(120), () -> {
      for (int round = 0; round < 12_000; round++) {
        byte[] file = dicom(names.get(round % names.size()));
        for (int times = 1 + random.nextInt(4); times > 0; times--) {
          int at =
              random.nextInt(4) == 0 ? random.nextInt(file.length) : random.nextInt(file.length / 2) + 128;
          file[at % file.length] = (byte) (random.nextBoolean() ? random.nextInt() : 255);
        }
        if (random.nextInt(8) == 0) {
          file = Arrays.copyOf(file, random.nextInt(file.length));
        }
        try {
          ImageDecoder.decode(file, quiet());
          read[0]++;
        } catch (UnreadableImageException e) {
          read[1]++;
        }
      }
    });
    assertTrue(read[0] > 1000 && read[1] > 1000, read[0] + " read, " + read[1] + " refused");
  }
}
