package org.swinengine.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TextFileTest {
  @TempDir
  Path folder;

  @Test
  void aFileThatCannotBeWrittenIsASentenceAndLeavesTheOldOne() throws IOException {
    Path inTheWay = folder.resolve("report.html");
    Files.createDirectories(inTheWay.resolve("inner"));
    IOException e = assertThrows(IOException.class, () -> TextFile.replace(inTheWay, "text"));
    assertTrue(e.getMessage().startsWith("cannot write " + inTheWay), e.getMessage());
    try (var files = Files.list(folder)) {
      assertEquals(0, files.filter(file -> file.toString().endsWith(".tmp")).count(),
          "no temporary file stays");
    }
  }

  @Test
  void linesAreAddedAndFilesReplacedAsAWhole() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    TextFile.replace(file, "");
    TextFile.append(file, "one");
    TextFile.append(file, "two");
    assertEquals("one\ntwo\n", Files.readString(file));
    TextFile.replace(file, "three\n");
    assertEquals("three\n", Files.readString(file));
  }
}
