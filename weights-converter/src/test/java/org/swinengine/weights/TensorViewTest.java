package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.swinengine.weights.TestFiles.assertRefused;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tensors as views of storages: shapes, strides, offsets, byte order, and views that do not fit. */
class TensorViewTest {
  private static final byte[] SIX = ZipWriter.floats(0, 1, 2, 3, 4, 5);
  @TempDir
  Path folder;

  private ArrayData view(String type, byte[] storage, long count, long offset, long[] shape, long[] strides) {
    byte[] pickle = new PickleWriter().raw("}").text("w").tensor(type, "0", count, offset, shape,
        strides).raw("s")
        .stop();
    return TorchCheckpoint.read(TestFiles.write(folder, "view.pth", ZipWriter.checkpoint(pickle,
        storage))).get("w");
  }

  private ArrayData floats(long offset, long[] shape, long[] strides) {
    return view("FloatStorage", SIX, 6, offset, shape, strides);
  }

  private static long[] longs(long... values) {
    return values;
  }

  @Test
  void stridesAreHonoured() {
    assertArrayEquals(new float[] {0, 3, 1, 4, 2, 5}, floats(0, longs(3, 2), longs(1, 3)).toFloats());
    assertArrayEquals(new float[] {3, 4, 5}, floats(3, longs(3), longs(1)).toFloats());
    assertArrayEquals(new float[] {1, 3, 5}, floats(1, longs(3), longs(2)).toFloats());
    assertArrayEquals(new float[] {4, 4, 5, 5}, floats(4, longs(2, 2), longs(1, 0)).toFloats());
    assertArrayEquals(new float[] {2}, floats(2, longs(), longs()).toFloats());
    assertArrayEquals(new float[] {2}, floats(2, longs(1, 1), longs(77, 99)).toFloats());
    assertArrayEquals(new float[0], floats(6, longs(0, 3), longs(3, 1)).toFloats());
    assertArrayEquals(ZipWriter.floats(0, 3, 1, 4, 2, 5), floats(0, longs(3, 2), longs(1,
        3)).rawLittleEndian());
  }

  @Test
  void aLargeTransposedTensorIsRightBeyondOneChunk() {
    int n = 700;
    float[] values = new float[n * n];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    ArrayData transposed = view("FloatStorage", ZipWriter.floats(values), values.length, 0, longs(n, n),
        longs(1, n));
    float[] actual = transposed.toFloats();
    for (int row = 0; row < n; row++) {
      for (int column = 0; column < n; column++) {
        assertEquals(values[column * n + row], actual[row * n + column]);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"7, 6, 1", "-1, 2, 1", "0, 7, 1", "0, -1, 1", "0, 3, -1", "1, 6, 1",
    "0, 2, 9223372036854775807",
    "9223372036854775807, 2, 1", "0, 9223372036854775807, 9223372036854775807", "6, 1, 1",
    "0, 1000000000000, 0"})
  void aViewBeyondItsStorageIsRefused(long offset, long length, long stride) {
    assertRefused("tensor \"w\"", () -> floats(offset, longs(length), longs(stride)));
  }

  @Test
  void productsThatOverflowAreRefused() {
    assertRefused("64-bit", () -> floats(0, longs(1L << 32, 1L << 32), longs(0, 0)));
    assertRefused("64-bit", () -> floats(0, longs(1L << 62, 4), longs(0, 0)));
    assertRefused("no view", () -> floats(0, longs(2, 3), longs(1)));
  }

  @Test
  void aStorageOfAnotherSizeIsRefused() {
    assertRefused("24 bytes", () -> view("FloatStorage", SIX, 5, 0, longs(2), longs(1)));
    assertRefused("24 bytes", () -> view("FloatStorage", SIX, 7, 0, longs(2), longs(1)));
    assertRefused("24 bytes", () -> view("FloatStorage", SIX, -1, 0, longs(2), longs(1)));
    assertRefused("24 bytes", () -> view("FloatStorage", SIX, (1L << 62) + 6, 0, longs(2), longs(1)));
    assertRefused("not supported", () -> view("NoSuchStorage", SIX, 24, 0, longs(2), longs(1)));
  }

  @Test
  void elementTypesAreConverted() {
    byte[] eight = {0, 0x3c, 0, (byte) 0xbc, 1, 0, 0, 0x7c};
    assertArrayEquals(new float[] {1, -1, 0x1p-24f, Float.POSITIVE_INFINITY},
        view("HalfStorage", eight, 4, 0, longs(4), longs(1)).toFloats());
    assertArrayEquals(new float[] {0x1p-7f, -0x1p-7f, Float.intBitsToFloat(0x10000),
      Float.intBitsToFloat(0x7c000000)},
        view("BFloat16Storage", eight, 4, 0, longs(4), longs(1)).toFloats());
    assertArrayEquals(new int[] {15360, -17408, 1, 31744},
        view("ShortStorage", eight, 4, 0, longs(4), longs(1)).toInts());
    assertArrayEquals(new int[] {0, 1, 0, 1, 1, 0, 0, 1},
        view("BoolStorage", eight, 8, 0, longs(8), longs(1)).toInts());
    assertArrayEquals(new double[] {0, 60, 0, 188, 1, 0, 0, 124},
        view("ByteStorage", eight, 8, 0, longs(8), longs(1)).toDoubles());
    assertArrayEquals(new long[] {0, 60, 0, -68, 1, 0, 0, 124},
        view("CharStorage", eight, 8, 0, longs(8), longs(1)).toLongs());
    assertRefused("beyond the range of int",
        () -> view("LongStorage", eight, 1, 0, longs(1), longs(1)).toInts());
    assertRefused("does not round", () -> floats(0, longs(6), longs(1)).toInts());
    assertRefused("complex", () -> view("ComplexFloatStorage", eight, 1, 0, longs(1), longs(1)).toFloats());
  }

  /** As PyTorch: any other byte than 0 is true. */
  @Test
  void truthIsAnyOtherByteThanZero() {
    byte[] bytes = {0, 1, 2, (byte) 0x80, (byte) 0xff};
    assertArrayEquals(new float[] {0, 1, 1, 1, 1},
        view("BoolStorage", bytes, 5, 0, longs(5), longs(1)).toFloats());
    assertArrayEquals(new byte[] {0, 1, 1, 1, 1},
        view("BoolStorage", bytes, 5, 0, longs(5), longs(1)).rawLittleEndian());
  }

  @Test
  void whatIsNoNumberIsReadAsItIs() {
    byte[] odd = ZipWriter.floats(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -0f,
        Float.MIN_VALUE, Float.intBitsToFloat(0x7f800001));
    assertArrayEquals(odd, view("FloatStorage", odd, 6, 0, longs(6), longs(1)).rawLittleEndian());
  }

  @Test
  void bytesWithoutATypeAreNoTensor() {
    byte[] untyped = new PickleWriter().raw("}").text("w").global("torch._utils", "_rebuild_tensor_v2")
        .raw("((").text("storage").global("torch.storage", "UntypedStorage").text("0").text("cpu").number(24)
        .raw("tQ").number(0).tuple(6).tuple(1).raw(0x89).global("collections", "OrderedDict").raw(")RtRs")
        .stop();
    assertRefused("does not go with its storage",
        () -> TorchCheckpoint.read(TestFiles.write(folder, "u.pth", ZipWriter.checkpoint(untyped, SIX))));
    byte[] other = new PickleWriter().raw("}").text("w").global("torch._utils", "_rebuild_tensor_v3")
        .raw("(").storage("FloatStorage", "0", 6).number(0).tuple(6).tuple(1).raw(0x89).raw("}")
        .global("torch", "float64").raw("tRs").stop();
    assertRefused("does not go with its storage",
        () -> TorchCheckpoint.read(TestFiles.write(folder, "v.pth", ZipWriter.checkpoint(other, SIX))));
  }

  @Test
  void bigEndianStoragesAreSwapped() {
    byte[] pickle = new PickleWriter().raw("}(").text("f")
        .tensor("FloatStorage", "0", 1, 0, longs(1), longs(1)).text("c")
        .tensor("ComplexFloatStorage", "1", 1, 0, longs(1), longs(1)).raw("u").stop();
    byte[] zip = new ZipWriter().entry("w/data.pkl", pickle)
        .entry("w/byteorder", "big".getBytes(StandardCharsets.US_ASCII))
        .entry("w/data/0", new byte[] {0x3f, (byte) 0x80, 0, 0})
        .entry("w/data/1", new byte[] {0x3f, (byte) 0x80, 0, 0, 0x40, 0, 0, 0}).finish();
    StateDict dict = TorchCheckpoint.read(TestFiles.write(folder, "big.pth", zip));
    assertArrayEquals(new float[] {1}, dict.get("f").toFloats());
    assertArrayEquals(ZipWriter.floats(1, 2), dict.get("c").rawLittleEndian());
  }

  @Test
  void lazyNegationAndConjugationAreApplied() {
    PickleWriter pickle = new PickleWriter().raw("}(");
    for (String flag : new String[] {"neg", "conj"}) {
      pickle.text(flag).global("torch._utils", "_rebuild_tensor_v2").raw("(").storage("ComplexFloatStorage",
          "0", 3)
          .number(0).tuple(1).tuple(1).raw(0x89).global("collections", "OrderedDict").raw(")R}").text(flag)
          .raw(0x88).raw("stR");
    }
    byte[] zip = ZipWriter.checkpoint(pickle.raw("u").stop(), SIX);
    StateDict dict = TorchCheckpoint.read(TestFiles.write(folder, "neg.pth", zip));
    assertArrayEquals(ZipWriter.floats(-0f, -1), dict.get("neg").rawLittleEndian());
    assertArrayEquals(ZipWriter.floats(0, -1), dict.get("conj").rawLittleEndian());
  }

  @Test
  void newerTypesComeWithAnUntypedStorage() {
    PickleWriter pickle = new PickleWriter().raw("}").text("w").global("torch._utils",
        "_rebuild_tensor_v3").raw("((")
        .text("storage").global("torch.storage", "UntypedStorage").text("0").text("cpu").number(4).raw("tQ")
        .number(1).tuple(3).tuple(1).raw(0x89).raw("}").global("torch", "float8_e4m3fn").raw("tRs");
    byte[] zip = ZipWriter.checkpoint(pickle.stop(), new byte[] {0, 0x38, (byte) 0xfe, 0x7f});
    float[] values = TorchCheckpoint.read(TestFiles.write(folder, "f8.pth", zip)).get("w").toFloats();
    assertArrayEquals(new float[] {1, -448, Float.NaN}, values);
  }

  @Test
  void theStateDictIsFoundWhereScriptsPutIt() {
    for (String key : new String[] {"model", "state_dict", "model_state_dict", "model_ema"}) {
      byte[] pickle = new PickleWriter().raw("}(").text("epoch").number(3).text(key).raw("}").text(
          "norm.weight")
          .tensor("FloatStorage", "0", 6, 0, longs(6), longs(1)).raw("su").stop();
      Path file = TestFiles.write(folder, key + ".pth", ZipWriter.checkpoint(pickle, SIX));
      StateDict dict = TorchCheckpoint.read(file);
      assertEquals(Set.of("norm.weight"), dict.names());
      assertEquals(Map.of("epoch", 3L), dict.extras());
      assertEquals(1, TorchCheckpoint.read(file, key).size());
      assertRefused("\"student\"", () -> TorchCheckpoint.read(file, "student"));
    }
  }

  /**
   * The one state dict may stand under any key; of two of one model the trained one is read, unless another
   * is asked for.
   */
  @Test
  void theStateDictIsFoundUnderAnyKey() {
    byte[] one = new PickleWriter().raw("}(").text("epoch").number(3).text("my_own_weights").raw("}")
        .text("norm.weight")
        .tensor("FloatStorage", "0", 6, 0, longs(6), longs(1)).raw("su").stop();
    StateDict dict = TorchCheckpoint.read(TestFiles.write(folder, "one.pth", ZipWriter.checkpoint(one, SIX)));
    assertEquals(Set.of("norm.weight"), dict.names());
    assertEquals(Map.of("epoch", 3L), dict.extras());
    byte[] two = new PickleWriter().raw("}(").text("weights_ema").raw("}").text("norm.weight")
        .tensor("FloatStorage", "0", 6, 0, longs(6), longs(1)).raw("s").text("weights_now").raw("}")
        .text("norm.weight")
        .tensor("FloatStorage", "0", 6, 3, longs(3), longs(1)).raw("su").stop();
    Path file = TestFiles.write(folder, "two.pth", ZipWriter.checkpoint(two, SIX));
    assertEquals(3, WeightFiles.read(file).get("norm.weight").count());
    assertTrue(WeightFiles.read(file).extras().containsKey("weights_ema"));
    assertEquals(6, WeightFiles.read(file, "weights_ema").get("norm.weight").count());
    // Parts of one model stand side by side.
    byte[] parts = new PickleWriter().raw("}(").text("body").raw("}").text("a.weight")
        .tensor("FloatStorage", "0", 6, 0, longs(6), longs(1)).raw("s").text("tail").raw("}").text("b.weight")
        .tensor("FloatStorage", "0", 6, 3, longs(3), longs(1)).raw("su").stop();
    assertEquals(Set.of("body.a.weight", "tail.b.weight"),
        WeightFiles.read(TestFiles.write(folder, "parts.pth", ZipWriter.checkpoint(parts, SIX))).names());
  }

  @Test
  void wholeModelsAndQuantisedTensorsAreExplained() {
    byte[] module = new PickleWriter().global("models", "Swin").raw(41, 0x81).raw("}b").stop();
    assertRefused("state_dict()", () -> TorchCheckpoint.read(
        TestFiles.write(folder, "m.pth", ZipWriter.checkpoint(module))));
  }

  /** A quantised tensor of the bytes 1, 2, 253 and 4. */
  private ArrayData quantized(String storageClass, PickleWriter how) {
    PickleWriter pickle =
        new PickleWriter().raw("}").text("w").global("torch._utils", "_rebuild_qtensor").raw("(");
    pickle.storage(storageClass, "0", 4).number(0).tuple(2, 2).tuple(2, 1).raw(how).raw(0x89);
    pickle.global("collections", "OrderedDict").raw(")RtRs");
    byte[] scales =
        ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putDouble(0.5).putDouble(2).array();
    byte[] zeroPoints = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(1).putLong(-3).array();
    byte[] file = ZipWriter.checkpoint(pickle.stop(), new byte[] {1, 2, (byte) 253, 4}, scales, zeroPoints);
    return TorchCheckpoint.read(TestFiles.write(folder, "q.pth", file)).get("w");
  }

  private static PickleWriter byChannel(long axis, long channels) {
    return PickleWriter.part()
        .raw("(")
        .global("torch", "per_channel_affine")
        .tensor("DoubleStorage", "1", 2, 0, new long[] {channels}, new long[] {1})
        .tensor("LongStorage", "2", 2, 0, new long[] {channels}, new long[] {1})
        .number(axis)
        .raw("t");
  }

  @Test
  void quantisedTensorsAreWhatTheyStandFor() {
    PickleWriter all =
        PickleWriter.part().raw("(").global("torch", "per_tensor_affine").real(0.25).number(-2).raw("t");
    assertArrayEquals(new float[] {0.75f, 1, -0.25f, 1.5f}, quantized("QInt8Storage", all).toFloats());
    assertArrayEquals(new float[] {0.75f, 1, 63.75f, 1.5f}, quantized("QUInt8Storage", all).toFloats());
    assertArrayEquals(new float[] {0, 0.5f, 0, 14}, quantized("QInt8Storage", byChannel(0, 2)).toFloats());
    assertArrayEquals(new float[] {0, 10, -2, 14}, quantized("QInt8Storage", byChannel(1, 2)).toFloats());
  }

  @Test
  void quantisedTensorsThatMakeNoSenseAreRefused() {
    assertRefused("2 channels, but 1 scales", () -> quantized("QInt8Storage", byChannel(0, 1)));
    assertRefused("dequantize", () -> quantized("QInt8Storage", byChannel(2, 2)));
    assertRefused("dequantize", () -> quantized("QInt8Storage", byChannel(-1, 2)));
    assertRefused("dequantize", () -> quantized("QInt8Storage", PickleWriter.part().raw(")")));
    PickleWriter all =
        PickleWriter.part().raw("(").global("torch", "per_tensor_affine").real(0.25).number(-2).raw("t");
    assertRefused("4 elements of 4 bytes", () -> quantized("QInt32Storage", all));
    byte[] nothing =
        new PickleWriter().raw("}").text("w").global("torch._utils", "_rebuild_qtensor").raw(")Rs").stop();
    assertRefused("not those of a tensor", () -> TorchCheckpoint.read(
        TestFiles.write(folder, "n.pth", ZipWriter.checkpoint(nothing))));
  }
}
