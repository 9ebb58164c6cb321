package org.swinengine.data.segmentation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.DatasetException;

/** DICOM files, masks and archives that lie: each ends in one sentence, within bounded memory. */
class MalformedDicomTest {
  /** Buffers, a library's classes, and what a deflated file may grow to before it is refused. */
  private static final long BOUND = 96L << 20;

  private static final String SYNTAX = "1.2.840.10008.1.2.1\0";

  @TempDir
  Path folder;

  private final com.sun.management.ThreadMXBean memory =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
  private Path series;
  private Path slice;
  private byte[] good;

  @BeforeEach
  void unpack() throws IOException {
    series = DicomWorld.unpack("axial", folder.resolve("series"));
    // One that is explicit and little-endian.
    slice = DicomSeries.at(series).files().get(2);
    good = Files.readAllBytes(slice);
  }

  private void refused(String name, Executable read) {
    long before = memory.getCurrentThreadAllocatedBytes();
    DatasetException e = assertThrows(DatasetException.class, read, name);
    long taken = memory.getCurrentThreadAllocatedBytes() - before;
    String message = String.valueOf(e.getMessage());
    assertEquals(1, message.lines().count(), name + ": " + message);
    assertTrue(message.contains(folder.toString()) && message.endsWith("."), name + ": " + message);
    assertTrue(taken < BOUND, name + " took " + taken + " bytes");
  }

  /** Where the value of an element with a short length begins. */
  private static int at(byte[] file, int group, int element) {
    for (int i = 132; i < file.length - 8; i++) {
      boolean tag = (file[i] & 255 | (file[i + 1] & 255) << 8) == group
          && (file[i + 2] & 255 | (file[i + 3] & 255) << 8) == element;
      if (tag && Character.isUpperCase(file[i + 4]) && Character.isUpperCase(file[i + 5])) {
        return i + 8;
      }
    }
    throw new IllegalArgumentException("no such element");
  }

  private byte[] with(int group, int element, byte... value) {
    byte[] file = good.clone();
    System.arraycopy(value, 0, file, at(file, group, element), value.length);
    return file;
  }

  /** Text in place of an element's own, of any length. */
  private byte[] with(int group, int element, String text) {
    int start = at(good, group, element);
    int length = good[start - 2] & 255;
    byte[] own = (text + " ".repeat(text.length() % 2)).getBytes(StandardCharsets.ISO_8859_1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(good, 0, start - 2);
    out.write(own.length);
    out.write(own.length >> 8);
    out.writeBytes(own);
    out.write(good, start + length, good.length - start - length);
    return out.toByteArray();
  }

  private byte[] syntax(String uid) {
    byte[] file = good.clone();
    int start = at(file, 2, 0x10);
    Arrays.fill(file, start, start + SYNTAX.length(), (byte) 0);
    byte[] text = uid.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, file, start, text.length);
    return file;
  }

  /** The first bytes up to the elements behind the file's own. */
  private byte[] head() {
    return Arrays.copyOf(good, at(good, 8, 0x16) - 8);
  }

  private byte[] joined(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] deflated(byte[] bytes, long zeros) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater =
        new DeflaterOutputStream(out, new Deflater(Deflater.BEST_SPEED, true))) {
      deflater.write(bytes);
      byte[] block = new byte[1 << 16];
      for (long left = zeros; left > 0; left -= block.length) {
        deflater.write(block);
      }
    }
    return out.toByteArray();
  }

  private byte[] nested(int times, boolean defined) {
    byte[] level =
        defined ? bytes(8, 0, 0x40, 0x11, 'S', 'Q', 0, 0, 0xF0, 0xFF, 0xFF, 0x7F, 0xFE, 0xFF, 0, 0xE0, 0xE0,
            0xFF, 0xFF, 0x7F)
            : bytes(8, 0, 0x40, 0x11, 'S', 'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0, 0xE0, 0xFF, 0xFF,
                0xFF, 0xFF);
    byte[] all = new byte[times * level.length];
    for (int i = 0; i < times; i++) {
      System.arraycopy(level, 0, all, i * level.length, level.length);
    }
    return joined(head(), all);
  }

  private Map<String, byte[]> slices() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (int length : new int[] {0, 1, 100, 131, 132, 140, 200, 400, good.length - 40, good.length - 1}) {
      files.put("cut at " + length, Arrays.copyOf(good, length));
    }
    files.put("text", "no DICOM at all, but some words".repeat(30).getBytes(StandardCharsets.US_ASCII));
    files.put("rows 0", with(0x28, 0x10, (byte) 0, (byte) 0));
    files.put("columns 0", with(0x28, 0x11, (byte) 0, (byte) 0));
    files.put("rows 65535", with(0x28, 0x10, (byte) -1, (byte) -1));
    byte[] both = with(0x28, 0x10, (byte) -1, (byte) -1);
    System.arraycopy(bytes(255, 255), 0, both, at(both, 0x28, 0x11), 2);
    files.put("65535 x 65535", both);
    for (int bits : new int[] {0, 7, 12, 64, 255}) {
      files.put("bits allocated " + bits, with(0x28, 0x100, (byte) bits));
    }
    files.put("bits stored 17", with(0x28, 0x101, (byte) 17));
    files.put("bits stored 0", with(0x28, 0x101, (byte) 0));
    files.put("high bit 3", with(0x28, 0x102, (byte) 3));
    for (int samples : new int[] {0, 2, 3, 4}) {
      files.put("samples " + samples, with(0x28, 2, (byte) samples));
    }
    for (String spacing : new String[] {"NaN\\1", "0\\0", "-1\\1", "1e999\\1", "abc", "1", "1\\2\\3", "\\"}) {
      files.put("spacing " + spacing, with(0x28, 0x30, spacing));
    }
    for (String position : new String[] {"", "1\\2", "NaN\\0\\0", "a\\b\\c", "1e40\\1e400\\0", "\\\\"}) {
      files.put("position " + position, with(0x20, 0x32, position));
    }
    for (String directions : new String[] {
      "", "0\\0\\0\\0\\0\\0", "1\\0\\0\\1\\0\\0", "1\\0\\0", "9\\0\\0\\0\\9\\0", "Infinity\\0\\0\\0\\1\\0"}) {
      files.put("directions " + directions, with(0x20, 0x37, directions));
    }
    for (String slope : new String[] {"NaN", "many", "1e999"}) {
      files.put("slope " + slope, with(0x28, 0x1053, slope));
    }
    for (String uid : new String[] {
      "1.2.3", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2", "1.2.840.10008.1.2.4.50"}) {
      files.put("syntax " + uid, syntax(uid));
    }
    byte[] length = good.clone();
    int pixels = at(length, 0x7FE0, 0x10);
    ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).putInt(pixels, -1);
    files.put("pixels of no length", length);
    files.put("sequences in sequences", nested(100_000, false));
    files.put("sequences of stated lengths", nested(50_000, true));
    files.put(
        "a sequence beyond the end",
        joined(head(), bytes(8, 0, 0x40, 0x11, 'S', 'Q', 0, 0, 0xF0, 0, 0, 0)));
    files.put(
        "no item in a sequence",
        joined(head(), bytes(8, 0, 0x40, 0x11, 'S', 'Q', 0, 0, 16, 0, 0, 0), new byte[16]));
    files.put(
        "an element beyond its item",
        joined(
            head(), bytes(8, 0, 0x40, 0x11, 'S', 'Q', 0, 0, 18, 0, 0, 0, 0xFE, 0xFF, 0, 0xE0, 10, 0, 0, 0),
            bytes(8, 0, 0x50, 0x11, 'U', 'I', 4, 0, '1', '.', '2', 0), new byte[40]));
    files.put(
        "a length of 4 GB", joined(head(), bytes(8, 0, 0x40, 0x11, 'O', 'B', 0, 0, 0xFE, 0xFF, 0xFF, 0xFF)));
    byte[] rest = Arrays.copyOfRange(good, head().length, good.length);
    // The identifier is two letters longer, so its element is written anew.
    byte[] deflate = ofSyntax("1.2.840.10008.1.2.1.99");
    files.put("deflated garbage", joined(deflate, rest));
    files.put("deflated and cut", joined(deflate, Arrays.copyOf(deflated(rest, 0), 60)));
    files.put("deflated bomb", joined(deflate, deflated(bomb(), 30_000_000)));
    return files;
  }

  private byte[] ofSyntax(String uid) {
    int at = at(good, 2, 0x10);
    byte[] text = (uid + "\0".repeat(uid.length() % 2)).getBytes(StandardCharsets.US_ASCII);
    byte[] before = Arrays.copyOf(good, at);
    before[at - 2] = (byte) text.length;
    byte[] after = Arrays.copyOfRange(good, at + SYNTAX.length(), head().length);
    return joined(before, text, after);
  }

  /** An element of 4 GB. */
  private static byte[] bomb() {
    return bytes(9, 0, 0x10, 0, 'O', 'B', 0, 0, 0xFE, 0xFF, 0xFF, 0xFF);
  }

  @Test
  void slicesThatLieAreRefused() throws IOException {
    Map<String, byte[]> files = slices();
    assertTrue(files.size() >= 60, files.size() + " files");
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(slice, file.getValue());
      refused(file.getKey(), () -> DicomSeries.at(series).volume());
    }
  }

  @Test
  void damagedSlicesAndSegmentationsAreReadOrRefused() throws IOException {
    Path other = DicomWorld.unpack("oblique", folder.resolve("other"));
    DicomSeries of = DicomSeries.at(other);
    DicomWorld.unpack("oblique-labels", folder.resolve("labels"));
    Path labels = folder.resolve("labels/labels.dcm");
    byte[] segmentation = Files.readAllBytes(labels);
    Random random = new Random(9);
    for (int turn = 0; turn < 1200; turn++) {
      boolean first = turn % 2 == 0;
      byte[] damaged = (first ? good : segmentation).clone();
      for (int i = 0; i < 1 + turn % 5; i++) {
        damaged[132 + random.nextInt(damaged.length - 132)] = (byte) random.nextInt(256);
      }
      Files.write(first ? slice : labels, damaged);
      long before = memory.getCurrentThreadAllocatedBytes();
      try {
        if (first) {
          DicomSeries.at(series).volume();
        } else {
          DicomSegmentation.labels(labels, of);
        }
      } catch (DatasetException e) {
        assertEquals(1, String.valueOf(e.getMessage()).lines().count(), e.getMessage());
      }
      long taken = memory.getCurrentThreadAllocatedBytes() - before;
      assertTrue(taken < BOUND, "turn " + turn + " took " + taken + " bytes");
    }
  }

  private static byte[] chunk(String type, byte[] data) {
    CRC32 crc = new CRC32();
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    crc.update(name);
    crc.update(data);
    return ByteBuffer.allocate(12 + data.length).putInt(data.length).put(name).put(data)
        .putInt((int) crc.getValue()).array();
  }

  private static byte[] deflated(byte[] data) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(out)) {
      deflater.write(data);
    }
    return out.toByteArray();
  }

  private byte[] png(int width, int height, int bits, int kind, int interlaced, byte[] data)
      throws IOException {
    byte[] header = ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) bits).put((byte) kind)
        .put((byte) 0).put((byte) 0).put((byte) interlaced).array();
    return joined(
        bytes(0x89, 'P', 'N', 'G', 13, 10, 26, 10), chunk("IHDR", header), chunk("IDAT", deflated(data)),
        chunk("IEND", new byte[0]));
  }

  @Test
  void masksThatLieAreRefused() throws IOException {
    byte[] rows = new byte[5 * 4];
    byte[] fine = png(4, 4, 8, 0, 0, rows);
    ClassTable classes = ClassTable.numbered(List.of("a", "b"));
    Path mask = folder.resolve("mask.png");
    Files.write(mask, fine);
    assertEquals(16, MaskFiles.read(mask, classes, null).labels().length);
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (int[] size : new int[][] {
      {0, 4}, {4, 0}, {-1, 4}, {4, -1}, {Integer.MAX_VALUE, Integer.MAX_VALUE}, {1 << 20, 1 << 20},
      {4, 40_000}, {40_000, 4}, {Integer.MIN_VALUE, Integer.MIN_VALUE}}) {
      files.put("size " + Arrays.toString(size), png(size[0], size[1], 8, 0, 0, rows));
    }
    for (int bits : new int[] {0, 3, 32, 255}) {
      files.put("bits " + bits, png(4, 4, bits, 0, 0, rows));
    }
    files.put("kind 1", png(4, 4, 8, 1, 0, rows));
    files.put("kind 9", png(4, 4, 8, 9, 0, rows));
    files.put("palette of 16 bits", png(4, 4, 16, 3, 0, rows));
    files.put("interlaced 7", png(4, 4, 8, 0, 7, rows));
    files.put("filter 200", png(4, 4, 8, 0, 0, bytes(200, 1, 2, 3, 4, 200, 0, 0, 0, 0, 9, 9, 9, 9, 9)));
    for (int length : new int[] {0, 8, 20, 33, 40}) {
      files.put("cut at " + length, Arrays.copyOf(fine, length));
    }
    byte[] damaged = fine.clone();
    damaged[45] ^= 0x7F;
    damaged[46] ^= 0x35;
    files.put("deflate damaged", damaged);
    files.put("GIF", "GIF89a and more than thirty-three bytes of it".getBytes(StandardCharsets.US_ASCII));
    files.put("JPEG", bytes(0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F'));
    byte[] values = rows.clone();
    values[1] = 7;
    files.put("values", png(4, 4, 8, 0, 0, values));
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(mask, file.getValue());
      refused(file.getKey(), () -> MaskFiles.read(mask, classes, null));
    }
    Random random = new Random(5);
    for (int turn = 0; turn < 800; turn++) {
      byte[] some = fine.clone();
      some[random.nextInt(some.length)] = (byte) random.nextInt(256);
      some[random.nextInt(some.length)] = (byte) random.nextInt(256);
      Files.write(mask, some);
      long before = memory.getCurrentThreadAllocatedBytes();
      try {
        MaskFiles.read(mask, classes, null);
      } catch (DatasetException e) {
        assertEquals(1, String.valueOf(e.getMessage()).lines().count(), e.getMessage());
      }
      assertTrue(memory.getCurrentThreadAllocatedBytes() - before < BOUND, "turn " + turn);
    }
  }

  /** Trees of HDF5 whose nodes are their own children, and a shape with a small compressed chunk. */
  @Test
  void treesThatGoRoundAreRefused() throws IOException {
    int found = 0;
    for (String name : new String[] {"gzip.npy.h5", "plain.npy.h5", "shuffle.npy.h5"}) {
      byte[] file = Files.readAllBytes(NiftiTest.FILES.resolve(name));
      for (int i = 0; i + 80 < file.length; i++) {
        if (file[i] == 'T' && file[i + 1] == 'R' && file[i + 2] == 'E' && file[i + 3] == 'E') {
          byte[] round = file.clone();
          boolean chunks = file[i + 4] == 1;
          round[i + 5] = 1;
          ByteBuffer.wrap(round).order(ByteOrder.LITTLE_ENDIAN).putLong(i + 24 + (chunks ? 40 : 8), i);
          Path path = folder.resolve("case.npy.h5");
          Files.write(path, round);
          found++;
          refused(name + ", tree at " + i, () -> SynapseFiles.read(path, 9));
        }
      }
    }
    assertTrue(found >= 5, found + " trees");
  }

  @Test
  void anArchiveThatGrowsIsRefused() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setLevel(Deflater.BEST_SPEED);
      for (String name : List.of("image.npy", "label.npy")) {
        zip.putNextEntry(new ZipEntry(name));
        String text = "{'descr': '<f4', 'fortran_order': False, 'shape': (9000, 9000), }";
        text += " ".repeat((64 - (text.length() + 11) % 64) % 64) + "\n";
        zip.write(bytes(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, text.length(), 0));
        zip.write(text.getBytes(StandardCharsets.US_ASCII));
        byte[] block = new byte[1 << 20];
        for (long left = 4L * 9000 * 9000; left > 0; left -= block.length) {
          zip.write(block, 0, (int) Math.min(left, block.length));
        }
        zip.closeEntry();
      }
    }
    Path path = folder.resolve("bomb.npz");
    Files.write(path, out.toByteArray());
    refused("bomb", () -> SynapseFiles.read(path, 9));
  }
}
