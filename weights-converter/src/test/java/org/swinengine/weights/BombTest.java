package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.swinengine.weights.TestFiles.assertRefused;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small files that promise much: what they are refused for, within which memory and time. */
class BombTest {
  private static final byte[] TWO = ZipWriter.floats(1.5f, -2);
  private static final Duration SOON = Duration.ofSeconds(20);
  @TempDir
  Path folder;

  private static long[] longs(long... values) {
    return values;
  }

  private Path file(byte[] bytes) {
    return TestFiles.write(folder, "bomb.pth", bytes);
  }

  private void assertRefusedWithin(long bytes, String part, Path file) {
    assertTimeoutPreemptively(SOON, () -> {
      long before = Cost.allocated();
      assertRefused(part, () -> TestFiles.readAll(WeightFiles.read(file)));
      long spent = Cost.allocated() - before;
      assertTrue(spent < bytes, "allocated " + spent);
    });
  }

  @Test
  void anExpandedElementOfATrillionIsRefused() {
    byte[] pickle = new PickleWriter().raw("}").text("w")
        .tensor("FloatStorage", "0", 2, 0, longs(1_000_000, 1_000_000), longs(0, 0)).raw("s").stop();
    assertRefusedWithin(4 << 20, "tensor \"w\"", file(ZipWriter.checkpoint(pickle, TWO)));
  }

  /** Scales are read at once, unlike the elements; expanded ones would take 512 MiB for each tensor. */
  @Test
  void scalesOfQuantisedTensorsCannotMultiply() {
    long channels = 1 << 25;
    PickleWriter pickle = new PickleWriter().raw("}(");
    for (int i = 0; i < 50; i++) {
      pickle.text("w" + i).global("torch._utils", "_rebuild_qtensor").raw("(").storage("QInt8Storage", "0", 8)
          .number(0).tuple(channels).tuple(0).raw("(").global("torch", "per_channel_affine")
          .tensor("DoubleStorage", "1", 1, 0, longs(channels), longs(0))
          .tensor("LongStorage", "2", 1, 0, longs(channels), longs(0)).number(0).raw("t").raw(0x89)
          .global("collections", "OrderedDict").raw(")RtR");
    }
    assertRefusedWithin(64 << 20, "scales",
        file(ZipWriter.checkpoint(pickle.raw("u").stop(), TWO, TWO, TWO)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0x8c, 'X', 'C', 'B', 0x8e, 0x8d, 0x96, 'T', 'U', 0x8a, 0x8b})
  void anyLengthBeyondTheEndAllocatesNothing(int opcode) {
    byte[] pickle = new PickleWriter().raw(opcode, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0).stop();
    assertRefusedWithin(4 << 20, "bomb.pth", file(ZipWriter.checkpoint(pickle, TWO)));
  }

  @Test
  void theHighestMemoIndicesCostNoMoreThanOthers() {
    PickleWriter pickle = PickleWriter.openDictWithWeights().text("x");
    for (long index = 0; index < 1000; index++) {
      pickle.raw('r').u32(0xffffffffL - index);
    }
    pickle.raw("j").u32(0xffffffffL - 999);
    Path file = file(ZipWriter.checkpoint(pickle.raw("u").stop(), TWO));
    assertTimeoutPreemptively(SOON, () -> {
      long before = Cost.allocated();
      assertEquals("x", WeightFiles.read(file).extras().get("x"));
      assertTrue(Cost.allocated() - before < 4 << 20, "no array as long as an index");
    });
  }

  @Test
  void aMillionEntriesAreRefused() {
    ZipWriter zip = new ZipWriter();
    byte[] nothing = new byte[0];
    for (int i = 0; i < 1_000_000; i++) {
      zip.entry("w/" + i, nothing);
    }
    zip.zip64 = true;
    Path file = file(zip.finish());
    assertRefusedWithin(4 << 20, "1000000 entries", file);
  }

  @Test
  void manyViewsOfOneStorageAreNoCopies() {
    float[] values = new float[1 << 18];
    PickleWriter pickle = new PickleWriter().raw("}(");
    for (int i = 0; i < 2000; i++) {
      pickle.text("w" + i).tensor("FloatStorage", "0", values.length, i, longs(values.length - i), longs(1));
    }
    Path file = file(ZipWriter.checkpoint(pickle.raw("u").stop(), ZipWriter.floats(values)));
    assertTimeoutPreemptively(SOON, () -> {
      long before = Cost.allocated();
      assertEquals(2000, WeightFiles.read(file).size());
      assertTrue(Cost.allocated() - before < 64 << 20);
    });
  }

  /** As in files that scanners give up on: what PyTorch would have run stands before the broken byte. */
  @Test
  void nothingRunsBeforeABrokenByteEither() {
    Path mark = folder.resolve("mark");
    PickleWriter call =
        PickleWriter.openDictWithWeights().text("call").global("java.nio.file.Files", "createFile")
            .text(mark.toString()).raw(0x85, 'R').text("system").global("os", "system").text("touch " + mark)
            .raw(0x85, 'R');
    byte[] sound = PickleWriter.part().raw(call).raw("u").stop();
    StateDict dict = WeightFiles.read(file(ZipWriter.checkpoint(sound, TWO)));
    assertArrayEquals(new float[] {1.5f, -2}, dict.get("w").toFloats());
    assertEquals("os.system", assertInstanceOf(InertObject.class, dict.extras().get("system")).className());
    assertRefusedWithin(4 << 20, "opcode", file(ZipWriter.checkpoint(call.raw(0xff).stop(), TWO)));
    assertFalse(Files.exists(mark), "nothing is run");
  }
}
