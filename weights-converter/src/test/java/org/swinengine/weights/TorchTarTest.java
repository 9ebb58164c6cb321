package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.swinengine.weights.TestFiles.assertRefused;

import java.io.ByteArrayOutputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PyTorch's first format: a real file of 2017, and files that are made, sound and not. */
class TorchTarTest {
  @TempDir
  private Path folder;

  static Path real() {
    try {
      return Path.of(TorchTarTest.class.getResource("/tar/char-rnn-classification.pt").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Against the numbers that PyTorch 2.13 reads. */
  @Test
  void aModuleOfJanuary2017() {
    StateDict dict = WeightFiles.read(real());
    assertEquals(
        List.of("i2h.bias", "i2h.weight", "i2o.bias", "i2o.weight"), dict.names().stream().sorted().toList());
    assertArrayEquals(new long[] {128, 180}, dict.get("i2h.weight").shape());
    double sum = 0;
    for (double value : dict.get("i2h.weight").toDoubles()) {
      sum += value;
    }
    assertEquals(-3.996379229840386, sum, 1e-9);
    assertArrayEquals(
        new float[] {-0.05822543427348137f, 0.03732139244675636f, 0.22980549931526184f},
        Arrays.copyOf(dict.get("i2o.bias").toFloats(), 3));
    InertObject module = (InertObject) dict.extras().get("module");
    assertEquals("model.RNN", module.className());
  }

  private static byte[] int64(long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.stream(values).forEach(bytes::putLong);
    return bytes.array();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Arrays.stream(parts).forEach(out::writeBytes);
    return out.toByteArray();
  }

  private static byte[] number(long value) {
    return new PickleWriter().number(value).stop();
  }

  private static byte[] record(long id, Object second, String type) {
    PickleWriter pickle = new PickleWriter().raw("(").number(id);
    pickle = second instanceof Long other ? pickle.number(other) : pickle.text((String) second);
    return pickle.global("torch", type).raw("t").stop();
  }

  /** One storage of four floats, and a view of its last two. */
  private static byte[] storages(long count, long viewOffset) {
    byte[] view = new PickleWriter().raw("](").tuple(11, 10, viewOffset, 2).raw("e").stop();
    return join(number(1), record(10, "cpu", "FloatStorage"), int64(count), ZipWriter.floats(1, 2, 3, 4),
        view);
  }

  private static byte[] tensors(long storage, long rank, long columns) {
    return join(
        number(1), record(20, storage, "FloatTensor"), int64(rank), int64(1, columns), int64(columns, 1),
        int64(0));
  }

  private static byte[] pickle(long id) {
    return new PickleWriter().raw("}").text("w").number(id).raw("Qs").stop();
  }

  /** Name and contents in turns. */
  private static byte[] tar(Object... entries) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < entries.length; i += 2) {
      byte[] contents = (byte[]) entries[i + 1];
      byte[] header = new byte[512];
      put(header, 0, (String) entries[i]);
      put(header, 124, String.format("%011o", contents.length));
      header[156] = '0';
      put(header, 257, "ustar");
      seal(header);
      out.writeBytes(header);
      out.writeBytes(Arrays.copyOf(contents, (contents.length + 511) / 512 * 512));
    }
    out.writeBytes(new byte[1024]);
    return out.toByteArray();
  }

  /** A sound file with the weights {@code w} = (1.5, -2) that would call os.system in Python. */
  static byte[] withCall(String command) {
    byte[] storages = join(number(1), record(10, "cpu", "FloatStorage"), int64(2), ZipWriter.floats(1.5f, -2),
        new PickleWriter().raw("]").stop());
    byte[] tensors = join(
        number(1), record(20, 10L, "FloatTensor"), int64(1), int64(2), int64(1), int64(0));
    byte[] pickle = new PickleWriter().raw("}(").text("w").number(20).raw("Q").text("payload")
        .global("os", "system").text(command).raw(0x85, 'R').raw("u").stop();
    return tar("storages", storages, "tensors", tensors, "pickle", pickle);
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private static void seal(byte[] header) {
    put(header, 148, "        ");
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, 148, String.format("%06o\0 ", sum));
  }

  private StateDict read(byte[] file) {
    Path path = TestFiles.write(folder, "old.pt", file);
    return assertTimeoutPreemptively(Duration.ofSeconds(10), () -> TorchCheckpoint.read(path));
  }

  private StateDict read(byte[] storages, byte[] tensors, byte[] pickle) {
    return read(tar("storages", storages, "tensors", tensors, "pickle", pickle));
  }

  @Test
  void tensorsAndViewsOfStorages() {
    StateDict whole = read(storages(4, 2), tensors(10, 2, 4), pickle(20));
    assertArrayEquals(new float[] {1, 2, 3, 4}, whole.get("w").toFloats());
    assertArrayEquals(new long[] {1, 4}, whole.get("w").shape());
    assertArrayEquals(new float[] {3, 4},
        read(storages(4, 2), tensors(11, 2, 2), pickle(20)).get("w").toFloats());
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertRefused("more than there are", () -> read(storages(400, 2), tensors(10, 2, 4), pickle(20)));
    assertRefused("more than there are", () -> read(storages(-4, 2), tensors(10, 2, 4), pickle(20)));
    assertRefused("more than there are",
        () -> read(storages(Long.MAX_VALUE, 2), tensors(10, 2, 4), pickle(20)));
    assertRefused("does not lie within", () -> read(storages(4, 3), tensors(10, 2, 4), pickle(20)));
    assertRefused("does not lie within", () -> read(storages(4, -1), tensors(10, 2, 4), pickle(20)));
    assertRefused("does not lie within",
        () -> read(storages(4, Long.MAX_VALUE), tensors(10, 2, 4), pickle(20)));
    assertRefused("no storage 12", () -> read(storages(4, 2), tensors(12, 2, 4), pickle(20)));
    assertRefused("1000000 axes", () -> read(storages(4, 2), tensors(10, 1_000_000, 4), pickle(20)));
    assertRefused("reaches beyond", () -> read(storages(4, 2), tensors(10, 2, 5), pickle(20)));
    assertRefused("no storage 21", () -> read(storages(4, 2), tensors(10, 2, 4), pickle(21)));
    assertRefused("entry \"tensors\"", () -> read(storages(4, 2), number(1), pickle(20)));
    assertRefused("there should be", () -> read(number(Long.MAX_VALUE), number(1), pickle(20)));
  }

  @Test
  void otherArchivesAndDamagedOnesAreExplained() {
    assertRefused("no checkpoint of PyTorch 0.1", () -> read(tar("readme.txt", new byte[] {'x'})));
    byte[] sound = tar("storages", storages(4, 2), "tensors", tensors(10, 2, 4), "pickle", pickle(20));
    byte[] changed = sound.clone();
    changed[3] ^= 1;
    assertRefused("check sum", () -> read(changed));
    assertRefused("reaches beyond the end", () -> read(Arrays.copyOf(sound, 600)));
    assertRefused("there twice", () -> read(tar("pickle", pickle(20), "pickle", pickle(20))));
    byte[] size = sound.clone();
    put(size, 124, "77777777777");
    byte[] header = Arrays.copyOf(size, 512);
    seal(header);
    System.arraycopy(header, 0, size, 0, 512);
    assertRefused("reaches beyond the end", () -> read(size));
    put(size, 124, "-0000000001");
    header = Arrays.copyOf(size, 512);
    seal(header);
    System.arraycopy(header, 0, size, 0, 512);
    assertRefused("no octal number", () -> read(size));
  }
}
