package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.swinengine.weights.TestFiles.assertRefused;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumpyFilesTest {
  @TempDir
  Path folder;

  private static byte[] npy(int version, String literal, int... data) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(NpyHeader.MAGIC);
    out.write(version);
    out.write(0);
    byte[] text = literal.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < (version == 1 ? 2 : 4); i++) {
      out.write(text.length >>> 8 * i);
    }
    out.writeBytes(text);
    for (int b : data) {
      out.write(b);
    }
    return out.toByteArray();
  }

  private static String literal(String descr, boolean fortran, String shape) {
    return "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': "
        + shape
        + ", }   \n";
  }

  private ArrayData read(byte[] bytes) {
    return Npy.read(TestFiles.write(folder, "a.npy", bytes));
  }

  @Test
  void orderAndByteOrderAreHonoured() {
    int[] data = {1, 2, 3, 4, 5, 6};
    assertArrayEquals(new int[] {1, 2, 3, 4, 5, 6}, read(npy(1, literal("|u1", false, "(2, 3)"),
        data)).toInts());
    assertArrayEquals(new int[] {1, 3, 5, 2, 4, 6}, read(npy(2, literal("|i1", true, "(2, 3)"),
        data)).toInts());
    assertArrayEquals(new int[] {0x0102, 0x0304, 0x0506}, read(npy(3, literal(">i2", false, "(3,)"),
        data)).toInts());
    assertArrayEquals(new int[] {0x0201, 0x0605}, read(npy(1, literal("<u2", false, "(2,)"), 1, 2, 5,
        6)).toInts());
    assertArrayEquals(new float[] {1}, read(npy(1, literal(">f4", false, "()"), 0x3f, 0x80, 0,
        0)).toFloats());
    assertArrayEquals(new float[] {-1}, read(npy(1, literal("<f2", false, "(1,)"), 0, 0xbc)).toFloats());
    assertArrayEquals(new double[] {1}, read(npy(1, literal(">f8", false, "(1L,)"), 0x3f, 0xf0, 0, 0, 0, 0,
        0, 0))
        .toDoubles());
    assertArrayEquals(new int[] {0, 1, 1}, read(npy(1, literal("|b1", false, "(3,)"), 0, 1, 1)).toInts());
    assertEquals(0, read(npy(1, literal("<f4", true, "(0, 3)"))).count());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{}", "[]", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': 0, "
      + "'shape': ()}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}",
    "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} 1",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807,)}",
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", "{'descr': '', 'fortran_order': False, "
        + "'shape': (1,)}",
    "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000,)}"})
  void oddHeadersAreRefusedFromFilesAndStreams(String literal) {
    byte[] bytes = npy(1, literal, 0, 0, 0, 0);
    assertRefused("a.npy", () -> read(bytes));
    assertRefused("stream", () -> Npy.read(new ByteArrayInputStream(bytes)));
  }

  @Test
  void lengthsThatLieAreRefused() {
    assertRefused("3 are there", () -> read(npy(1, literal("<f4", false, "(1,)"), 1, 2, 3)));
    assertRefused("5 are there", () -> read(npy(1, literal("<f4", false, "(1,)"), 1, 2, 3, 4, 5)));
    assertRefused("version 9", () -> read(npy(9, "{}")));
    byte[] endless = npy(2, "{}");
    endless[11] = 0x7f;
    assertRefused("make sense", () -> read(endless));
    assertRefused("too early", () -> read(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 80, 0,
      '{'}));
    assertRefused("no NumPy .npy file", () -> Npy.read(TestFiles.fixture("ms_swin/weights.safetensors")));
  }

  @Test
  void whatNumpyHasNoTypeForIsNotWritten() {
    assertRefused("BF16", () -> Npy.write(folder.resolve("b.npy"),
        ArrayData.ofRawLittleEndian(ElementType.BF16, new long[] {1}, new byte[2])));
  }

  @Test
  void npzArchivesMayBeStoredOrCompressed() throws IOException {
    byte[] images = npy(1, literal("|u1", false, "(2, 2)"), 1, 2, 3, 4);
    float[] ramp = new float[300_000];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = i;
    }
    Path raw = folder.resolve("ramp.npy");
    Npy.write(raw, ArrayData.ofFloats(new long[] {300, 1000}, ramp));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : List.of(Map.entry("train/images.npy", images),
          Map.entry("ramp.npy", Files.readAllBytes(raw)))) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
    Map<String, ArrayData> deflated = Npz.read(TestFiles.write(folder, "a.npz", bytes.toByteArray()));
    assertEquals(List.of("train/images", "ramp"), List.copyOf(deflated.keySet()));
    assertArrayEquals(new int[] {1, 2, 3, 4}, deflated.get("train/images").toInts());
    assertArrayEquals(ramp, deflated.get("ramp").toFloats());
    byte[] stored = new ZipWriter().entry("x.npy", images).finish();
    assertArrayEquals(new int[] {1, 2, 3, 4}, WeightFiles.read(TestFiles.write(folder, "b.npz",
        stored)).get("x")
        .toInts());
  }

  @Test
  void bombsAndBrokenCompressionAreRefused() throws IOException {
    ZipWriter bomb = new ZipWriter();
    bomb.method = 8;
    byte[] zip = bomb.entry("x.npy", new byte[40]).finish();
    int sizeInDirectory = zip.length - 22 - 46 - 5 + 24;
    zip[sizeInDirectory + 3] = 0x40;
    assertRefused("attack", () -> Npz.read(TestFiles.write(folder, "bomb.npz", zip)));
    zip[sizeInDirectory + 3] = 0;
    assertRefused("x", () -> TestFiles.readAll(WeightFiles.read(TestFiles.write(folder, "broken.npz", zip))));
    assertRefused("not a .npy array", () -> Npz.read(
        TestFiles.write(folder, "other.npz", new ZipWriter().entry("x.txt", new byte[1]).finish())));
  }

  /** Equal arrays are equal files, wherever on the earth they are written. */
  @Test
  void bytesDoNotDependOnTheTimeZone() throws IOException {
    Map<String, ArrayData> arrays = Map.of("x", ArrayData.ofFloats(new long[] {2}, 1, 2));
    TimeZone own = TimeZone.getDefault();
    try {
      TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
      Npz.write(folder.resolve("utc.npz"), arrays);
      TimeZone.setDefault(TimeZone.getTimeZone("Asia/Tokyo"));
      Npz.write(folder.resolve("tokyo.npz"), arrays);
    } finally {
      TimeZone.setDefault(own);
    }
    assertArrayEquals(
        Files.readAllBytes(folder.resolve("utc.npz")), Files.readAllBytes(folder.resolve("tokyo.npz")));
  }
}
