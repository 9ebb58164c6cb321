package org.swinengine.backend.cpu.generator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GemmTileGeneratorTest {
  @Test
  void checkedInFilesAreWhatTheGeneratorWrites() throws IOException {
    for (Map.Entry<String, String> file : GemmTileGenerator.generate().entrySet()) {
      String there = Files.readString(GemmTileGenerator.FOLDER.resolve(file.getKey()));
      assertEquals(file.getValue(), there, file.getKey());
    }
  }
}
