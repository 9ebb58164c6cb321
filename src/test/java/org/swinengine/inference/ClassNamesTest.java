package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ClassNamesTest {
  @TempDir
  private Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void imageNetHasAThousandNamesInItsOrder() {
    List<String> names = ClassNames.imageNet();
    assertEquals(1000, names.size());
    assertEquals(1000, new HashSet<>(names).size());
    assertEquals("tench", names.get(0));
    assertEquals("Egyptian cat", names.get(285));
    assertEquals("toilet tissue", names.get(999));
  }

  @Test
  void allFormatsAreRead() throws IOException {
    List<String> expected = List.of("tench", "great white shark");
    assertEquals(expected, ClassNames.read(file("a.txt", "tench\r\n great white shark \n")));
    assertEquals(expected, ClassNames.read(file("b.json", "[\"tench\", \"great white shark\"]")));
    assertEquals(expected,
        ClassNames.read(file("c.json", "{\"1\": \"great white shark\", \"0\": \"tench\"}")));
    String keras =
        "{'0': ['n01440764', 'tench'], '1': ['n01484850', 'great white shark']}".replace('\'', '"');
    assertEquals(expected, ClassNames.read(file("d.json", keras)));
    String hub = "{'id2label': {'0': 'tench', '1': 'great white shark'}, 'a': 1}".replace('\'', '"');
    assertEquals(expected, ClassNames.read(file("config.json", hub)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      a.txt   | ''                          | there are none
      a.txt   | 'one\n\ntwo'                | a line is empty
      a.json  | {                           | are no JSON
      a.json  | '{"0": "a", "2": "b"}'      | class 1 has no name
      a.json  | '[1, 2]'                    | class 0 has no name
      a.json  | '[[]]'                      | class 0 has no name
      a.json  | ''                          | there are none
      """)
  void whatIsNoListOfNamesIsASentence(String name, String text, String reason) throws IOException {
    Path file = file(name, text.replace("\\n", "\n"));
    String message = assertThrows(CheckpointException.class, () -> ClassNames.read(file)).getMessage();
    assertTrue(message.contains(file.toString()) && message.contains(reason), message);
  }

  @Test
  void aMissingFileIsASentence() {
    Path file = folder.resolve("none.txt");
    String message = assertThrows(CheckpointException.class, () -> ClassNames.read(file)).getMessage();
    assertTrue(message.contains("cannot be read"), message);
  }
}
