package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchWriterTest {
  @TempDir
  private Path folder;

  private static StateDict everyType() {
    StateDict.Builder dict = StateDict.builder();
    dict.put("f32", ArrayData.ofFloats(new long[] {2, 3}, 1, -2, 3.5f, 0, Float.NaN, 1e-30f));
    dict.put("f64", ArrayData.ofDoubles(new long[] {2}, Math.PI, -0.0));
    dict.put("i64", ArrayData.ofLongs(new long[0], Long.MIN_VALUE));
    dict.put("i32", ArrayData.ofInts(new long[] {1, 0, 4}));
    for (ElementType type : List.of(ElementType.F16, ElementType.BF16, ElementType.I16, ElementType.I8,
        ElementType.U8)) {
      byte[] bytes = new byte[3 * type.byteSize()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (17 * i + 1);
      }
      dict.put(type.name(), ArrayData.ofRawLittleEndian(type, new long[] {3}, bytes));
    }
    dict.put("flags", ArrayData.ofRawLittleEndian(ElementType.BOOL, new long[] {2}, (byte) 1, (byte) 0));
    dict.put("ünïcode.ключ", ArrayData.ofFloats(new long[] {1}, 7));
    return dict.build();
  }

  private static void assertSame(StateDict expected, StateDict found) {
    assertEquals(List.copyOf(expected.names()), List.copyOf(found.names()));
    expected
        .arrays()
        .forEach(
            (name, array) -> {
              assertEquals(array.type(), found.get(name).type(), name);
              assertArrayEquals(array.shape(), found.get(name).shape(), name);
              assertArrayEquals(array.rawLittleEndian(), found.get(name).rawLittleEndian(), name);
            });
  }

  @Test
  void whatIsWrittenIsReadBackBitForBit() {
    Path file = folder.resolve("a.pth");
    TorchWriter.write(file, everyType(), null);
    assertSame(everyType(), WeightFiles.read(file));
  }

  @Test
  void aStateDictMayStandUnderAKey() {
    Path file = folder.resolve("a.pth");
    TorchWriter.write(file, everyType(), "model");
    assertSame(everyType(), WeightFiles.read(file));
  }

  @Test
  void equalContentsGiveEqualBytes() throws IOException {
    TorchWriter.write(folder.resolve("a.pth"), everyType(), null);
    TorchWriter.write(folder.resolve("b.pth"), everyType(), null);
    assertArrayEquals(Files.readAllBytes(folder.resolve("a.pth")),
        Files.readAllBytes(folder.resolve("b.pth")));
  }

  /** PyTorch maps storages; it wants them at multiples of 64 bytes. */
  @Test
  void storagesAreAligned() throws IOException {
    Path file = folder.resolve("a.pth");
    TorchWriter.write(file,
        StateDict.builder().put("x", ArrayData.ofFloats(new long[] {2}, 1.25f, -9)).build(), null);
    byte[] bytes = Files.readAllBytes(file);
    byte[] wanted = ArrayData.ofFloats(new long[] {2}, 1.25f, -9).rawLittleEndian();
    for (int at = 0; at < bytes.length; at += 64) {
      if (java.util.Arrays.equals(bytes, at, Math.min(bytes.length, at + 8), wanted, 0, 8)) {
        return;
      }
    }
    throw new AssertionError("the storage is at no multiple of 64 bytes");
  }

  @Test
  void aTypeThatPyTorchHasNoStorageForIsRefusedAndNothingIsWritten() throws IOException {
    Path file = folder.resolve("a.pth");
    Files.writeString(file, "old");
    StateDict dict =
        StateDict.builder()
            .put("odd", ArrayData.ofRawLittleEndian(ElementType.U32, new long[] {1}, new byte[4]))
            .build();
    String sentence =
        assertThrows(WeightFileException.class, () -> TorchWriter.write(file, dict, null)).getMessage();
    assertTrue(sentence.contains("\"odd\" has the element type U32"), sentence);
    assertEquals("old", Files.readString(file));
  }

  @Test
  void everyHalfAndBfloat16IsItsOwnNearest() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float half = SmallFloats.half((short) bits);
      float brain = SmallFloats.bfloat16((short) bits);
      if (!Float.isNaN(half)) {
        assertEquals((short) bits, SmallFloats.toHalf(half));
      } else {
        assertTrue(Float.isNaN(SmallFloats.half(SmallFloats.toHalf(half))));
      }
      if (!Float.isNaN(brain)) {
        assertEquals((short) bits, SmallFloats.toBfloat16(brain));
      } else {
        assertTrue(Float.isNaN(SmallFloats.bfloat16(SmallFloats.toBfloat16(brain))));
      }
    }
  }

  /** Between two neighbours the nearer one, and in the middle the even one. */
  @Test
  void roundingIsToTheNearestAndToEven() {
    for (int bits = 0; bits < 0x7bff; bits++) {
      float low = SmallFloats.half((short) bits);
      float high = SmallFloats.half((short) (bits + 1));
      float middle = low + (high - low) / 2;
      assertEquals(bits + (bits & 1), SmallFloats.toHalf(middle));
      assertEquals(bits, SmallFloats.toHalf(Math.nextDown(middle)));
      assertEquals(bits + 1, SmallFloats.toHalf(Math.nextUp(middle)));
      assertEquals((short) (0x8000 | bits + 1), SmallFloats.toHalf(-Math.nextUp(middle)));
    }
    assertEquals(0x7c00, SmallFloats.toHalf(65520));
    assertEquals(0x7bff, SmallFloats.toHalf(65519.996f));
    for (int bits = 1; bits < 0x7f7f; bits += 7) {
      float low = SmallFloats.bfloat16((short) bits);
      float middle = Float.intBitsToFloat(bits << 16 | 0x8000);
      assertEquals(bits + (bits & 1), SmallFloats.toBfloat16(middle));
      assertEquals(bits, SmallFloats.toBfloat16(Math.nextDown(middle)));
      assertEquals(bits, SmallFloats.toBfloat16(low));
    }
    assertEquals(0x7f80, SmallFloats.toBfloat16(Float.MAX_VALUE));
  }
}
