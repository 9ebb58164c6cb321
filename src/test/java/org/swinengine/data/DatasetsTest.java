package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import org.swinengine.data.list.ListColumns;

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
    DatasetOptions coarse =
        DatasetOptions.DEFAULT.withColumns(ListColumns.USUAL.withLabel("coarse_labels"));
    splits = Datasets.open(folder, coarse);
    assertEquals(20, splits.classNames().size());
    assertEquals(19, splits.train().label(0));
    assertEquals(1, splits.validation().label(0));
    DatasetOptions other = DatasetOptions.DEFAULT.withColumns(ListColumns.USUAL.withLabel("shade"));
    String message = assertThrows(DatasetException.class, () -> Datasets.open(folder, other)).getMessage();
    assertTrue(message.contains("coarse and fine labels, but `labelColumn` is shade"), message);
  }

  /** As Python 2 wrote the original files: arrays are texts of Latin letters. */
  private static byte[] pickle(String labelKey, int... labels) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(("\u0080\u0002}q\u0001(U\u0004dataq\u0002cnumpy.core.multiarray\n_reconstruct\nq\u0003cnumpy\n"
        + "ndarray\nq\u0004K\u0000\u0085U\u0001bq\u0005\u0087Rq\u0006(K\u0001K" + (char) labels.length
        + "M\u0000\u000c\u0086cnumpy\ndtype\nq\u0007U\u0002u1q\u0008K\u0000K\u0001\u0087Rq\u0009"
        + "(K\u0003U\u0001|NNN"
        + "J\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\u0000tb\u0089T")
        .getBytes(StandardCharsets.ISO_8859_1));
    byte[] pixels = new byte[3072 * labels.length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i / 1024 * 40 + i % 7);
    }
    int n = pixels.length;
    out.write(new byte[] {(byte) n, (byte) (n >> 8), (byte) (n >> 16), 0});
    out.write(pixels);
    StringBuilder rest = new StringBuilder("tbU" + (char) labelKey.length() + labelKey + "](");
    for (int label : labels) {
      rest.append('K').append((char) label);
    }
    out.write(rest.append("eu.").toString().getBytes(StandardCharsets.ISO_8859_1));
    return out.toByteArray();
  }

  @Test
  void readsThePicklesOfCifar() throws IOException {
    Path inner = Files.createDirectory(folder.resolve("cifar-10-batches-py"));
    Files.write(inner.resolve("data_batch_1"), pickle("labels", 6, 9));
    Files.write(inner.resolve("data_batch_2"), pickle("labels", 0));
    Files.write(inner.resolve("test_batch"), pickle("labels", 3));
    DataSplits splits = open();
    assertEquals(3, splits.train().size());
    assertEquals(9, splits.train().label(1));
    assertEquals(3, splits.validation().label(0));
    byte[] pixels = splits.train().load(1).pixels();
    // The second image's planes begin with the values 120, 160 and 200.
    assertArrayEquals(
        new byte[] {120 + 6, (byte) (160 + 0 + 4096 % 7), (byte) (200 + 5120 % 7)}, Arrays.copyOf(pixels, 3));
    assertArrayEquals(splits.train().load(0).pixels(), splits.validation().load(0).pixels());
    byte[] sound = pickle("labels", 3);
    Files.write(inner.resolve("test_batch"), Arrays.copyOf(sound, 500));
    assertTrue(failure(folder).contains("no pickle that can be read"), failure(folder));
    Files.write(inner.resolve("test_batch"), pickle("labels", 3, 11));
    assertTrue(failure(folder).contains("label 11"), failure(folder));
    Files.write(inner.resolve("test_batch"), pickle("fine_labels", 3));
    assertTrue(failure(folder).contains("has no labels"), failure(folder));
  }

  /** As NumPy 2 and Python 3 write them again: see pickles.py. */
  @Test
  void readsPicklesOfPython3() throws IOException {
    for (String name : List.of("train", "test", "meta")) {
      Files.write(folder.resolve(name), TestImages.resource("cifar/" + name + ".pickle"));
    }
    DataSplits splits = open();
    assertEquals("fine 42", splits.classNames().get(splits.train().label(1)));
    assertEquals("[0, 85, 170]", Arrays.toString(ints(splits.train().load(1).pixels(), 3)));
    DatasetOptions coarse = DatasetOptions.DEFAULT.withColumns(ListColumns.USUAL.withLabel("coarse"));
    splits = Datasets.open(folder, coarse);
    assertEquals("coarse 4", splits.classNames().get(splits.train().label(1)));
  }

  private static int[] ints(byte[] bytes, int count) {
    int[] values = new int[count];
    Arrays.setAll(values, i -> bytes[i] & 255);
    return values;
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

  /** As chestmnist has them: any number of classes an image. */
  @Test
  void readsMedMnistWithSeveralLabels() throws IOException {
    byte[] several = npy("|u1", "(3, 4)", new byte[] {0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0});
    byte[] one = npy("|u1", "(1, 4)", new byte[] {1, 1, 1, 1});
    npz(
        "train_images", npy("|u1", "(3, 1, 2)", ramp(6)), "train_labels", several,
        "val_images", npy("|u1", "(1, 1, 2)", ramp(2)), "val_labels", one);
    DataSplits splits = open();
    Dataset train = splits.train();
    assertEquals(List.of("0", "1", "2", "3"), splits.classNames());
    assertTrue(train.isMultiLabel());
    assertArrayEquals(new int[] {1, 3}, train.labels(0));
    assertArrayEquals(new int[0], train.labels(1));
    assertArrayEquals(new int[] {0, 1, 2, 3}, splits.validation().labels(0));
    Dataset view = DatasetView.of(train, new int[] {2, 0});
    assertTrue(view.isMultiLabel());
    assertArrayEquals(new int[] {1, 3}, view.labels(1));
    String message =
        assertThrows(IllegalArgumentException.class, () -> view.label(0)).getMessage();
    assertTrue(message.contains("images of several of its 4 classes"), message);
    String before = train.fingerprint().orElseThrow().digest();
    npz(
        "train_images", npy("|u1", "(3, 1, 2)", ramp(6)), "train_labels",
        npy("|u1", "(3, 4)", new byte[] {0, 1, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0}),
        "val_images", npy("|u1", "(1, 1, 2)", ramp(2)), "val_labels", one);
    assertFalse(before.equals(open().train().fingerprint().orElseThrow().digest()));
    assertArrayEquals(new int[] {1, 3}, LabelledData.at(folder).all().labels(0));
  }

  @Test
  void medMnistFilesOfOtherKindsAreRefused() throws IOException {
    byte[] grey = npy("|u1", "(2, 1, 1)", ramp(2));
    byte[] labels = npy("|u1", "(2, 1)", new byte[] {0, 1});
    npz("train_images", grey, "train_labels", npy("|u1", "(2, 2)", ramp(4)), "val_images", grey, "val_labels",
        labels);
    assertTrue(failure(folder).contains("image 1 has 2 for class 0, but zeros and ones"), failure(folder));
    npz("train_images", grey, "train_labels", npy("|u1", "(2, 1, 2)", ramp(4)), "val_images", grey,
        "val_labels",
        labels);
    assertTrue(failure(folder).contains("[n, classes] of zeros and ones"), failure(folder));
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
