package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassMapTest {
  @TempDir
  private Path folder;

  private List<Integer> read(String text) throws IOException {
    return ClassMap.read(Files.writeString(folder.resolve("map.txt"), text));
  }

  @Test
  void aLineForEachClass() throws IOException {
    assertEquals(List.of(359, 0, 21840), read("359\n0\r\n\n  21840 # the last\n"));
  }

  @Test
  void whatIsNoMapIsExplained() throws IOException {
    assertSays("line 2 is not the number of a row", () -> read("3\ntench\n"));
    assertSays("is not the number of a row", () -> read("99999999999"));
    assertSays("names no row", () -> read("# nothing\n"));
    assertSays("cannot be read", () -> ClassMap.read(folder.resolve("none.txt")));
    Path binary = Files.write(folder.resolve("b.txt"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    assertSays("cannot be read as text", () -> ClassMap.read(binary));
  }

  private static void assertSays(String part, org.junit.jupiter.api.function.Executable action) {
    String message = assertThrows(ModelConfigException.class, action).getMessage();
    assertTrue(message.contains(part), message);
  }
}
