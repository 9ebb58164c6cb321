package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ChecksumsTest {
  @TempDir
  private Path folder;
  private Path file;
  private StateDict dict;

  @BeforeEach
  void write() {
    file = folder.resolve("best.safetensors");
    float[] many = new float[100_000];
    for (int i = 0; i < many.length; i++) {
      many[i] = i;
    }
    dict =
        StateDict.builder()
            .metadata("model", "tiny \"é\"")
            .put("a.weight", ArrayData.ofFloats(new long[] {2, 3}, 1, 2, 3, 4, 5, 6))
            .put("b \"\n", ArrayData.ofLongs(new long[] {1}, 7))
            .put("many", ArrayData.ofFloats(new long[] {many.length}, () -> many))
            .put("empty", ArrayData.ofFloats(new long[] {0}))
            .build();
    Safetensors.writeChecked(file, dict);
  }

  @Test
  void arraysAndMetadataAreThoseOfAPlainFile() throws IOException {
    Path plain = folder.resolve("plain.safetensors");
    Safetensors.write(plain, dict);
    StateDict checked = Safetensors.read(file);
    assertEquals(Map.of("model", "tiny \"é\""), checked.metadata());
    assertEquals(Safetensors.read(plain).names(), checked.names());
    for (String name : dict.names()) {
      assertArrayEquals(dict.get(name).rawLittleEndian(), checked.get(name).rawLittleEndian(), name);
      checked.get(name).verify();
      assertTrue(checked.get(name).hasChecksum());
      assertFalse(Safetensors.read(plain).get(name).hasChecksum());
    }
    byte[] bytes = Files.readAllBytes(file);
    Safetensors.writeChecked(file, dict);
    assertArrayEquals(bytes, Files.readAllBytes(file));
    // CRC-32C of Castagnoli: the check value of its definition is e3069283.
    java.util.zip.CRC32C sum = new java.util.zip.CRC32C();
    sum.update("123456789".getBytes(StandardCharsets.US_ASCII));
    assertEquals("e3069283", Checksums.hex(sum));
  }

  /**
   * Every bit of the file: each is found, in an array by the array's name, and nothing but a damage is said.
   */
  @Test
  void aFlippedBitIsFoundAndNamed() throws IOException {
    StateDict small =
        StateDict.builder().metadata("m", "x").put("w", ArrayData.ofFloats(new long[] {2}, 1, 2)).build();
    Safetensors.writeChecked(file, small);
    byte[] whole = Files.readAllBytes(file);
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, flipped);
      boolean data = bit / 8 >= whole.length - 8;
      boolean padding = !data && whole[bit / 8] == ' ';
      // Without the entry's name it is a file like those of earlier versions.
      int key = new String(whole, StandardCharsets.ISO_8859_1).indexOf(Checksums.KEY);
      padding |= bit / 8 >= key && bit / 8 < key + Checksums.KEY.length();
      if (data) {
        WeightFileException e =
            assertThrows(WeightFileException.class, () -> Safetensors.read(file).get("w").toFloats());
        assertTrue(e.getMessage().contains("tensor \"w\": its bytes are not those that were written"),
            e::getMessage);
      } else if (!padding) {
        int at = bit;
        assertThrows(WeightFileException.class, () -> verify(Safetensors.read(file)), () -> "bit " + at);
      }
    }
  }

  private static void verify(StateDict read) {
    assertEquals(Map.of("m", "x"), read.metadata());
    assertEquals(Set.of("w"), read.names());
    assertTrue(read.get("w").hasChecksum());
    read.get("w").verify();
  }

  @Test
  void aLongArrayIsHeldToItsChecksumAndReadInPartsIsNot() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 5] ^= 1;
    Files.write(file, bytes);
    StateDict read = Safetensors.read(file);
    WeightFileException e = assertThrows(WeightFileException.class, () -> read.get("many").toFloats());
    assertTrue(e.getMessage().contains("\"many\""), e::getMessage);
    assertThrows(WeightFileException.class, () -> read.get("many").verify());
    assertThrows(
        WeightFileException.class, () -> Safetensors.write(folder.resolve("copy.safetensors"), read));
    assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, read.get("a.weight").toFloats());
  }
}
