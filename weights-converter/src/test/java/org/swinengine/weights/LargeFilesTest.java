package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of more than 4 GB, most of them holes on the disk, read by a JVM with a heap of 64 MB. */
class LargeFilesTest {
  private static final int PARTS = 18;
  private static final long PART_BYTES = 256L << 20;
  private static final byte[] ZEROS = new byte[1 << 20];
  private static final float[] LAST = {1.5f, -2, 3};
  @TempDir
  private Path folder;

  /** The child: opens the file named, and prints its size in elements and the tensor {@code last}. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) {
      StateDict dict = WeightFiles.read(Path.of(arguments[0]));
      long elements = dict.arrays().values().stream().mapToLong(ArrayData::count).sum();
      System.out.println(elements + " " + Arrays.toString(dict.get("last").toFloats()));
    }
  }

  private static String readInSmallHeap(Path file) throws IOException, InterruptedException {
    Process child =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                file.toString()))
            .redirectErrorStream(true)
            .start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(true, child.waitFor(60, TimeUnit.SECONDS));
    return output.strip();
  }

  private static byte[] last() {
    return ZipWriter.floats(LAST);
  }

  private static String expected() {
    return PARTS * PART_BYTES / 4 + LAST.length + " " + Arrays.toString(LAST);
  }

  @Test
  void safetensors() throws Exception {
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < PARTS; i++) {
      header.append(entry("part" + i, PART_BYTES / 4, i * PART_BYTES)).append(", ");
    }
    byte[] json =
        header.append(entry("last", LAST.length, PARTS * PART_BYTES)).append("}").toString()
            .getBytes(StandardCharsets.UTF_8);
    Path path = folder.resolve("large.safetensors");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
      file.write(json);
      file.seek(file.getFilePointer() + PARTS * PART_BYTES);
      file.write(last());
    }
    assertEquals(expected(), readInSmallHeap(path));
  }

  private static String entry(String name, long elements, long begin) {
    return String.format(
        "\"%s\": {\"dtype\": \"F32\", \"shape\": [%d], \"data_offsets\": [%d, %d]}", name, elements, begin,
        begin + 4 * elements);
  }

  /** A zip archive with offsets, and one entry, beyond 4 GB. */
  @Test
  void pth() throws Exception {
    long elements = PARTS * PART_BYTES / 4;
    PickleWriter pickle = new PickleWriter().raw("}(");
    pickle.text("large").tensor("FloatStorage", "0", elements, 0, new long[] {elements}, new long[] {1});
    pickle.text("last").tensor("FloatStorage", "1", LAST.length, 0, new long[] {LAST.length}, new long[] {1});
    Path path = folder.resolve("large.pth");
    try (ZipOutputStream zip = new ZipOutputStream(new Holes(path))) {
      zip.setMethod(ZipOutputStream.STORED);
      stored(zip, "archive/data/0", PARTS * PART_BYTES, ZEROS);
      byte[] bytes = pickle.raw("u").stop();
      stored(zip, "archive/data.pkl", bytes.length, bytes);
      stored(zip, "archive/data/1", last().length, last());
      stored(zip, "archive/version", 2, "3\n".getBytes(StandardCharsets.US_ASCII));
    }
    assertEquals(expected(), readInSmallHeap(path));
  }

  /** The same bytes over and over, up to a size. */
  private static void stored(ZipOutputStream zip, String name, long size, byte[] bytes) throws IOException {
    CRC32 crc = new CRC32();
    for (long done = 0; done < size; done += bytes.length) {
      crc.update(bytes);
    }
    ZipEntry entry = new ZipEntry(name);
    entry.setSize(size);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    for (long done = 0; done < size; done += bytes.length) {
      zip.write(bytes, 0, bytes.length);
    }
    zip.closeEntry();
  }

  /** Leaves a hole instead of the zeros. */
  private static final class Holes extends OutputStream {
    private final RandomAccessFile file;

    Holes(Path path) throws IOException {
      file = new RandomAccessFile(path.toFile(), "rw");
    }

    @Override
    public void write(int b) throws IOException {
      file.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (bytes == ZEROS) {
        file.seek(file.getFilePointer() + length);
      } else {
        file.write(bytes, offset, length);
      }
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
