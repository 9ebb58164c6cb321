package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.swinengine.weights.TestFiles.assertRefused;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real files that PyTorch wrote in its format from before version 1.6, and damaged ones. */
class TorchLegacyTest {
  @TempDir
  private Path folder;

  static Path file(String name) {
    try {
      return Path.of(TorchLegacyTest.class.getResource("/legacy/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void assertBegins(StateDict dict, String name, long[] shape, double sum, float... first) {
    assertArrayEquals(shape, dict.get(name).shape(), name);
    float[] values = dict.get(name).toFloats();
    assertArrayEquals(first, Arrays.copyOf(values, first.length), name);
    double found = 0;
    for (float value : values) {
      found += value;
    }
    assertEquals(sum, found, 1e-9, name);
  }

  @Test
  void aStateDict() {
    StateDict dict = WeightFiles.read(file("reader_simple_legacy.pt"));
    assertEquals(List.of("weight", "bias", "running_mean"), List.copyOf(dict.names()));
    assertBegins(
        dict, "weight", new long[] {2, 3}, -1.9225399494171143, -1.8129550218582153f, 1.1972813606262207f,
        -1.259395956993103f, -0.6564881801605225f);
    assertBegins(dict, "bias", new long[] {2}, 2, 1, 1);
  }

  @Test
  void offsetsAndSharedStorages() {
    StateDict offsets = WeightFiles.read(file("reader_legacy_with_offsets.pt"));
    assertBegins(offsets, "tensor2", new long[] {5}, 11.0, 2.0f, 2.0999999046325684f, 2.200000047683716f);
    StateDict shared = WeightFiles.read(file("reader_legacy_shared_storage.pt"));
    assertBegins(
        shared, "view2", new long[] {20}, -0.007532984018325806, 0.5303624272346497f, 1.2033722400665283f);
    StateDict views = TorchCheckpoint.read(file("reader_legacy_uncloned_views.pt"));
    assertBegins(views, "tensor1", new long[] {10}, 145, 10, 11, 12, 13);
    assertBegins(views, "tensor2", new long[] {10}, 545, 50, 51, 52, 53);
  }

  /** PyTorch 0.x kept a view of a storage in the reference to it. */
  @Test
  void aViewInTheReference() throws IOException {
    assertArrayEquals(new float[] {20, 30}, read(legacy(3, 1, 2), "w"));
    assertRefused("does not lie within", () -> read(legacy(3, 2, 2), "w"));
    assertRefused("does not lie within", () -> read(legacy(3, -1, 2), "w"));
    assertRefused("does not lie within", () -> read(legacy(3, Long.MAX_VALUE, 2), "w"));
  }

  private float[] read(byte[] bytes, String name) {
    return WeightFiles.read(TestFiles.write(folder, "view" + bytes.length + ".pth", bytes)).get(name)
        .toFloats();
  }

  /** {"w": the elements {10, 20, 30} from an offset on}. */
  static byte[] legacy(long count, long offset, long size) throws IOException {
    return legacy(count, offset, size, PickleWriter.part());
  }

  private static byte[] legacy(long count, long offset, long size, PickleWriter more) throws IOException {
    byte[] head = Arrays.copyOf(Files.readAllBytes(file("reader_simple_legacy.pt")), 21);
    byte[] info = new PickleWriter().raw("}").stop();
    byte[] object =
        new PickleWriter()
            .raw("}(")
            .text("w")
            .global("torch._utils", "_rebuild_tensor_v2")
            .raw("((")
            .text("storage")
            .global("torch", "FloatStorage")
            .text("94404")
            .text("cpu")
            .number(count)
            .raw("(")
            .text("94405")
            .number(offset)
            .number(size)
            .raw("ttQ")
            .number(0)
            .tuple(size)
            .tuple(1)
            .raw(0x89)
            .global("collections", "OrderedDict")
            .raw(")RtR")
            .raw(more)
            .raw("u")
            .stop();
    byte[] keys = new PickleWriter().raw("]").text("94404").raw("a").stop();
    ByteBuffer all =
        ByteBuffer.allocate(head.length + info.length + object.length + keys.length + 8 + 12)
            .order(ByteOrder.LITTLE_ENDIAN);
    all.put(head).put(info).put(object).put(keys).putLong(3).putFloat(10).putFloat(20).putFloat(30);
    return all.array();
  }

  @Test
  void whatWouldRunInPyTorchIsANoteHereToo() throws IOException {
    PickleWriter call =
        PickleWriter.part().text("call").global("os", "system").text("touch owned").raw(0x85, 'R');
    Path file = TestFiles.write(folder, "call.pth", legacy(3, 0, 3, call));
    StateDict dict = WeightFiles.read(file);
    assertArrayEquals(new float[] {10, 20, 30}, dict.get("w").toFloats());
    assertEquals("os.system", ((InertObject) dict.extras().get("call")).className());
  }

  @Test
  void bombsInTheStreamUseUpTheSameLimits() throws IOException {
    PickleWriter laughs = PickleWriter.part().text("bomb").raw("](").text("ha").raw("e");
    for (int level = 0; level < 40; level++) {
      laughs.raw('q', level, '0', ']', '(', 'h', level, 'h', level, 'e');
    }
    Path many = TestFiles.write(folder, "laughs.pth", legacy(3, 0, 3, laughs));
    assertRefused("parts", () -> WeightFiles.read(many));
    PickleWriter nested = PickleWriter.part().text("deep");
    for (int i = 0; i < 100_000; i++) {
      nested.raw(']');
    }
    for (int i = 1; i < 100_000; i++) {
      nested.raw('a');
    }
    Path deep = TestFiles.write(folder, "deep.pth", legacy(3, 0, 3, nested));
    assertRefused("deeper", () -> WeightFiles.read(deep));
  }

  @Test
  void aFileThatEndsTooEarlyIsRefusedWhereverItEnds() throws IOException {
    byte[] whole = Files.readAllBytes(file("reader_simple_legacy.pt"));
    for (int length = 16; length < whole.length; length++) {
      Path cut = TestFiles.write(folder, "cut" + length, Arrays.copyOf(whole, length));
      assertThrows(WeightFileException.class, () -> WeightFiles.read(cut), "cut to " + length);
    }
    Path longer = TestFiles.write(folder, "longer", Arrays.copyOf(whole, whole.length + 1));
    assertRefused("1 bytes follow the last storage", () -> WeightFiles.read(longer));
  }

  @Test
  void countsThatLieAreRefused() throws IOException {
    byte[] bytes = legacy(3, 0, 3);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(bytes.length - 20, Long.MAX_VALUE / 2);
    assertRefused("reach beyond the end", () -> WeightFiles.read(TestFiles.write(folder, "a", bytes)));
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(bytes.length - 20, -1);
    assertRefused("reach beyond the end", () -> WeightFiles.read(TestFiles.write(folder, "b", bytes)));
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(bytes.length - 20, 2);
    assertRefused("follow the last storage", () -> WeightFiles.read(TestFiles.write(folder, "c", bytes)));
  }
}
