package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.list.LabelList;
import org.swinengine.data.list.ListColumns;
import org.swinengine.weights.PickleFile;
import org.swinengine.weights.WeightFileException;

/**
 * Whatever their bytes are, files of data are read or refused with a sentence, and nothing is allocated that
 * they cannot fill: what a reader takes is bounded by the size of its file.
 */
class DamagedFilesTest {
  /** Decoders and zip archives of the JDK have buffers of some hundred kilobytes. */
  private static final long BUFFERS = 4 << 20;

  /** Deflated bytes may grow a thousandfold, and be held three times on their way. */
  private static final long MOST_TIMES = 3 * 1040;

  @TempDir
  Path folder;

  /** Reads a file; returns if it could. */
  private interface Reading {
    void read(Path file) throws IOException;
  }

  private void fuzz(String name, byte[] sound, long seed, int rounds, Reading reading) throws IOException {
    fuzz(name, sound, seed, rounds, BUFFERS, reading);
  }

  private void fuzz(
      String name, byte[] sound, long seed, int rounds, long buffers, Reading reading) throws IOException {
    Random random = new Random(seed);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int[] read = new int[2];
    Path file = folder.resolve(name);
    Files.write(file, sound);
    reading.read(file);
    // On this thread, so that what it allocates can be counted.
    long until = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    for (int round = 0; round < rounds; round++) {
      byte[] bytes = sound.clone();
      for (int times = 1 + random.nextInt(3); times > 0; times--) {
        int at = random.nextInt(3) == 0 ? random.nextInt(bytes.length)
            : random.nextInt(Math.min(200,
                bytes.length));
        bytes[at] = (byte) (random.nextBoolean() ? random.nextInt() : random.nextBoolean() ? 127 : 255);
      }
      if (random.nextInt(6) == 0) {
        bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      }
      Files.write(file, bytes);
      long before = threads.getCurrentThreadAllocatedBytes();
      try {
        reading.read(file);
        read[0]++;
      } catch (IOException | WeightFileException e) {
        read[1]++;
      }
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      assertTrue(
          allocated < buffers + MOST_TIMES * bytes.length,
          name + ", round " + round + ": " + allocated + " bytes for a file of " + bytes.length);
      assertTrue(System.nanoTime() < until, name + " takes too long");
    }
    assertTrue(
        read[0] > 0 && read[1] > rounds / 10, name + ": " + read[0] + " read, " + read[1] + " refused");
  }

  private static byte[] npy(String type, String shape, byte[] data) {
    String header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
    ByteBuffer buffer = ByteBuffer.allocate(10 + header.length() + data.length);
    buffer.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    buffer.put((byte) header.length()).put((byte) 0);
    return buffer.put(header.getBytes(StandardCharsets.US_ASCII)).put(data).array();
  }

  private static byte[] npz(int method) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setLevel(method);
      for (String part : new String[] {"train", "val"}) {
        zip.putNextEntry(new ZipEntry(part + "_images.npy"));
        zip.write(npy("|u1", "(4, 3, 3)", new byte[36]));
        zip.putNextEntry(new ZipEntry(part + "_labels.npy"));
        zip.write(npy("|u1", "(4, 1)", new byte[] {0, 1, 0, 1}));
      }
    }
    return out.toByteArray();
  }

  @Test
  void medMnist() throws IOException {
    fuzz("x.npz", npz(9), 1, 1500, file -> Datasets.open(file, DatasetOptions.DEFAULT));
    fuzz("y.npz", npz(0), 2, 1500, file -> Datasets.open(file, DatasetOptions.DEFAULT));
  }

  @Test
  void idx() throws IOException {
    byte[] images = ByteBuffer.allocate(16 + 36).putInt(0x803).putInt(4).putInt(3).putInt(3).array();
    fuzz("images", images, 3, 2000, IdxFile::read);
  }

  @Test
  void cifarPickles() throws IOException {
    fuzz("batch", TestImages.resource("cifar/test.pickle"), 4, 2000, PickleFile::read);
  }

  @Test
  void lists() throws IOException {
    byte[] list = "path,label,group\nimages/1.png,a,\"p 1\"\nimages/2.png,b|c,p2\n".getBytes(
        StandardCharsets.UTF_8);
    fuzz("list.csv", list, 5, 2000, file -> LabelList.read(file, ListColumns.USUAL));
    byte[] lines = "{\"file\": \"1.png\", \"label\": [\"a\", 3]}\n{\"file\": \"2.png\", \"label\": \"b\"}\n"
        .getBytes(StandardCharsets.UTF_8);
    fuzz("list.jsonl", lines, 6, 2000, file -> LabelList.read(file, ListColumns.USUAL));
  }

  /** Readers of the JDK's kind make arrays for tags that a file states; the picture itself is bounded. */
  @Test
  void pictures() throws IOException {
    long bound = Runtime.getRuntime().maxMemory() / 4;
    for (String name : new String[] {"rgb.tif", "cmyk.tif", "rgb.bmp", "palette.gif", "rgba.png"}) {
      fuzz(name, TestImages.resource(name), 7, 300, bound, file -> ImageDecoder.decode(file));
    }
  }

  /** A picture that its file cannot be, uncompressed and deflated, is refused for that. */
  @Test
  void picturesOfStatedSizes() throws IOException {
    for (String name : new String[] {"rgb.tif", "rgba.png", "rgb.bmp"}) {
      byte[] file = TestImages.resource(name);
      RawImage sound = ImageDecoder.decode(file);
      assertTrue(sound.width() < 256 && sound.height() < 256);
      UnreadableImageException refused =
          assertThrows(UnreadableImageException.class, () -> PictureBytes.require(file, 12_000, 12_000));
      assertTrue(String.valueOf(refused.getMessage()).contains("more than a file of"), name);
      PictureBytes.require(file, sound.width(), sound.height());
    }
  }

  @Test
  void archivesOfPictures() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (String name : new String[] {"a/1.png", "b/2.png"}) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(TestImages.resource("grey-alpha.png"));
      }
    }
    byte[] bytes = out.toByteArray();
    assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
      Random random = new Random(8);
      int refused = 0;
      for (int round = 0; round < 300; round++) {
        byte[] damaged = bytes.clone();
        for (int times = 0; times < 3; times++) {
          // The central directory is at the end.
          int at = damaged.length - 1 - random.nextInt(Math.min(200, damaged.length));
          damaged[at] = (byte) (random.nextBoolean() ? random.nextInt() : 127);
        }
        Path file = folder.resolve(round + ".zip");
        Files.write(file, damaged);
        try {
          LabelledData.at(file).all();
        } catch (IOException e) {
          refused++;
        }
      }
      assertTrue(refused > 30 && refused < 300, "refused " + refused);
    });
  }
}
