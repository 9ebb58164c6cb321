package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data files: IDX, CIFAR, MedMNIST, and what is said about paths that hold none. */
class DatasetsTest {
  @TempDir
  Path folder;

  private DataSplits open() throws IOException {
    return Datasets.open(folder, DatasetOptions.DEFAULT);
  }

  private String failure(Path path) {
    return assertThrows(DatasetException.class, () -> Datasets.open(path,
        DatasetOptions.DEFAULT)).getMessage();
  }

  private static byte[] idx(byte[] data, int... shape) {
    ByteBuffer buffer = ByteBuffer.allocate(4 + 4 * shape.length + data.length);
    buffer.putInt(0x800 | shape.length);
    for (int size : shape) {
      buffer.putInt(size);
    }
    return buffer.put(data).array();
  }

  private static byte[] gzip(byte[] data) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(data);
    }
    return bytes.toByteArray();
  }

  /** Bytes 0, 1, 2, … */
  private static byte[] ramp(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }

  @Test
  void readsIdxPairsPlainAndCompressed() throws IOException {
    Files.write(folder.resolve("train-images-idx3-ubyte.gz"), gzip(idx(ramp(24), 4, 2, 3)));
    Files.write(folder.resolve("train-labels-idx1-ubyte"), idx(new byte[] {0, 1, 2, 0}, 4));
    Files.write(folder.resolve("t10k-images-idx3-ubyte"), idx(ramp(12), 2, 2, 3));
    Files.write(folder.resolve("t10k-labels-idx1-ubyte.gz"), gzip(idx(new byte[] {2, 1}, 2)));
    DataSplits splits = open();
    assertEquals(4, splits.train().size());
    assertEquals(List.of("0", "1", "2"), splits.classNames());
    RawImage image = splits.train().load(1);
    assertEquals(List.of(2, 3, 1), List.of(image.height(), image.width(), image.channels()));
    assertArrayEquals(new byte[] {6, 7, 8, 9, 10, 11}, image.pixels());
    assertEquals(2, splits.train().label(2));
    assertEquals(2, splits.validation().size());
    assertEquals(2, splits.validation().label(0));
    assertTrue(splits.test().isEmpty());
  }

  @Test
  void setsAPartOfIdxDataAside() throws IOException {
    Files.write(folder.resolve("train-images.idx3-ubyte"), idx(ramp(20), 20, 1, 1));
    byte[] labels = new byte[20];
    Arrays.fill(labels, 10, 20, (byte) 1);
    Files.write(folder.resolve("train-labels.idx1-ubyte"), idx(labels, 20));
    DataSplits splits = open();
    assertEquals(16, splits.train().size());
    assertEquals(4, splits.validation().size());
    for (Dataset part : List.of(splits.train(), splits.validation())) {
      for (int i = 0; i < part.size(); i++) {
        int original = part.load(i).pixels()[0];
        assertEquals(original / 10, part.label(i));
        assertEquals("train[" + original + "]", part.name(i));
      }
    }
  }

  @Test
  void damagedIdxFilesAreNamed() throws IOException {
    Path images = folder.resolve("train-images-idx3-ubyte");
    Files.write(images, idx(ramp(23), 4, 2, 3));
    String message = failure(folder);
    assertTrue(message.contains("train-images-idx3-ubyte has no labels beside it"), message);
    Files.write(folder.resolve("train-labels-idx1-ubyte"), idx(ramp(4), 4));
    message = failure(folder);
    assertTrue(message.contains("promises 24 bytes, it has 23"), message);
    Files.write(images, idx(ramp(18), 3, 2, 3));
    message = failure(folder);
    assertTrue(message.contains("do not belong together"), message);
    byte[] compressed = gzip(idx(ramp(24), 4, 2, 3));
    Files.write(images, Arrays.copyOf(compressed, compressed.length / 2));
    assertTrue(failure(folder).contains("ends too early"), failure(folder));
    Files.write(images, idx(new byte[0], 2_000_000_000, 2, 3));
    assertTrue(failure(folder).contains("2 GiB"), failure(folder));
    Files.write(images, "hello, world".getBytes(StandardCharsets.US_ASCII));
    assertTrue(failure(folder).contains("is no IDX file"), failure(folder));
  }

  /** To be measured on they will do, to learn from they will not. */
  @Test
  void testPartsAlone() throws IOException {
    Path idx = Files.createDirectory(folder.resolve("idx"));
    Files.write(idx.resolve("t10k-images-idx3-ubyte"), idx(ramp(12), 2, 2, 3));
    Files.write(idx.resolve("t10k-labels-idx1-ubyte.gz"), gzip(idx(new byte[] {2, 1}, 2)));
    Path cifar = Files.createDirectory(folder.resolve("cifar"));
    Files.write(cifar.resolve("test_batch.bin"), cifarRecord(10, 11, 12, 3));
    Path file =
        npz(
            "test_images", npy("|u1", "(2, 2, 1, 3)", ramp(12)), "test_labels",
            npy("<f4", "(2, 1)", new byte[] {0, 0, 0, 0, 0, 0, (byte) 0x80, 63}));
    for (Path path : List.of(idx, cifar, file)) {
      assertTrue(failure(path).contains("test images alone") || failure(path).contains("test part alone")
          || failure(path).contains("no array train_images"), failure(path));
      LabelledData found = LabelledData.at(path);
      assertEquals(java.util.Set.of(DataPart.TEST), found.parts());
      Dataset test = found.part(DataPart.TEST);
      assertEquals(path.equals(cifar) ? 1 : 2, test.size());
      assertEquals(path.equals(cifar) ? 3 : path.equals(idx) ? 2 : 0, test.label(0));
    }
    Files.write(idx.resolve("train-images-idx3-ubyte"), idx(ramp(24), 4, 2, 3));
    Files.write(idx.resolve("train-labels-idx1-ubyte"), idx(new byte[] {0, 1, 2, 0}, 4));
    Dataset all = LabelledData.at(idx).all();
    assertEquals(6, all.size());
    assertEquals("test[1]", all.name(5));
    assertEquals(1, all.label(5));
    assertArrayEquals(new byte[] {6, 7, 8, 9, 10, 11}, all.load(5).pixels());
    assertEquals(6, all.fingerprint().orElseThrow().contents().length);
  }

  private static byte[] cifarRecord(int red, int green, int blue, int... labels) {
    byte[] record = new byte[labels.length + 3072];
    for (int i = 0; i < labels.length; i++) {
      record[i] = (byte) labels[i];
    }
    Arrays.fill(record, labels.length, labels.length + 1024, (byte) red);
    Arrays.fill(record, labels.length + 1024, labels.length + 2048, (byte) green);
    Arrays.fill(record, labels.length + 2048, labels.length + 3072, (byte) blue);
    record[record.length - 1] = 99;
    return record;
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  @Test
  void readsCifar10() throws IOException {
    Path inner = Files.createDirectory(folder.resolve("cifar-10-batches-bin"));
    Files.write(inner.resolve("data_batch_1.bin"), join(cifarRecord(1, 2, 3, 6), cifarRecord(4, 5, 6, 9)));
    Files.write(inner.resolve("data_batch_2.bin"), cifarRecord(7, 8, 9, 0));
    Files.write(inner.resolve("test_batch.bin"), cifarRecord(10, 11, 12, 3));
    Files.writeString(
        inner.resolve("batches.meta.txt"),
        "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n");
    DataSplits splits = open();
    assertEquals(3, splits.train().size());
    assertEquals("frog", splits.classNames().get(splits.train().label(0)));
    byte[] pixels = splits.train().load(2).pixels();
    assertArrayEquals(new byte[] {7, 8, 9, 7, 8, 9}, Arrays.copyOf(pixels, 6));
    assertArrayEquals(new byte[] {7, 8, 99}, Arrays.copyOfRange(pixels, 3069, 3072));
    assertEquals(3, splits.validation().label(0));
    Files.write(inner.resolve("test_batch.bin"), new byte[3000]);
    assertTrue(failure(folder).contains("3000 bytes, which is no multiple of 3073"), failure(folder));
    Files.write(inner.resolve("test_batch.bin"), cifarRecord(10, 11, 12, 10));
    assertTrue(failure(folder).contains("label 10"), failure(folder));
  }

  @Test
  void readsTheFineLabelsOfCifar100() throws IOException {
    Files.write(folder.resolve("train.bin"), join(cifarRecord(1, 2, 3, 19, 99), cifarRecord(4, 5, 6, 3, 7)));
    Files.write(folder.resolve("test.bin"), cifarRecord(7, 8, 9, 1, 50));
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      names.append("class").append(i).append('\n');
    }
    Files.writeString(folder.resolve("fine_label_names.txt"), names);
    DataSplits splits = open();
    assertEquals(99, splits.train().label(0));
    assertEquals("class50", splits.classNames().get(splits.validation().label(0)));
    assertEquals(3, splits.train().load(0).pixels()[2]);
  }

  private static byte[] npy(String type, String shape, byte[] data) {
    String header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
    ByteBuffer buffer = ByteBuffer.allocate(10 + header.length() + data.length);
    buffer.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    buffer.put((byte) header.length()).put((byte) 0);
    return buffer.put(header.getBytes(StandardCharsets.US_ASCII)).put(data).array();
  }

  private Path npz(Object... namesAndArrays) throws IOException {
    Path file = folder.resolve("some.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i < namesAndArrays.length; i += 2) {
        zip.putNextEntry(new ZipEntry(namesAndArrays[i] + ".npy"));
        zip.write((byte[]) namesAndArrays[i + 1]);
      }
    }
    return file;
  }

  @Test
  void readsMedMnist() throws IOException {
    byte[] labels2 = npy("|u1", "(2, 1)", new byte[] {0, 1});
    byte[] labels1 = npy("|u1", "(1, 1)", new byte[] {1});
    Path file =
        npz(
            "train_images", npy("|u1", "(2, 2, 1, 3)", ramp(12)), "train_labels", labels2,
            "val_images", npy("|u1", "(1, 2, 1, 3)", ramp(6)), "val_labels", labels1,
            "test_images", npy("|u1", "(2, 2, 1, 3)", ramp(12)), "test_labels", labels2);
    for (Path path : List.of(file, folder)) {
      DataSplits splits = Datasets.open(path, DatasetOptions.DEFAULT);
      assertEquals(List.of("0", "1"), splits.classNames());
      RawImage image = splits.train().load(1);
      assertEquals(List.of(2, 1, 3), List.of(image.height(), image.width(), image.channels()));
      assertArrayEquals(new byte[] {6, 7, 8, 9, 10, 11}, image.pixels());
      assertEquals(1, splits.validation().label(0));
      assertEquals(2, splits.test().orElseThrow().size());
    }
  }

  @Test
  void medMnistFilesOfOtherKindsAreRefused() throws IOException {
    byte[] grey = npy("|u1", "(2, 1, 1)", ramp(2));
    byte[] labels = npy("|u1", "(2, 1)", new byte[] {0, 1});
    npz("train_images", grey, "train_labels", npy("|u1", "(2, 2)", ramp(4)), "val_images", grey, "val_labels",
        labels);
    assertTrue(failure(folder).contains("several labels each"), failure(folder));
    npz("train_images", npy("|u1", "(2, 1, 1, 1)", ramp(2)), "train_labels", labels, "val_images", grey,
        "val_labels", labels);
    assertTrue(failure(folder).contains("volumes cannot be used"), failure(folder));
    npz("train_images", npy("<f4", "(2, 1, 1)", ramp(8)), "train_labels", labels, "val_images", grey,
        "val_labels", labels);
    assertTrue(failure(folder).contains("type F32"), failure(folder));
    npz("train_images", grey, "train_labels", npy("<i4", "(2, 1)", new byte[] {0, 0, 0, 0, 0, 0, 0, 127}),
        "val_images", grey, "val_labels", labels);
    assertTrue(failure(folder).contains("image 1 has label 2130706432"), failure(folder));
    npz("x", grey);
    assertTrue(failure(folder).contains("no array train_images") && failure(folder).contains("[x]"),
        failure(folder));
    Files.write(folder.resolve("some.npz"), ramp(50));
    assertTrue(failure(folder).contains("some.npz"), failure(folder));
  }

  @Test
  void saysWhatIsMissing() throws IOException {
    String message = failure(folder.resolve("nowhere"));
    assertTrue(message.contains("nowhere does not exist"), message);
    message = failure(folder);
    assertTrue(message.contains("is empty") && message.contains("a folder per class"), message);
    Path notes = Files.writeString(folder.resolve("notes.txt"), "x");
    message = failure(folder);
    assertTrue(message.contains("holds no data set, only notes.txt"), message);
    message = failure(notes);
    assertTrue(message.contains("is a file, but not a data set"), message);
  }

  @Test
  void oneClassIsNotEnough() throws IOException {
    Files.write(folder.resolve("train-images-idx3-ubyte"), idx(ramp(4), 4, 1, 1));
    Files.write(folder.resolve("train-labels-idx1-ubyte"), idx(new byte[] {1, 1, 1, 1}, 4));
    assertTrue(failure(folder).contains("all of one class (1)"), failure(folder));
  }
}
