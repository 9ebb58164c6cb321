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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.function.Executable;
import org.swinengine.data.DatasetException;

/** Files that lie, end too early or would not fit: each ends in one sentence, within bounded memory. */
class MalformedFilesTest {
  /** What reading a file of a few kilobytes may allocate: buffers and a library's classes. */
  private static final long BOUND = 96L << 20;

  @TempDir
  Path folder;

  private final com.sun.management.ThreadMXBean memory =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private void refused(String name, Executable read) {
    long before = memory.getCurrentThreadAllocatedBytes();
    DatasetException e = assertThrows(DatasetException.class, read, name);
    long taken = memory.getCurrentThreadAllocatedBytes() - before;
    String message = String.valueOf(e.getMessage());
    assertEquals(1, message.lines().count(), message);
    assertTrue(message.contains(folder.toString()) && message.endsWith("."), name + ": " + message);
    assertTrue(taken < BOUND, name + " took " + taken + " bytes");
  }

  private static byte[] header(Consumer<ByteBuffer> change) throws IOException {
    byte[] bytes = Files.readAllBytes(NiftiTest.FILES.resolve("scaled.nii"));
    change.accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    return bytes;
  }

  private static byte[] gzip(byte[] bytes, long zeros) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
      byte[] block = new byte[1 << 16];
      for (long left = zeros; left > 0; left -= block.length) {
        gzip.write(block);
      }
    }
    return out.toByteArray();
  }

  @Test
  void volumesThatLieAreRefused() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    byte[] good = header(b -> {});
    for (int length : new int[] {0, 3, 100, 347, 348, 352, good.length - 1}) {
      files.put("cut at " + length, Arrays.copyOf(good, length));
    }
    for (int rank : new int[] {-1, 0, 1, 8, 30_000}) {
      files.put("rank " + rank, header(b -> b.putShort(40, (short) rank)));
    }
    for (int length : new int[] {-1, 0, 32_767, -32_768}) {
      files.put("length " + length, header(b -> b.putShort(44, (short) length)));
    }
    files.put("huge", header(b -> b.putShort(42, (short) 32_767).putShort(44, (short) 32_767).putShort(
        46, (short) 32_767)));
    files.put("five axes", header(b -> b.putShort(40, (short) 5).putShort(50, (short) 2)));
    for (int type : new int[] {0, 1, 32, 128, 1536, 1792, 2304, 9999, -4}) {
      files.put("type " + type, header(b -> b.putShort(70, (short) type)));
    }
    files.put("bits", header(b -> b.putShort(72, (short) 8)));
    files.put("wider", header(b -> b.putShort(70, (short) 64).putShort(72, (short) 64)));
    for (float offset : new float[] {-1, 10, 351, 352.5f, 1e9f, 1e30f, Float.NaN, Float.POSITIVE_INFINITY}) {
      files.put("offset " + offset, header(b -> b.putFloat(108, offset)));
    }
    files.put("intercept", header(b -> b.putFloat(116, Float.NaN)));
    files.put("affine NaN", header(b -> b.putFloat(280, Float.NaN)));
    files.put("affine infinite", header(b -> b.putFloat(292, Float.POSITIVE_INFINITY)));
    files.put("affine zero", header(b -> {
      for (int i = 0; i < 12; i++) {
        b.putFloat(280 + 4 * i, 0);
      }
    }));
    Consumer<ByteBuffer> quaternion = b -> b.putShort(254, (short) 0).putShort(252, (short) 1);
    files.put("quaternion", header(quaternion.andThen(b -> b.putFloat(256, 3))));
    files.put("quaternion NaN", header(quaternion.andThen(b -> b.putFloat(260, Float.NaN))));
    for (float spacing : new float[] {0, Float.NaN, Float.POSITIVE_INFINITY}) {
      files.put("spacing " + spacing, header(quaternion.andThen(b -> b.putFloat(84, spacing))));
      files.put(
          "plain spacing " + spacing,
          header(b -> b.putShort(254, (short) 0).putShort(252, (short) 0).putFloat(88, spacing)));
    }
    files.put("Analyze", header(b -> b.putInt(344, 0)));
    files.put("pair", header(b -> b.put(345, (byte) 'i')));
    files.put("picture",
        "\u0089PNG and more than three hundred bytes".repeat(20).getBytes(StandardCharsets.UTF_8));
    files.put("gzip cut", Arrays.copyOf(gzip(good, 0), 150));
    files.put("gzip head", new byte[] {0x1F, (byte) 0x8B});
    files.put("gzip of nothing", gzip(new byte[0], 0));
    byte[] damaged = gzip(good, 0);
    damaged[60] ^= 0x55;
    damaged[61] ^= 0x2A;
    files.put("gzip damaged", damaged);
    Consumer<ByteBuffer> large = b -> b.putShort(42, (short) 700).putShort(44, (short) 700).putShort(
        46, (short) 700);
    files.put("gzip lies", gzip(header(large), 0));
    files.put("gzip bomb", gzip(header(large), 687_000_000));
    assertTrue(files.size() > 50, files.size() + " files");
    for (long length : new long[] {-1, 0, Long.MAX_VALUE, 1L << 40, Long.MIN_VALUE}) {
      byte[] copy = nifti2();
      ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN).putLong(24, length).putLong(32, length);
      files.put("NIfTI-2 length " + length, copy);
    }
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path path = folder.resolve("volume.nii.gz");
      Files.write(path, file.getValue());
      refused(file.getKey(), () -> Nifti.read(path));
    }
    refused("none", () -> Nifti.read(folder.resolve("none.nii")));
    refused("folder", () -> Nifti.read(folder));
  }

  private static byte[] nifti2() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(600).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(0, 540).put(4, new byte[] {'n', '+', '2', 0, 13, 10, 26, 10});
    bytes.putShort(12, (short) 2).putShort(14, (short) 8).putLong(16, 3).putLong(24, 2).putLong(32, 2)
        .putLong(40, 2);
    for (int axis = 0; axis < 4; axis++) {
      bytes.putDouble(104 + 8 * axis, 1);
    }
    return bytes.array();
  }

  private static byte[] npy(String type, String shape, int bytes) {
    String text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
    text += " ".repeat((64 - (text.length() + 11) % 64) % 64) + "\n";
    ByteBuffer out = ByteBuffer.allocate(10 + text.length() + bytes).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.ISO_8859_1)).put((byte) 1).put((byte) 0);
    out.putShort((short) text.length()).put(text.getBytes(StandardCharsets.ISO_8859_1));
    return out.array();
  }

  private static byte[] npz(Map<String, byte[]> arrays) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setLevel(Deflater.BEST_COMPRESSION);
      for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
        CRC32 crc = new CRC32();
        crc.update(array.getValue());
        zip.putNextEntry(new ZipEntry(array.getKey()));
        zip.write(array.getValue());
        zip.closeEntry();
      }
    }
    return out.toByteArray();
  }

  private static byte[] npz(byte[] image, byte[] label) throws IOException {
    return npz(Map.of("image.npy", image, "label.npy", label));
  }

  @Test
  void slicesThatLieAreRefused() throws IOException {
    byte[] image = npy("<f4", "(2, 3)", 24);
    byte[] label = npy("|u1", "(2, 3)", 6);
    byte[] good = npz(image, label);
    List<byte[]> files = new ArrayList<>();
    files.add(new byte[0]);
    files.add(Arrays.copyOf(good, 40));
    files.add(Arrays.copyOf(good, good.length - 5));
    files.add(npz(Map.of("image.npy", image)));
    files.add(npz(Map.of("label.npy", label)));
    files.add(npz(Map.of("text.txt", label)));
    files.add(npz(npy("<f4", "(6,)", 24), npy("|u1", "(6,)", 6)));
    files.add(npz(npy("<f4", "(1, 1, 2, 3)", 24), npy("|u1", "(1, 1, 2, 3)", 6)));
    files.add(npz(image, npy("|u1", "(3, 2)", 6)));
    files.add(npz(npy("<f4", "(0, 3)", 0), npy("|u1", "(0, 3)", 0)));
    files.add(npz(npy("<f4", "(2, -3)", 24), label));
    files.add(npz(npy("<f4", "(2, 3000000000)", 24), label));
    files.add(npz(npy("<f4", "(9223372036854775807, 3)", 24), label));
    files.add(npz(npy("<c8", "(2, 3)", 48), label));
    files.add(npz(npy("|O", "(2, 3)", 48), label));
    files.add(npz(npy("<f4", "(20000, 20000)", 24), npy("|u1", "(20000, 20000)", 6)));
    byte[] wrong = npy("|u1", "(2, 3)", 6);
    wrong[wrong.length - 2] = 9;
    files.add(npz(image, wrong));
    byte[] nan = npy("<f4", "(2, 3)", 24);
    ByteBuffer.wrap(nan).order(ByteOrder.LITTLE_ENDIAN).putFloat(nan.length - 4, Float.NaN);
    files.add(npz(image, nan));
    for (int i = 0; i < files.size(); i++) {
      Path path = folder.resolve("slice.npz");
      Files.write(path, files.get(i));
      refused("npz " + i, () -> SynapseFiles.read(path, 9));
    }
    refused("none", () -> SynapseFiles.read(folder.resolve("none.npz"), 9));
    refused("folder", () -> SynapseFiles.read(folder, 9));
  }

  @Test
  void volumesInHdf5ThatLieAreRefused() throws IOException {
    for (String name : new String[] {"plain.npy.h5", "gzip.npy.h5", "plain-latest.npy.h5",
      "gzip-latest.npy.h5"}) {
      byte[] good = Files.readAllBytes(NiftiTest.FILES.resolve(name));
      Path path = folder.resolve("case.npy.h5");
      for (long[] shape : new long[][] {
        {1L << 40, 4, 5}, {100_000, 100_000, 5}, {30_000, 300, 300}, {Long.MAX_VALUE, 3, 3}, {-1, 4, 5},
        {0, 4, 5}, {3, 0x7FFF_FFFF, 0x7FFF_FFFF}}) {
        Files.write(path, reshaped(good, shape));
        refused(name + " " + Arrays.toString(shape), () -> SynapseFiles.read(path, 9));
      }
      for (int length = 8; length < good.length / 2; length += good.length / 7) {
        Files.write(path, Arrays.copyOf(good, length));
        refused(name + " cut at " + length, () -> SynapseFiles.read(path, 9));
      }
      Files.write(path, new String(good, StandardCharsets.ISO_8859_1).replace("label", "other").getBytes(
          StandardCharsets.ISO_8859_1));
      refused(name + " without labels", () -> SynapseFiles.read(path, 9));
    }
  }

  /** Each size of the shape (3, 4, 5), wherever it stands. */
  private static byte[] reshaped(byte[] file, long[] shape) {
    ByteBuffer bytes = ByteBuffer.wrap(file.clone()).order(ByteOrder.LITTLE_ENDIAN);
    int found = 0;
    for (int at = 0; at + 24 <= file.length; at++) {
      if (bytes.getLong(at) == 3 && bytes.getLong(at + 8) == 4 && bytes.getLong(at + 16) == 5) {
        for (int axis = 0; axis < 3; axis++) {
          bytes.putLong(at + 8 * axis, shape[axis]);
        }
        found++;
      }
    }
    assertTrue(found >= 2, found + " shapes");
    return bytes.array();
  }

  /** Whatever is flipped, the file is read or named in a sentence, and takes no more memory than it may. */
  @Test
  void damagedFilesAreReadOrRefused() throws IOException {
    Random random = new Random(7);
    for (String name : new String[] {"plain.npy.h5", "shuffle.npy.h5", "lzf.npy.h5", "gzip-latest.npy.h5",
      "slice-compressed.npz", "scaled.nii.gz", "qform.nii"}) {
      byte[] good = Files.readAllBytes(NiftiTest.FILES.resolve(name));
      for (int turn = 0; turn < 150; turn++) {
        byte[] damaged = good.clone();
        for (int i = 0; i < 1 + turn % 4; i++) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        Path path = folder.resolve(name);
        Files.write(path, damaged);
        long before = memory.getCurrentThreadAllocatedBytes();
        try {
          if (name.contains(".nii")) {
            Nifti.read(path);
          } else {
            SynapseFiles.read(path, 9);
          }
        } catch (DatasetException e) {
          assertEquals(1, String.valueOf(e.getMessage()).lines().count(), e.getMessage());
        }
        long taken = memory.getCurrentThreadAllocatedBytes() - before;
        assertTrue(taken < BOUND, name + ", turn " + turn + ", took " + taken + " bytes");
      }
    }
  }

  /** While another program cuts it off and writes it anew. */
  @Test
  void aFileThatIsBeingWrittenIsReadOrRefused() throws Exception {
    byte[] good = Files.readAllBytes(NiftiTest.FILES.resolve("gzip-latest.npy.h5"));
    Path path = folder.resolve("written.npy.h5");
    Files.write(path, good);
    AtomicBoolean over = new AtomicBoolean();
    FutureTask<Void> writing = new FutureTask<>(() -> {
      while (!over.get()) {
        Files.write(path, new byte[0]);
        Files.write(path, good);
      }
      return null;
    });
    new Thread(writing).start();
    int read = 0;
    try {
      for (int turn = 0; turn < 2000; turn++) {
        try {
          SynapseFiles.read(path, 9);
          read++;
        } catch (DatasetException e) {
          assertEquals(1, String.valueOf(e.getMessage()).lines().count(), e.getMessage());
        }
      }
    } finally {
      over.set(true);
      writing.get();
    }
    assertTrue(read > 0, "it was never read whole");
  }
}
