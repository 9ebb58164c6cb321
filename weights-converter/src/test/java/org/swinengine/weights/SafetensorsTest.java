package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.swinengine.weights.TestFiles.assertRefused;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  @TempDir
  Path folder;

  private StateDict read(String json, int dataBytes) {
    byte[] header = json.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(header.length).put(header);
    return Safetensors.read(TestFiles.write(folder, "a.safetensors", file.array()));
  }

  private static String entry(String name, String dtype, String shape, String offsets) {
    return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":"
        + offsets + "}";
  }

  @Test
  void everyTypeGoesThereAndBack() {
    StateDict.Builder dict = StateDict.builder().metadata("format", "pt").metadata("a", "\u00e9\n\"");
    for (ElementType type : ElementType.values()) {
      if (type.safetensorsName().isPresent()) {
        byte[] bytes = new byte[3 * type.byteSize()];
        for (int i = 0; i < bytes.length; i++) {
          bytes[i] = (byte) (i * 37);
        }
        dict.put("t." + type, ArrayData.ofRawLittleEndian(type, new long[] {3, 1}, bytes));
      }
    }
    dict.put("scalar", ArrayData.ofFloats(new long[] {}, 2.5f)).put("none", ArrayData.ofLongs(new long[] {4,
      0}));
    dict.put("d", ArrayData.ofDoubles(new long[] {2}, 1, -1)).put("i", ArrayData.ofInts(new long[] {2}, 5,
        -5));
    StateDict written = dict.build();
    Path file = folder.resolve("all.safetensors");
    Safetensors.write(file, written);
    StateDict back = Safetensors.read(file);
    assertEquals(written.names(), back.names());
    assertEquals(written.metadata(), back.metadata());
    for (String name : written.names()) {
      assertArrayEquals(written.get(name).rawLittleEndian(), back.get(name).rawLittleEndian(), name);
      assertArrayEquals(written.get(name).shape(), back.get(name).shape(), name);
    }
    assertArrayEquals(new int[] {5, -5}, back.get("i").toInts());
    assertArrayEquals(new double[] {1, -1}, back.get("d").toDoubles());
    assertArrayEquals(new float[] {2.5f}, back.get("scalar").toFloats());
  }

  @Test
  void theOrderOfTheBytesIsFixed() throws IOException {
    ArrayData wide = ArrayData.ofDoubles(new long[] {1}, 1);
    ArrayData narrow = ArrayData.ofFloats(new long[] {1}, 1);
    Path first = folder.resolve("1");
    Path second = folder.resolve("2");
    Safetensors.write(first, StateDict.builder().put("b", narrow).put("a", narrow).put("z", wide)
        .metadata("y", "1").metadata("x", "2").build());
    Safetensors.write(second, StateDict.builder().put("z", wide).put("a", narrow).put("b", narrow)
        .metadata("x", "2").metadata("y", "1").build());
    assertEquals(-1, Files.mismatch(first, second));
    assertEquals(List.of("z", "a", "b"), List.copyOf(Safetensors.read(first).names()));
    byte[] bytes = Files.readAllBytes(first);
    long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertEquals(0, header % 8);
    assertEquals(8 + header + 16, bytes.length);
  }

  /** A training run's checkpoint is written without a copy of the model beside it. */
  @Test
  void valuesCanBeAskedForOneArrayAfterTheOther() throws IOException {
    long[] shape = {3, 5};
    float[] values = new float[15];
    double[] wide = new double[15];
    for (int i = 0; i < 15; i++) {
      values[i] = i / 7f;
      wide[i] = i / 7.0;
    }
    List<String> asked = new ArrayList<>();
    StateDict.Builder supplied = StateDict.builder();
    for (String name : List.of("a", "b")) {
      supplied.put(name, ArrayData.ofFloats(shape, () -> {
        asked.add(name);
        return values;
      }));
    }
    StateDict dict = supplied.put("w", ArrayData.ofDoubles(shape, () -> wide)).build();
    assertEquals(List.of(), asked, "nothing is read before it is written");
    Path file = folder.resolve("supplied");
    Path plain = folder.resolve("plain");
    Safetensors.write(file, dict);
    Safetensors.write(plain, StateDict.builder().put("a", ArrayData.ofFloats(shape, values))
        .put("b", ArrayData.ofFloats(shape, values)).put("w", ArrayData.ofDoubles(shape, wide)).build());
    assertEquals(-1, Files.mismatch(file, plain));
    assertEquals(List.of("a", "b"), asked, "each is read once, in the file's order");
    ArrayData wrong = ArrayData.ofFloats(shape, () -> new float[14]);
    assertThrows(IllegalArgumentException.class, wrong::toFloats);
  }

  @Test
  void aFailedWriteLeavesTheOldFileAsItWas() throws IOException {
    Path target = TestFiles.write(folder, "best.safetensors", new byte[] {1, 2, 3});
    Path source = TestFiles.fixture("ms_swin/weights.safetensors");
    Path copy = Files.copy(source, folder.resolve("source.safetensors"));
    StateDict dict = Safetensors.read(copy);
    Files.write(copy, new byte[10]);
    assertRefused("has changed", () -> Safetensors.write(target, dict));
    assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(target));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(2, files.count(), "the temporary file is left");
    }
    assertRefused("cannot be written",
        () -> Safetensors.write(folder.resolve("no/such/folder"), StateDict.builder().build()));
    assertRefused("folder", () -> Safetensors.write(folder, StateDict.builder().build()));
  }

  @Test
  void aFileMayBeReplacedByItself() {
    Path file = folder.resolve("self.safetensors");
    Safetensors.write(file, StateDict.builder().put("a", ArrayData.ofInts(new long[] {2}, 1, 2)).build());
    Safetensors.write(file, Safetensors.read(file));
    assertArrayEquals(new int[] {1, 2}, Safetensors.read(file).get("a").toInts());
  }

  @Test
  void whatTheFormatCannotHoldIsNotWritten() {
    Path file = folder.resolve("x");
    ArrayData one = ArrayData.ofInts(new long[] {1}, 1);
    assertRefused("__metadata__", () -> Safetensors.write(file, StateDict.builder().put("__metadata__",
        one).build()));
    assertRefused("Unicode", () -> Safetensors.write(file, StateDict.builder().put("\ud800", one).build()));
    assertRefused("C128", () -> Safetensors.write(file, StateDict.builder()
        .put("c", ArrayData.ofRawLittleEndian(ElementType.C128, new long[] {1}, new byte[16])).build()));
    assertFalse(Files.exists(file));
  }

  @Test
  void soundHeadersAreRead() {
    assertEquals(0, read("{}", 0).size());
    assertEquals(0, read("{\"__metadata__\":null}   ", 0).size());
    assertEquals(Map.of("k", "v"), read("{\"__metadata__\":{\"k\":\"v\"}}", 0).metadata());
    StateDict two = read("{" + entry("b", "F32", "[2]", "[4,12]") + "," + entry("a", "U8", "[2,2]", "[0,4]")
        + "}", 12);
    assertEquals(List.of("b", "a"), List.copyOf(two.names()));
    assertEquals(1, read("{" + entry("e", "F32", "[0,5]", "[0,0]") + "}", 0).size());
  }

  @Test
  void dataMustBeTiled() {
    assertRefused("begin at 0", () -> read("{" + entry("a", "U8", "[2]", "[1,3]") + "}", 3));
    assertRefused("begin at 2", () -> read("{" + entry("a", "U8", "[2]", "[0,2]") + ","
        + entry("b", "U8", "[2]", "[3,5]") + "}", 5));
    assertRefused("begin at 2", () -> read("{" + entry("a", "U8", "[2]", "[0,2]") + ","
        + entry("b", "U8", "[2]", "[1,3]") + "}", 3));
    assertRefused("begin", () -> read("{" + entry("a", "U8", "[2]", "[2,0]") + "}", 2));
    assertRefused("the file holds 3", () -> read("{" + entry("a", "U8", "[2]", "[0,2]") + "}", 3));
    assertRefused("incomplete", () -> read("{" + entry("a", "U8", "[2]", "[0,2]") + "}", 1));
    assertRefused("takes 8 bytes", () -> read("{" + entry("a", "F32", "[2]", "[0,2]") + "}", 2));
    assertRefused("64-bit", () -> read("{" + entry("a", "U8", "[4294967296,4294967296]", "[0,0]") + "}", 0));
    assertRefused("too large", () -> read("{" + entry("a", "F64", "[2305843009213693952]", "[0,0]")
        + "}", 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[0,1.0]", "[0,-1]", "[0,1e30]", "[0,99999999999999999999]", "[0]", "[0,1,2]",
    "null", "{}",
    "[\"0\",1]", "[0,[1]]"})
  void oddOffsetsAreRefused(String offsets) {
    assertRefused("\"a\"", () -> read("{" + entry("a", "U8", "[1]", offsets) + "}", 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", " {}", "{", "{}{}", "{\"a\":1}", "{\"a\":{}}", "{\"__metadata__\":{\"k\":1}}",
    "{\"__metadata__\":[]}", "{\"__metadata__\":{},\"__metadata__\":{}}",
    "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}",
    "{\"__metadata__\":{\"k\":\"\\ud800\"}}", "{'a':1}", "{/**/}", "{\"a\":NaN}", "\u0000"})
  void oddHeadersAreRefused(String json) {
    assertRefused("a.safetensors", () -> read(json, 0));
  }

  @Test
  void namesMayNotRepeatHoweverTheyAreWritten() {
    String twice = entry("a", "U8", "[1]", "[0,1]") + "," + entry("\\u0061", "U8", "[1]", "[1,2]");
    assertRefused("uplicate", () -> read("{" + twice + "}", 2));
    String field = "\"dtype\":\"U8\",";
    assertRefused("uplicate",
        () -> read("{\"a\":{" + field + field + "\"shape\":[1],\"data_offsets\":[0,1]}}", 1));
  }

  @Test
  void deepNestingAndUnknownTypesAreRefused() {
    assertRefused("header", () -> read("{\"a\":{\"x\":" + "[".repeat(1_000_000) + "}}", 0));
    assertRefused("F4", () -> read("{" + entry("a", "F4", "[2]", "[0,1]") + "}", 1));
  }

  @Test
  void headerLengthsThatLieAreRefused() {
    for (long length : new long[] {1, 100, 100_000_001L, Long.MAX_VALUE, Long.MIN_VALUE, -1}) {
      ByteBuffer file =
          ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).putLong(length).put((byte) '{');
      assertRefused("a.safetensors",
          () -> Safetensors.read(TestFiles.write(folder, "a.safetensors", file.array())));
    }
    assertRefused("at least 8", () -> Safetensors.read(TestFiles.write(folder, "a.safetensors",
        new byte[7])));
  }

  @Test
  void malformedUtf8IsRefused() {
    byte[] json = "{\"__metadata__\":{\"k\":\"??\"}}".getBytes(StandardCharsets.US_ASCII);
    json[json.length - 5] = (byte) 0xc0;
    json[json.length - 4] = (byte) 0xaf;
    ByteBuffer file = ByteBuffer.allocate(8 + json.length).order(ByteOrder.LITTLE_ENDIAN).putLong(
        json.length).put(json);
    assertRefused("header", () -> Safetensors.read(TestFiles.write(folder, "a.safetensors", file.array())));
  }
}
